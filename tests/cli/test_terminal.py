# SPDX-License-Identifier: BSD-3-Clause
"""The command on a pseudo terminal: width, colour, progress bar, Ctrl-C, and bash completion."""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import termios
import time
import unittest

from support import COMMAND, LIMIT_S, SOURCE_DIR, CommandTest, environment

SEQUENCE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Terminal:
    """A program whose stdout and stderr are a terminal of a given width."""

    def __init__(self, arguments, width, **variables):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self.process = subprocess.Popen([COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                                        env=environment(TERM="xterm", **variables))
        os.close(slave)
        self.text = ""

    def read_until(self, pattern=None):
        """Reads to the end, or until a pattern is seen; never longer than the limit."""
        end = time.monotonic() + LIMIT_S
        while pattern is None or not re.search(pattern, self.text):
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                self.process.kill()
                raise AssertionError(f"waited in vain for {pattern}: {self.text!r}")
            try:
                data = os.read(self.master, 65536)
            except OSError:  # Linux: the other side is closed
                data = b""
            if not data:
                break
            self.text += data.decode(errors="replace")
        return self.text

    def finish(self):
        self.read_until()
        os.close(self.master)
        return self.text.replace("\r\n", "\n"), self.process.wait(LIMIT_S)


class Layout(CommandTest):
    def test_width(self):
        for width in (40, 60, 80, 132):
            text, code = Terminal(["profile", "-d", "null:?delay_ms=1"], width).finish()
            self.assertEqual(code, 0)
            lines = SEQUENCE.sub("", text).split("\n")
            self.assertLessEqual(max(map(len, lines)), width, text)
            self.assertEqual("m_id" in text, width >= 100)
        text, _ = Terminal(["profile", "-d", "null:"], 132, COLUMNS="50").finish()
        self.assertLessEqual(max(map(len, SEQUENCE.sub("", text).split("\n"))), 50)

    def test_colour_only_on_a_terminal_that_wants_it(self):
        arguments = ["profile", "-d", "null:"]
        self.assertRegex(Terminal(arguments, 80).finish()[0], SEQUENCE)
        self.assertNotRegex(Terminal(arguments, 80, NO_COLOR="1").finish()[0], SEQUENCE)
        self.assertRegex(Terminal(arguments, 80, NO_COLOR="").finish()[0], SEQUENCE)
        self.assertNotRegex(self.run_command(*arguments)[0], SEQUENCE)
        self.assertNotRegex(Terminal(arguments + ["--json"], 80).finish()[0], SEQUENCE)


class Report(CommandTest):
    def test_a_page_is_not_for_a_terminal(self):
        path = self.path("info.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.run_command("info", "-d", "null:", "--json")[0])
        text, code = Terminal(["report", path], 80).finish()
        self.assertEqual(code, 2)
        self.assertIn("--output", text)
        self.assertNotIn("<html", text)


class Progress(CommandTest):
    def test_bar_for_long_runs_only(self):
        text, code = Terminal(["run", "-d", "null:?delay_ms=20", "-b", "80"], 80).finish()
        self.assertEqual(code, 0)
        self.assertRegex(text, r"\[#+\.*\] +\d+%  \d+/80, \d+ s left")
        self.assertRegex(text, r"\r\x1b\[KRun of|\r\x1b\[K.*Run of")  # the bar is gone before the report begins
        text, _ = Terminal(["run", "-d", "null:", "-b", "2"], 80).finish()
        self.assertNotIn("s left", text)

    def test_no_bar_where_stderr_is_no_terminal(self):
        _, err = self.run_command("run", "-d", "null:?delay_ms=20", "-b", "60")
        self.assertEqual(err, "")


class Interrupted(CommandTest):
    def test_profile_prints_what_was_done(self):
        terminal = Terminal(["profile", "-d", "null:?delay_ms=20", "-b", "5000"], 80)
        terminal.read_until(r"s left")
        terminal.process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        text, code = terminal.finish()
        self.assertEqual(code, 130)
        self.assertLess(time.monotonic() - begin, LIMIT_S / 2)
        self.assertIn("Profile of network", text)
        self.assertIn("[cancelled, E800]", text)

    def test_control_c_typed_at_the_terminal(self):
        # The command is a session leader here, so that the terminal itself sends the signal.
        pid, master = pty.fork()
        if pid == 0:
            os.execve(COMMAND, [COMMAND, "run", "-d", "null:?delay_ms=20", "-b", "5000"], environment(TERM="xterm"))
        text = b""
        end = time.monotonic() + LIMIT_S
        while b"s left" not in text and time.monotonic() < end:
            if select.select([master], [], [], 1)[0]:
                text += os.read(master, 4096)
        os.write(master, b"\x03")
        try:
            while select.select([master], [], [], LIMIT_S)[0]:
                data = os.read(master, 4096)
                if not data:
                    break
                text += data
        except OSError:
            pass
        _, status = os.waitpid(pid, 0)
        os.close(master)
        self.assertEqual(os.waitstatus_to_exitcode(status), 130)
        self.assertRegex(text.decode(), r"\d+ of 5000 samples were completed")

    def start(self, *arguments):
        process = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def ended(self, process):
        """What the command says after an interrupt; it must end soon, with the code that tells of it."""
        _, err = process.communicate(timeout=5)
        self.assertEqual(process.returncode, 130, err)
        return err.decode()

    def test_connecting_ends(self):
        with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections, and never answers
            server.settimeout(LIMIT_S)
            for arguments in (["info", "-d"], ["doctor", "-d"], ["run", "-d"], ["compare", "null:"]):
                process = self.start(*arguments, f"socket:127.0.0.1:{server.getsockname()[1]}?timeout=60")
                with server.accept()[0]:
                    process.send_signal(signal.SIGINT)
                    self.assertIn("[cancelled, E800]", self.ended(process))

    def test_the_second_time_ends_at_once(self):
        os.mkfifo(self.path("unread"))
        process = self.start("profile", "-d", "null:?delay_ms=20", "-b", "5000", "--html", self.path("unread"))
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        self.assertIn(b"Profile of network", process.stdout.readline())
        process.send_signal(signal.SIGINT)  # while it waits for a reader
        self.assertIn("airunner: interrupted", self.ended(process))

    def terminate(self, process):
        """As soon as it is prepared for that."""
        end, caught = time.monotonic() + LIMIT_S, 0
        while not caught & 1 << signal.SIGTERM - 1 and time.monotonic() < end:
            time.sleep(0.01)
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                caught = int(re.search(r"^SigCgt:\s*(\w+)", status.read(), re.M)[1], 16)
        time.sleep(0.3)
        process.terminate()

    def test_sigterm_shows_what_there_is_and_ends_by_itself(self):
        process = self.start("profile", "-d", "null:?delay_ms=20", "-b", "5000")
        self.terminate(process)
        out, err = process.communicate(timeout=5)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"Profile of network", out)

    def test_sigterm_ends_what_does_not_come_back(self):
        os.mkfifo(self.path("unread"))
        process = self.start("profile", "-d", "null:?delay_ms=20", "-b", "5000", "--html", self.path("unread"))
        self.terminate(process)  # after that it waits for a reader
        _, err = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"airunner: interrupted", err)

    def test_where_nothing_waits_it_ends_at_once(self):
        path = self.path("info.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.run_command("info", "-d", "null:", "--json")[0])
        os.mkfifo(self.path("unread"))
        process = self.start("report", path, "-o", self.path("unread"))
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        self.assertIn("airunner: interrupted", self.ended(process))

    def test_an_ignored_interrupt_stays_ignored(self):
        process = subprocess.Popen([COMMAND, "run", "-d", "null:?delay_ms=20", "-b", "40"], stdout=subprocess.DEVNULL,
                                   env=environment(), preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(LIMIT_S), 0)


@unittest.skipUnless(shutil.which("bash"), "no bash")
class Completion(CommandTest):
    SCRIPT = os.path.join(SOURCE_DIR, "completions", "airunner.bash")

    def complete(self, *words):
        program = (f'set -u; source "{self.SCRIPT}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                   'COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; _airunner; printf "%s\\n" "${COMPREPLY[@]}"')
        path = f"{os.path.dirname(COMMAND)}:{os.environ['PATH']}"
        done = subprocess.run(["bash", "--norc", "-c", program, "bash", "airunner", *words], env=environment(PATH=path),
                              capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_subcommands_and_values(self):
        self.assertEqual(self.complete("pro"), ["profile"])
        self.assertEqual(set(self.complete("")) - {"--help", "--version"},
                         {"list", "board", "doctor", "manifest", "info", "run", "profile", "compare", "validate", "report", "serve", "help"})
        self.assertEqual(self.complete("help", "prof"), ["profile"])
        self.assertEqual(self.complete("run", "--mode", "per-layer-"), ["per-layer-with-data"])
        self.assertEqual(self.complete("profile", "--format", "j"), ["json"])
        self.assertEqual(self.complete("info", "-d", self.folder[:-1]), [self.folder])

    def test_options_of_backends_are_those_of_their_manifests(self):
        all_keys = set(self.complete("run", "--option", ""))
        self.assertLess({"models=", "delay_ms=", "threads=", "provider.="}, all_keys)
        for descriptor in (["null:"], ["null", ":"], ["null:?models=2"]):  # bash parts words at a colon
            keys = set(self.complete("run", "-d", *descriptor, "--option", ""))
            self.assertLess(keys, all_keys)
            self.assertIn("models=", keys)
            self.assertNotIn("threads=", keys)
        self.assertEqual(self.complete("info", "-d", "null:", "--option", "del"), ["delay_ms="])
        self.assertEqual(set(self.complete("run", "-d", "model.onnx", "--option", "")), all_keys)

    def test_options_are_those_of_the_help(self):
        for command in ("list", "doctor", "manifest", "info", "run", "profile", "compare", "report", "serve", "help"):
            known = set(re.findall(r"--[a-z-]+", self.run_command(command, "--help")[0].split("Options:")[1]))
            # The explanations name no options; only the left column does.
            self.assertEqual(set(self.complete(command, "--")), known, command)


if __name__ == "__main__":
    unittest.main()
