#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/lib/fewer_cases.py."""

import sys
import unittest

from in_copy import InCopy


class FewerCases(InCopy):
    def compare(self, reference, executed, known=""):
        for name, text in (("reference", reference), ("executed", executed), ("scripts/lib/fewer_cases.txt", known)):
            (self.folder / name).write_text(text)
        return self.run_script(sys.executable, "scripts/lib/fewer_cases.py", "noble", "reference", "executed")

    def test_as_many(self):
        self.assertEqual(self.compare("3 cli / a\n", "3 cli / a\n").returncode, 0)

    def test_fewer_and_none(self):
        result = self.compare("3 cli / a\n4 cli / b\n", "2 cli / a\n")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cli / a: executed 2 cases, 3 on Debian 12", result.stdout)
        self.assertIn("cli / b: executed 0 cases, 4 on Debian 12", result.stdout)

    def test_known_ones(self):
        known = "# why\nnoble\tcli / *\tno browser\n"
        self.assertEqual(self.compare("3 cli / a\n", "", known).returncode, 0)
        self.assertEqual(self.compare("3 cli / a\n", "", known.replace("noble", "trixie")).returncode, 1)


if __name__ == "__main__":
    unittest.main()
