#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/lib/tidy.py."""

import os
import re
import shutil
import subprocess
import sys
import unittest

from in_copy import InCopy


@unittest.skipUnless(shutil.which("clang-tidy-14"), "clang-tidy-14 is not installed")
class Tidy(InCopy):
    """What was found clean is not looked at again, unless it, or what it includes, has changed."""

    RULES = """rule compile
  command = clang++-14 -MD -MF $out.d -o $out -c $in
  depfile = $out.d
  deps = gcc
build a.o: compile ../src/a.cpp
"""

    def setUp(self):
        super().setUp()
        self.folder = self.folder.rename(self.folder.with_name("plain"))  # what ninja is told has no quotes
        self.write(".clang-tidy", "Checks: '-*,modernize-use-nullptr'\nWarningsAsErrors: '*'\nHeaderFilterRegex: '.*'\n")
        self.write("src/a.cpp", '#include "a.h"\n')
        self.write("src/a.h", "inline int *nothing() { return nullptr; }\n")
        self.write("build/build.ninja", self.RULES)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def tidy(self, before=""):
        build = self.folder / "build"
        subprocess.run(["ninja", "-C", build], check=True, capture_output=True)
        commands = subprocess.run(["ninja", "-C", build, "-t", "compdb"], check=True, capture_output=True, text=True).stdout
        (build / "compile_commands.json").write_text(commands)
        result = subprocess.run(["bash", "-c", f"{before} exec {sys.executable} scripts/lib/tidy.py build"], cwd=self.folder, text=True, capture_output=True,
                                timeout=60, env=dict(os.environ, XDG_CACHE_HOME=str(self.folder / "cache")))
        return result.returncode, result.stdout

    def test_only_what_changed(self):
        self.assertEqual(self.tidy(), (0, "\n1 files, 0 of them with something to mend; 0 were known to be clean\n"))
        self.assertEqual(self.tidy(), (0, "\n1 files, 0 of them with something to mend; 1 were known to be clean\n"))
        self.write("src/a.h", "inline int *nothing() { return 0; }\n")
        for _ in range(2):
            code, text = self.tidy()
            self.assertEqual(code, 1)
            self.assertIn("modernize-use-nullptr", text)
            self.assertIn("1 files, 1 of them with something to mend; 0 were known to be clean", text)

    def test_what_there_is_no_time_for_is_left(self):
        n_files = 2 * os.cpu_count() + 2  # more than are looked at at once
        for name in (f"b{i}" for i in range(n_files - 1)):
            self.write(f"src/{name}.cpp", "")
            self.RULES += f"build {name}.o: compile ../src/{name}.cpp\n"
        self.write("build/build.ninja", self.RULES)
        self.provide("bin/clang-tidy-14", '#!/bin/sh\n[ "$1" = --version ] || { touch began; sleep 1; }\n')
        code, text = self.tidy(f"PATH={self.folder}/bin:$PATH; (timeout 30 sh -c 'until [ -e began ]; do sleep 0.1; done'; kill $$) &")
        self.assertEqual(code, 0, text)
        n_left = int(re.search("left for the next run: (.*) files", text)[1])
        self.assertIn(n_left, range(1, n_files))
        self.assertEqual(self.tidy(f"PATH={self.folder}/bin:$PATH;"), (0, f"\n{n_files} files, 0 of them with something to mend; {n_files - n_left} were known to be clean\n"))


if __name__ == "__main__":
    unittest.main()
