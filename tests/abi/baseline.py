#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the ABI of a library with its committed baseline, by abidiff; and proves that abidiff would notice a change.

usage: baseline.py LIBRARY BASELINE INCLUDE_FOLDER ENUMERATOR STRUCT
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIBRARY, BASELINE, INCLUDE = (Path(a) for a in sys.argv[1:4])
ENUMERATOR, STRUCT = sys.argv[4:6]  # in the baseline: names that a change is tried on


def abidiff(baseline):
    return subprocess.run(["abidiff", "--exported-interfaces-only", "--headers-dir2", INCLUDE, "--drop-private-types", "--no-show-locs",
                           baseline, LIBRARY], capture_output=True, text=True, timeout=60)


class Baseline(unittest.TestCase):
    def test_library_has_the_committed_abi(self):
        result = abidiff(BASELINE)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr
                         + "\ndocs/abi-policy.md tells how to add to the ABI on purpose")

    def test_a_change_would_be_noticed(self):
        text = BASELINE.read_text()
        for old, new in ((rf"(name='{ENUMERATOR}' value=')", r"\g<1>9"), (rf"(<class-decl name='{STRUCT}' size-in-bits=')", r"\g<1>9")):
            with self.subTest(change=new), tempfile.NamedTemporaryFile("w", suffix=".abi") as changed:
                edited, n_changes = re.subn(old, new, text)
                self.assertGreater(n_changes, 0, old)
                changed.write(edited)
                changed.flush()
                self.assertNotEqual(abidiff(changed.name).returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
