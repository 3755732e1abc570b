#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/check; what it finds is seen where its checks run as suites of their own."""

import re
import shutil
import unittest

from in_copy import InCopy, SOURCE


class Check(InCopy):
    def check(self, *arguments, **options):
        return self.run_script("scripts/check", *arguments, **options)

    def test_every_check_is_a_hook(self):
        known = re.search(r"^checks=\((.*)\)$", (SOURCE / "scripts/check").read_text(), re.MULTILINE)[1].split()
        hooks = re.findall(r"^ +entry: scripts/check (\w+)$", (SOURCE / ".pre-commit-config.yaml").read_text(), re.MULTILINE)
        self.assertEqual(hooks, known)

    def test_unknown_check(self):
        for name in ("spelling", "", "form", "format sources", "-v"):
            result = self.check(name)
            self.assertEqual((result.returncode, result.stdout), (1, ""), name)
            self.assertIn(f"unknown check '{name}': format sources", result.stderr)

    def test_one_check_at_a_time(self):
        for names in (("format", "sources"), ("scripts", "types"), ("types", "src/a.py")):
            result = self.check(*names)
            self.assertEqual(result.returncode, 1, names)
            self.assertIn(f"'{names[1]}'", result.stderr)
            self.assertIn("run one at a time", result.stderr)

    @unittest.skipUnless(shutil.which("clang-format-14"), "clang-format-14 is not installed")
    def test_layout(self):
        shutil.copy(SOURCE / ".clang-format", self.folder)
        self.provide("src/good.h", "int a;\n")
        self.assertEqual(self.check("format").returncode, 0)
        self.provide("src/bad.c", "int  a ;\n")
        self.provide("src/bad.txt", "int  a ;\n")
        for files, expected in (((), 1), (("src/good.h",), 0), (("src/good.h", "src/bad.c"), 1), (("src/bad.txt",), 0)):
            self.assertEqual(self.check("format", *files).returncode, expected, files)

    def test_missing_tool(self):
        for name in ("bash", "dirname", "basename", "env"):
            (self.folder / "few").mkdir(exist_ok=True)
            (self.folder / "few" / name).symlink_to(shutil.which(name))
        result = self.check("types", path=str(self.folder / "few"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("mypy is missing", result.stderr)
        self.assertIn("SKIP=types", result.stderr)


if __name__ == "__main__":
    unittest.main()
