# SPDX-License-Identifier: BSD-3-Clause
"""Folders and files that are missing, full, read-only, bound to their place, or may not be executed: what can be done is, else an error names the cause."""

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

    def mounting(self, *mounts):
        """What to start a command by so that it has these mounts to itself."""
        prefix = ("unshare", "-m", "sh", "-c", " && ".join([*mounts, 'exec "$@"']), "sh")
        if os.getuid() != 0 or not shutil.which("unshare") or subprocess.run((*prefix, "true"), capture_output=True, timeout=60).returncode != 0:
            self.skipTest("only root can mount, and not on every machine")
        return prefix

    def test_a_file_that_is_bound_to_its_place(self):
        for name in ("report.txt", "bound.txt"):
            (self.folder / name).write_text("a long text that was there before " * 9999)
        bind = f"mount --bind {self.folder}/report.txt {self.folder}/bound.txt"
        code, text = self.run_with(self.folder, "profile", "null:", "--output-report", self.folder / "bound.txt", prefix=self.mounting(bind))
        self.assertEqual(code, 0, text)
        self.assertTrue((self.folder / "report.txt").read_text().startswith("Profile of network"))
        self.assertEqual([path.name for path in self.folder.glob("airunner-*")], [])

    def test_a_file_in_a_folder_that_takes_no_new_ones(self):
        place = self.folder / "place"
        for folder in (place, self.folder / "elsewhere"):
            folder.mkdir()
            (folder / "report.txt").write_text("before")
        mounts = (f"mount --bind {place} {place}", f"mount -o remount,bind,ro {place}", f"mount --bind {self.folder}/elsewhere/report.txt {place}/report.txt")
        code, text = self.run_with(self.folder, "profile", "null:", "--output-report", place / "report.txt", prefix=self.mounting(*mounts))
        self.assertEqual(code, 0, text)
        self.assertTrue((self.folder / "elsewhere/report.txt").read_text().startswith("Profile of network"))
        code, text = self.run_with(self.folder, "profile", "nowhere:", "--output-report", place / "new.txt", prefix=self.mounting(*mounts))
        self.assertIn(f"no file can be made in {place}: Read-only file system", text)

    def test_a_copy_that_may_not_be_executed(self):
        place = self.folder / "place"
        place.mkdir()
        code, text = self.library(place, prefix=self.mounting(f'mount -t tmpfs -o noexec none "{place}"'))
        self.assertNotEqual(code, 0)
        self.assertIn(f"{place} may be mounted noexec: name another folder in TMPDIR", text)

    def test_a_port_that_is_kept_from_this_program(self):
        place = self.folder / "dev"
        place.mkdir()
        prefix = self.mounting(f"mount -t tmpfs -o nodev none {place}", f"mknod -m 660 {place}/tty c 4 64")
        code, text = self.run_with(self.folder, "info", f"serial:{place}/tty", prefix=prefix)
        self.assertNotEqual(code, 0)
        self.assertIn(f"{place}/tty may not be opened (Permission denied): the system keeps it from this program: a container has to be given it", text)

    def test_without_proc(self):
        prefix = self.mounting("mount -t tmpfs none /proc")
        code, text = self.run_with(self.folder, "doctor", prefix=prefix)
        self.assertEqual((code, text), (0, ""))
        code, text = self.run_with(self.folder, "profile", "null:", "--runs", "2", prefix=prefix)
        self.assertNotEqual(code, 0)
        self.assertIn("this program cannot be started again (/proc/self/exe): No such file or directory", text)

    def test_full_and_read_only(self):
        for options, cause in ("size=4k", "No space left on device"), ("ro", "Read-only file system"):
            with self.subTest(cause):
                place = self.folder / cause.split()[0]
                place.mkdir()
                mount = f'mount -t tmpfs -o {options} none "{place}"'
                code, text = self.library(place, prefix=self.mounting(mount))
                self.assertIn(f"'{place}': {cause}", text)
                archive = ("run", "-d", "null:", "-b", "500", "--output", place / "x.npz")
                if "AIRUNNER_ONNXRUNTIME" in os.environ:
                    full = f'{mount} && (head -c 4096 /dev/zero 2>/dev/null >"$TMPDIR/full" || true)'
                    code, text = self.run_with(place, *self.times_of_nodes, prefix=self.mounting(full))
                    self.assertNotEqual(code, 0)
                    self.assertIn(f"'{place}': {cause}", text)
                code, text = self.run_with(self.folder, *archive, prefix=self.mounting(mount))
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
