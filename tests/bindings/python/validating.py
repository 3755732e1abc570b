# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of airunner.validate() share: the digits, and programs that validate in a process of their own."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np

from support import BUILD, COMMAND, DIGITS, LIMIT_S, PACKAGES, SOURCE, TestCase

IMAGES = SOURCE / "examples" / "models" / "digits" / "test_images.npy"
LABELS = SOURCE / "examples" / "models" / "digits" / "test_labels.npy"
INT8, FLOAT32 = str(DIGITS / "st-ai-int8"), str(DIGITS / "st-ai-float32")


def environment(**variables):
    """Of a Python that finds the package, and what this one finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGES), os.environ.get("PYTHONPATH", "")]), **variables}


class ValidateTest(TestCase):
    images, labels = np.load(IMAGES), np.load(LABELS)

    def lines(self, journal):
        """The results of a journal, and that each line is whole."""
        lines = [json.loads(line) for line in journal.read_text().splitlines()]
        return [line for line in lines if "index" in line]

    def start(self, *words, ctrl_c=signal.SIG_DFL, **variables):
        """`airunner validate` in a process of its own. What it does with Ctrl-C is told, which is ignored where tests run in the background."""
        program = subprocess.Popen([sys.executable, "-m", "airunner.validation", *map(str, words)], env=environment(**variables), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, ctrl_c))

        def stop():
            if program.poll() is None:
                program.kill()
            program.communicate()

        self.addCleanup(stop)
        return program

    def validate(self, *words, exit_code=0):
        program = self.start(*words)
        out, err = program.communicate(timeout=LIMIT_S)
        self.assertEqual(program.returncode, exit_code, out + err)
        return out, err

    def kill_at(self, program, journal, n_lines):
        """kill -9 as soon as the journal has so many lines."""
        deadline = time.monotonic() + LIMIT_S
        while not journal.exists() or journal.read_bytes().count(b"\n") < n_lines:
            self.assertIsNone(program.poll(), "it ended before it could be killed")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.001)
        program.send_signal(signal.SIGKILL)
        program.wait(LIMIT_S)

    def kill_when_it_has_worked(self, server, board, journal):
        """kill -9 as soon as the journal has results of the board."""
        def wait():
            deadline = time.monotonic() + LIMIT_S
            while time.monotonic() < deadline and not (journal.exists() and journal.read_text().count(f'"board": "{board}"') >= 3):
                time.sleep(0.005)
            server.kill()

        thread = threading.Thread(target=wait)
        thread.start()
        self.addCleanup(thread.join)

    def serve_board(self, *arguments, descriptor=INT8):
        """The descriptor of a served board, and its process."""
        described = self.serve(descriptor, *arguments)
        return described, self.server


class PageTest(ValidateTest):
    """Programs and commands of a document, in a folder that looks like a built source tree."""

    def run_in_tree(self, *command):
        folder = self.folder()
        (folder / "build").symlink_to(BUILD)
        (folder / "examples").symlink_to(SOURCE / "examples")
        own = folder / "bin" / "airunner"
        own.parent.mkdir()
        own.symlink_to(COMMAND)
        variables = environment(AIRUNNER_PYTHON=sys.executable, PATH=f"{own.parent}:{os.environ['PATH']}:/usr/sbin")
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done


__all__ = ["COMMAND", "FLOAT32", "IMAGES", "INT8", "LABELS", "PageTest", "ValidateTest", "environment"]
