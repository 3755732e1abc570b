# SPDX-License-Identifier: BSD-3-Clause
"""Serial ports behind the real ser2net, started as labgrid's exporter starts it: telnet with RFC 2217."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

PROGRAM = os.environ["AIRUNNER_COMMAND"]
SER2NET = shutil.which("ser2net", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
LIMIT = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def airunner(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=3 * LIMIT, check=False)
    return done.returncode, done.stdout + done.stderr


class Flood(unittest.TestCase):
    def test_commands_without_end_prolong_no_wait(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            def flood():
                client, _ = server.accept()
                with client, contextlib.suppress(OSError):
                    while True:
                        client.sendall(b"\xff\xf1" * 4096)  # IAC NOP

            threading.Thread(target=flood, daemon=True).start()
            code, text = airunner("info", "--desc", f"rfc2217:127.0.0.1:{server.getsockname()[1]}")
        self.assertEqual(code, 3, text)
        self.assertIn("speaks telnet without RFC 2217", text)


@unittest.skipUnless(SER2NET, "ser2net is not installed")
class Ser2net(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.board = os.path.join(folder.name, "board")

    def started(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def serve(self, *arguments):
        server = self.started(PROGRAM, "serve", "null:", "--listen", f"pty:{self.board}", *arguments)
        self.assertTrue(server.stdout.readline().startswith("ready: "))

    def ser2net(self, accepter="telnet(rfc2217,mode=server)", connections=10):
        """The port that it listens on."""
        port = free_port()
        accepter += "," if accepter else ""
        settings = os.path.join(os.path.dirname(self.board), f"{port}.yaml")
        with open(settings, "w", encoding="ascii") as file:
            file.write(f"connection: &con01\n  accepter: {accepter}tcp,127.0.0.1,{port}\n"
                       f"  connector: serialdev(nouucplock=true),{self.board},115200n81,local\n"
                       f"  options:\n    max-connections: {connections}\n")
        self.started(SER2NET, "-d", "-n", "-c", settings)
        until = time.monotonic() + LIMIT
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            self.assertLess(time.monotonic(), until, "ser2net does not listen")
            time.sleep(0.05)
        time.sleep(0.3)  # it lets go of the terminal again
        return port

    def rates_during(self, *arguments):
        """Runs airunner; its output, and the baud rates that the board had meanwhile: ser2net restores the one before it."""
        names = {getattr(termios, name): name[1:] for name in dir(termios) if re.fullmatch(r"B\d+", name)}
        board = os.open(self.board, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, board)
        process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.kill)
        seen = set()
        until = time.monotonic() + LIMIT
        while process.poll() is None and time.monotonic() < until:
            seen.add(names[termios.tcgetattr(board)[5]])
            time.sleep(0.002)
        text, _ = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 0, text)
        return text, seen

    def test_runs_at_the_baud_rate_asked_for(self):
        self.serve()
        port = self.ser2net()
        for descriptor, canonical in ((f"rfc2217:127.0.0.1:{port}", "115200"), (f"rfc2217://127.0.0.1:{port}?baud=921600", "921600"),
                                      (f"rfc2217:127.0.0.1:{port}:57600", "57600")):
            text, rates = self.rates_during("run", "--desc", descriptor, "-b", "3", "--mode", "per-layer-with-data")
            self.assertIn(f"rfc2217:127.0.0.1:{port}:{canonical}", text)
            self.assertIn(canonical, rates)

    def test_answers_end_the_waits_for_them(self):
        """Two of them, each with a limit of three seconds."""
        self.serve()
        code, text = airunner("info", "--desc", f"rfc2217:127.0.0.1:{self.ser2net()}", "--timeout", "5")
        self.assertEqual(code, 0, text)

    def test_every_byte_passes(self):
        """Also 0xFF, which telnet doubles, and CR, which it changes where it is not told to leave bytes alone."""
        self.serve("--memory", "--self-test")
        port = self.ser2net()
        code, text = airunner("compare", "null:", f"rfc2217:127.0.0.1:{port}", "-b", "5", "--range", "-40", "40")
        self.assertEqual(code, 0, text)

    def test_telnet_is_told_on_a_socket(self):
        self.serve()
        for accepter in ("telnet(rfc2217,mode=server)", "telnet"):
            port = self.ser2net(accepter)
            code, text = airunner("info", "--desc", f"socket:127.0.0.1:{port}")
            self.assertEqual(code, 3, text)
            self.assertIn(f"speaks telnet, as the serial ports of ser2net and labgrid do: connect to rfc2217:127.0.0.1:{port}", text)

    def test_a_raw_port_is_no_rfc2217(self):
        self.serve()
        port = self.ser2net("")
        code, text = airunner("info", "--desc", f"rfc2217:127.0.0.1:{port}")
        self.assertEqual(code, 3, text)
        self.assertIn("does not speak telnet", text)
        self.assertIn(f"connect to socket:127.0.0.1:{port}", text)
        time.sleep(2.5)  # the target gives up what it took for the begin of a packet
        code, text = airunner("info", "--desc", f"socket:127.0.0.1:{port}")
        self.assertEqual(code, 0, text)

    def test_telnet_without_rfc2217(self):
        self.serve()
        port = self.ser2net("telnet")
        code, text = airunner("info", "--desc", f"rfc2217:127.0.0.1:{port}")
        self.assertEqual(code, 3, text)
        self.assertIn("speaks telnet without RFC 2217", text)

    def test_a_board_that_is_not_there(self):
        port = self.ser2net()
        code, text = airunner("info", "--desc", f"rfc2217:127.0.0.1:{port}")
        self.assertEqual(code, 3, text)
        # Its words come before the connection is reset, or not.
        self.assertRegex(text, "closes the connection before the port is set: (it says|.* is the device behind it not there)")

    def test_a_second_client(self):
        self.serve("--fault", "late=3000@ack")
        port = self.ser2net(connections=1)
        first = self.started(PROGRAM, "run", "--desc", f"rfc2217:127.0.0.1:{port}", "-b", "1")
        time.sleep(1)
        code, text = airunner("info", "--desc", f"rfc2217:127.0.0.1:{port}")
        self.assertEqual(code, 3, text)
        self.assertIn("closes the connection before the port is set", text)
        self.assertEqual(first.wait(LIMIT), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
