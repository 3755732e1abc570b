# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the Python packages share."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["AIRUNNER_SOURCE_DIR"])
BUILD = Path(os.environ["AIRUNNER_BUILD_DIR"])
PACKAGES = SOURCE / "bindings" / "python"
COMMAND = BUILD / "airunner"
FIXTURES = BUILD / "tests" / "fixtures"
DIGITS = BUILD / "examples" / "models" / "digits"
TINY_LEGACY, TINY_ST_AI = str(FIXTURES / "tiny-legacy"), str(FIXTURES / "tiny-st-ai")
LIMIT_S = 60  # of one program; none comes near

sys.path.insert(0, str(PACKAGES))
os.environ["AIRUNNER_LIBRARY"] = str(BUILD / "src")
os.environ["STM_AI_RUNNER_LOG"] = "off"
for name in ("AIRUNNER_PLUGIN_PATH", "XDG_DATA_HOME"):
    os.environ.pop(name, None)


class TestCase(unittest.TestCase):
    maxDiff = None

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    def connect(self, descriptor="null:", **arguments):
        """A runner that ends with the test."""
        import airunner

        runner = airunner.connect(descriptor, **arguments)
        self.addCleanup(runner.close)
        return runner

    def serve(self, *arguments, listen="tcp:127.0.0.1:0"):
        """The descriptor of a software target that serves what the arguments name."""
        server = subprocess.Popen([COMMAND, "serve", *arguments, "--listen", listen], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)

        def stop():
            server.terminate()
            server.wait(LIMIT_S)
            server.stdout.close()

        self.addCleanup(stop)
        self.server = server
        line = server.stdout.readline()
        self.assertTrue(line.startswith("ready: "), line)
        return line[len("ready: "):].strip()

    def run_unheard(self, text, *arguments, redirection=">&- 2>&-", exit_codes=(0,)):
        """Runs a program whose standard streams are closed, full or gone, which writes what it has to tell to the file `told`."""
        folder = self.folder()
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
        command = ["sh", "-c", f'exec "$0" "$@" {redirection}', sys.executable, "-c", text, *map(str, arguments)]
        done = subprocess.run(command, env=environment, timeout=LIMIT_S, cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        told = folder / "told"
        self.assertIn(done.returncode, exit_codes)
        self.assertTrue(told.exists(), redirection)
        return told.read_text()

    def run_python(self, text, *arguments, exit_code=0, cwd=None, **variables):
        """Runs a program of its own; gives what it printed, and its standard error."""
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES), **{k: str(v) for k, v in variables.items()}}
        done = subprocess.run([sys.executable, "-c", text, *map(str, arguments)], env=environment, capture_output=True,
                              text=True, timeout=LIMIT_S, cwd=cwd)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done.stdout, done.stderr
