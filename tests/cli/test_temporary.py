# SPDX-License-Identifier: BSD-3-Clause
"""Temporary folders that are missing, full or read-only: an error that names the folder and the cause."""

import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["AIRUNNER_SOURCE_DIR"])
MODELS = pathlib.Path(os.environ["AIRUNNER_MODELS_DIR"])
# A system without files in memory.
SHIM = """
#include <errno.h>
int memfd_create(const char *name, unsigned flags) { (void)name; (void)flags; errno = ENOSYS; return -1; }
"""


class Temporary(unittest.TestCase):
    times_of_nodes = ("profile", "-d", f"onnx:{SOURCE}/examples/models/digits/digits_int8.onnx", "-b", "1")

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.shim = self.folder / "shim.so"
        (self.folder / "shim.c").write_text(SHIM, encoding="ascii")
        subprocess.run((*shlex.split(os.environ["AIRUNNER_CC"]), "-shared", "-fPIC", self.folder / "shim.c", "-o", self.shim),
                       check=True, timeout=60)

    def run_with(self, temporary, *arguments, prefix=(), **environment):
        done = subprocess.run((*prefix, os.environ["AIRUNNER_COMMAND"], *arguments),
                              env={**os.environ, "TMPDIR": str(temporary), **environment}, capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stderr

    def library(self, temporary, **arguments):
        return self.run_with(temporary, "run", "-d", f"file:{MODELS}/digits/legacy-int8", "-b", "1", LD_PRELOAD=str(self.shim),
                             **arguments)

    def test_copy_of_a_library(self):
        self.assertEqual(self.library(self.folder), (0, ""))
        self.assertEqual([path.name for path in self.folder.glob("airunner*")], [])
        missing = self.folder / "missing"
        code, text = self.library(missing)
        self.assertNotEqual(code, 0)
        self.assertIn(f"'{missing}': No such file or directory", text)
        file = self.folder / "shim.c"
        self.assertIn(f"'{file}': Not a directory", self.library(file)[1])

    @unittest.skipUnless(os.getuid() == 0 and shutil.which("unshare"), "only root can mount folders that are full or read-only")
    def test_full_and_read_only(self):
        probe = ["unshare", "-m", "mount", "-t", "tmpfs", "none", self.folder]
        if subprocess.run(probe, capture_output=True, timeout=60).returncode != 0:
            self.skipTest("this machine lets nobody mount a folder")
        for options, cause in ("size=4k", "No space left on device"), ("ro", "Read-only file system"):
            with self.subTest(cause):
                place = self.folder / cause.split()[0]
                place.mkdir()
                mount = f'mount -t tmpfs -o {options} none "{place}" && exec "$@"'
                full = mount.replace("exec", 'head -c 4096 /dev/zero 2>/dev/null >"$TMPDIR/full"; exec')
                code, text = self.library(place, prefix=("unshare", "-m", "sh", "-c", mount, "sh"))
                self.assertIn(f"'{place}': {cause}", text)
                archive = ("run", "-d", "null:", "-b", "500", "--output", place / "x.npz")
                if "AIRUNNER_ONNXRUNTIME" in os.environ:
                    code, text = self.run_with(place, *self.times_of_nodes, prefix=("unshare", "-m", "sh", "-c", full, "sh"))
                    self.assertNotEqual(code, 0)
                    self.assertIn(f"'{place}': {cause}", text)
                code, text = self.run_with(self.folder, *archive, prefix=("unshare", "-m", "sh", "-c", mount, "sh"))
                self.assertNotEqual(code, 0)
                self.assertIn(str(place), text)
                self.assertIn(cause, text)

    @unittest.skipUnless("AIRUNNER_ONNXRUNTIME" in os.environ, "ONNX Runtime is not in build/runtimes")
    def test_times_of_nodes(self):
        missing = self.folder / "missing"
        code, text = self.run_with(missing, *self.times_of_nodes)
        self.assertNotEqual(code, 0)
        self.assertIn(f"'{missing}': No such file or directory", text)
        self.assertEqual(self.run_with(missing, "run", *self.times_of_nodes[1:])[0], 0)

    def test_archives(self):
        for command in ("run", "-d", "null:", "-b", "1", "--output"), ("compare", "null:", "null:", "-b", "1", "--save"):
            with self.subTest(command[0]):
                path = self.folder / "missing" / "x.npz"
                code, text = self.run_with(self.folder, *command, path)
                self.assertNotEqual(code, 0)
                self.assertIn(f"{path}: there is no folder {path.parent}", text)


if __name__ == "__main__":
    unittest.main()
