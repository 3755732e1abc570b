#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which files scripts/analyze takes, with an analyzer that only names them."""

import shutil
import unittest

from in_copy import InCopy


@unittest.skipUnless(shutil.which("git"), "git is not installed")
class Analyze(InCopy):
    def setUp(self):
        super().setUp()
        self.provide("bin/run-clang-tidy-14", '#!/bin/bash\nprintf "%s\\n" "$@"\n')
        self.provide("build-clang/compile_commands.json", "[]")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("src/old.cpp", lines=1)

    def commit(self, *names, lines):
        for name in names:
            self.provide(name, "int a;\n" * lines)
        self.git("add", *names)
        self.git("commit", "--quiet", "--message", "change")

    def taken(self, *arguments):
        result = self.run_script("scripts/analyze", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        start = f"^{self.folder}/"
        return [line.removeprefix(start) for line in result.stdout.splitlines() if line.startswith(start)]

    def test_one_commit(self):
        result = self.run_script("scripts/analyze")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing to compare with", result.stderr)
        self.assertIn("'other' is no commit", self.run_script("scripts/analyze", "other").stderr)

    def test_on_main_the_last_commit(self):
        self.commit("src/new.cpp", "src/new.h", "tests/new.cpp", lines=1)
        self.assertEqual(self.taken(), ["src/new.cpp"])
        self.commit("docs.md", lines=1)
        self.assertEqual(self.taken(), [])
        self.assertEqual(self.taken("HEAD~1"), [])
        self.assertEqual(self.taken("HEAD~2"), ["src/new.cpp"])

    def test_on_a_branch_all_of_it(self):
        self.git("checkout", "--quiet", "-b", "branch")
        self.commit("src/first.cpp", lines=3)
        self.commit("backends/second.cpp", lines=4)
        self.provide("src/old.cpp", "not yet committed\n")
        self.assertEqual(self.taken(), ["backends/second.cpp", "src/first.cpp", "src/old.cpp"])

    def test_at_most_eight(self):
        self.commit(*(f"src/{i}.cpp" for i in range(9)), lines=2)
        self.assertEqual(len(self.taken()), 8)
        self.assertRegex(self.run_script("scripts/analyze").stdout, r"left out: src/\d\.cpp")


if __name__ == "__main__":
    unittest.main()
