# SPDX-License-Identifier: BSD-3-Clause
"""`airunner board`, and `board:` in one step: boards that start, end with whoever started them however that ends, and tell what is missing."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from wire_client import Server  # noqa: E402

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
BUILT = os.environ["AIRUNNER_BOARDS"]
BOARD = "mps2-an386"
LIMIT = 60


def qemus(images):
    """Processes of QEMU that run an image of a folder."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[0].endswith("qemu-system-arm") and f"{images}/{BOARD}.elf" in words:
            found.append(int(process))
    return set(found)


class BoardCommand(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.images = tempfile.TemporaryDirectory()  # by whose name those of other tests are told from ours
        self.addCleanup(self.images.cleanup)
        os.symlink(f"{BUILT}/{BOARD}.elf", f"{self.images.name}/{BOARD}.elf")
        own = {"XDG_DATA_HOME": self.folder.name, "AIRUNNER_BOARDS": self.images.name}
        changed = unittest.mock.patch.dict(os.environ, own)
        changed.start()
        self.addCleanup(changed.stop)
        self.environment = dict(os.environ)

    def qemus(self):
        return qemus(self.images.name)

    def run_command(self, *words, **variables):
        return subprocess.run((AIRUNNER, *words), env=self.environment | variables, capture_output=True, text=True, timeout=LIMIT, check=False)

    def started(self):
        board = Server((AIRUNNER, "board", "start", BOARD))
        self.addCleanup(board.__exit__)
        return board

    def assert_all_gone(self):
        end = time.monotonic() + LIMIT
        while self.qemus() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.qemus(), set())

    def test_start_list_use_stop(self):
        board = self.started()
        listed = self.run_command("board", "list").stdout
        for word in (board.descriptor, BOARD, "mps3-an547", "netduinoplus2", f"{self.images.name}/{BOARD}.elf"):
            self.assertIn(word, listed)
        for _ in range(2):
            done = self.run_command("run", board.descriptor, "--name", "digits_int8", "-b", "1")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.run_command("board", "stop", board.descriptor).stdout, f"stopped: {board.descriptor} ({BOARD})\n")
        self.assertEqual(board.process.wait(LIMIT), 0)
        self.assert_all_gone()
        self.assertNotIn(board.descriptor, self.run_command("board", "list").stdout)

    def test_stop_ends_all_of_a_name(self):
        boards = [self.started() for _ in range(2)]
        self.assertEqual(self.run_command("board", "stop", BOARD).stdout.count("stopped: "), 2)
        self.assertEqual([board.process.wait(LIMIT) for board in boards], [0, 0])
        self.assert_all_gone()

    def test_no_orphan_is_left(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            board = self.started()
            self.assertEqual(len(self.qemus()), 1)
            board.process.send_signal(number)
            self.assertEqual(board.process.wait(LIMIT), -number if number == signal.SIGKILL else 0)
            self.assert_all_gone()
        stale = self.run_command("board", "stop")
        self.assertEqual((stale.returncode, stale.stderr), (1, "airunner: there is no board to stop; none runs\n"))

    def test_an_emulator_that_ends_is_told(self):
        board = self.started()
        (process,) = self.qemus()
        os.kill(process, signal.SIGKILL)
        self.assertEqual(board.process.wait(LIMIT), 1)
        self.assertIn("QEMU has ended by itself", board.process.stderr.read())

    def test_connecting_in_one_step(self):
        done = self.run_command("profile", f"board:{BOARD}", "--name", "digits_int8", "-b", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in (f"board:{BOARD}", "Conv2D", "Softmax", " per MACC (268,544 MACC)", "share"):
            self.assertIn(word, done.stdout)
        self.assert_all_gone()

    def test_a_client_that_is_killed_leaves_none(self):
        with subprocess.Popen((AIRUNNER, "run", f"board:{BOARD}", "--name", "digits_int8", "-b", "100000"), env=self.environment,
                              stdout=subprocess.DEVNULL) as client:
            end = time.monotonic() + LIMIT
            while not self.qemus() and time.monotonic() < end:
                time.sleep(0.05)
            self.assertEqual(len(self.qemus()), 1)
            client.kill()
        self.assert_all_gone()

    def test_images_lie_beside_the_plugin(self):
        """Which in a build folder are those that it has built, for `airunner board` and `board:` alike."""
        del self.environment["AIRUNNER_BOARDS"]
        folder = os.path.join(os.path.dirname(os.path.realpath(BUILT)), "backends", "boards")
        self.assertIn(f"{folder}/{BOARD}.elf", self.run_command("board", "list").stdout)
        for words in (("board", "start", f"{BOARD}-x"), ("info", f"board:{BOARD}-x")):
            self.assertIn(f"no image {BOARD}-x.elf in {folder}, which has {BOARD}", self.run_command(*words).stderr)

    def test_wrong_turns_are_named(self):
        with tempfile.TemporaryDirectory() as empty:
            elsewhere = {"AIRUNNER_BOARDS": empty}
            for words in (("board", "start"), ("info",)):
                prefix = "board:" if words == ("info",) else ""
                for name, variables, expected in (
                        ("arduino", {}, ("there is no board 'arduino'", "mps2-an386, mps3-an547, netduinoplus2")),
                        (BOARD, elsewhere, (f"no image {BOARD}.elf in {empty}", "AIRUNNER_BOARDS", "scripts/demo --with boards", "docs/boards.md")),
                        (BOARD, {"PATH": empty}, ("qemu-system-arm is not in PATH", "apt-get install qemu-system-arm"))):
                    done = self.run_command(*words, prefix + name, **variables)
                    self.assertNotEqual(done.returncode, 0)
                    for word in expected:
                        self.assertIn(word, done.stderr)
            with open(f"{empty}/{BOARD}-broken.elf", "wb") as file:
                file.write(b"no image")
            done = self.run_command("info", f"board:{BOARD}-broken", **elsewhere)
            self.assertEqual(done.returncode, 3)
            self.assertIn("QEMU has ended by itself: qemu: fatal", done.stderr)
        for words, expected in ((("board",), "board needs list, start or stop"), (("board", "start"), "board needs the board to start"),
                                (("board", "paint"), "list, start, stop"), (("board", "stop", "x"), "there is no board x to stop; none runs"),
                                (("info", "board:"), "it names no board")):
            done = self.run_command(*words)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(expected, done.stderr)


class BoardInThreads(unittest.TestCase):
    def test_it_outlives_the_thread_that_connected(self):
        """To the system a process that a thread has started is that thread's."""
        library, runner = ctypes.CDLL(os.environ["AIRUNNER_LIBRARY"] + "/libairunner.so"), ctypes.c_void_p()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(library.air_connect(f"board:{BOARD}".encode(), None, ctypes.byref(runner))))
        thread.start()
        thread.join()
        self.assertEqual(answers, [0])
        time.sleep(0.2)
        self.assertEqual(library.air_ping(runner, None), 0)
        library.air_disconnect(runner)


if __name__ == "__main__":
    unittest.main()
