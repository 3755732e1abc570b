#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The shell scripts: shellcheck, and whether they can be started."""

import os
import re
import shutil
import subprocess
import unittest

from in_copy import InCopy, SOURCE


def is_shell(path):
    with path.open("rb") as file:
        return re.match(rb"#!.*\b(ba)?sh\b|# shellcheck shell=", file.readline()) is not None


SCRIPTS = ["scripts/lib/roots.sh", "scripts/lib/setup.sh", "scripts/lib/sources.sh"] + sorted(
    str(path.relative_to(SOURCE)) for folder in ("scripts", ".ci", "packaging", "tests")
    for path in (SOURCE / folder).rglob("*") if path.is_file() and is_shell(path))


class Shell(unittest.TestCase):
    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck(self):
        result = subprocess.run(["shellcheck", "-x", *SCRIPTS], cwd=SOURCE, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_scripts_can_be_started(self):
        for name in SCRIPTS:
            if not name.endswith(".sh"):
                self.assertTrue(os.access(SOURCE / name, os.X_OK), name)


class Words(InCopy):
    def test_help_and_words_that_nobody_knows_start_nothing(self):
        for name in ("abi-baseline", "bench", "build-debs", "build-windows-zip", "demo", "release", "test", "test-windows"):
            for words, exit_code, expected in ((["--help"], 0, "\\A[A-Z][^#]*\n\\Z"), (["a", "b"], 2, f"\\A{name}: unexpected '[ab]'\nusage: scripts/{name}.*\n\\Z")):
                with self.subTest(name=name, words=words):
                    result = self.run_script(f"scripts/{name}", *words)
                    self.assertEqual(result.returncode, exit_code, result.stderr)
                    self.assertRegex(result.stdout + result.stderr, expected)


if __name__ == "__main__":
    unittest.main()
