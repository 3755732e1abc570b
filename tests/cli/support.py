# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the command share: running it, and .npy files without numpy."""
import ast
import json
import os
import re
import shlex
import struct
import subprocess
import tempfile
import unittest
from functools import partial

COMMAND = os.environ["AIRUNNER_COMMAND"]
SOURCE_DIR = os.environ["AIRUNNER_SOURCE_DIR"]
WINDOWS = COMMAND.endswith(".exe")
RUNNER = ["wine"] if WINDOWS else []
LIBRARY_ENDING = ".dll" if WINDOWS else ".so"
NULL_DEVICE = "NUL" if WINDOWS else "/dev/null"
PATH_SEPARATOR = ";" if WINDOWS else ":"  # within a variable
LOADER_PATH = "WINEPATH" if WINDOWS else "LD_LIBRARY_PATH"
SERVED_AT = "tcp:127.0.0.1:0" if WINDOWS else "pty"
LIMIT_S = 60  # of one command; none comes near
# What Wine 8 itself says as a program ends, once in some twenty on an idle machine, or it ends the program without a word: builds of all ages show it.
WINES_OWN = re.compile(r"wine client error:[0-9a-f]+: (?:sendmsg: [^\n]*\n)?")
needs_posix = partial(unittest.skipIf, WINDOWS)  # with the reason


def as_given(text):
    """An argument or a variable, each absolute path as users of the command's system give it."""
    if not WINDOWS:
        return text
    return re.sub(r"(?:(?<=^)|(?<=[:=;]))/[^?;]*", lambda path: "Z:" + path[0].replace("/", "\\"), text)


def as_told(text):
    """What the command says, each absolute path as the tests have it; in JSON a backslash is two."""
    if not WINDOWS:
        return text
    text = WINES_OWN.sub("", text)
    return re.sub(r"Z:(\\\\?)((?:[^\\\s\"']+\1)*)", lambda path: "/" + path[2].replace(path[1], "/"), text)


def airunner(*arguments):
    """The words of a command line."""
    return [*RUNNER, COMMAND, *map(as_given, arguments)]


def in_shell(streams, *arguments):
    """The same with streams that a shell of the command's system leads to files: of one that is open already Wine does not tell which it is."""
    if WINDOWS:
        return [*RUNNER, "cmd", "/c", " ".join(map(as_given, (COMMAND, *arguments))) + " " + streams]
    return ["sh", "-c", f"exec {shlex.join(airunner(*arguments))} {streams}"]


def environment(**changes):
    """The environment of the tests without what a developer's shell may have set."""
    result = {k: v for k, v in os.environ.items()
              if not k.startswith("AIRUNNER_") and k not in ("NO_COLOR", "COLUMNS", "TERM")}
    if WINDOWS:
        result[LOADER_PATH] = as_given(os.environ["AIRUNNER_LIBRARY_DIR"])
    result.update((name, as_given(value)) for name, value in changes.items())
    return result


def run_airunner(*arguments, **variables):
    for _ in range(3):
        done = subprocess.run(airunner(*arguments), env=environment(**variables), capture_output=True, timeout=LIMIT_S)
        if not (WINDOWS and done.returncode == 1 and not done.stdout and not done.stderr):
            break
    return done


class CommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_command(self, *arguments, exit_code=0, told=None, **variables):
        """Runs `airunner`; the exit code must be the one expected, and `told` be warned of. Gives (stdout, stderr)."""
        done = run_airunner(*arguments, **variables)
        out, err = as_told(done.stdout.decode()), as_told(done.stderr.decode())
        self.written = re.findall(r"^airunner: wrote (.*)\n", err, flags=re.M)
        err = re.sub(r"^airunner: wrote .*\n", "", err, flags=re.M)
        self.assertEqual(done.returncode, exit_code, f"airunner {' '.join(arguments)}\n{out}\n{err}")
        if told is not None:
            self.assertIn(told, err)
            self.assertTrue(err.startswith("airunner: warning: "), err)
        elif exit_code == 0:
            self.assertEqual("" if "-v" in arguments else err, "")  # with -v there may be log lines
        else:
            self.assertTrue(err.startswith("airunner: "), err)
        return out, err

    def run_json(self, *arguments):
        return json.loads(self.run_command(*arguments, "--json")[0], parse_constant=self.fail)

    def write_npy(self, name, descr, shape, data, version=1):
        header = repr({"descr": descr, "fortran_order": False, "shape": tuple(shape)}).encode() + b"\n"
        length = struct.pack("<H" if version == 1 else "<I", len(header))
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(b"\x93NUMPY" + bytes([version, 0]) + length + header + data)
        return path


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def read_npy(data):
    """(descr, shape, bytes) of a version 1 file."""
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    end = 10 + struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:end].decode().strip())
    assert not header["fortran_order"] and end % 64 == 0
    return header["descr"], header["shape"], data[end:]
