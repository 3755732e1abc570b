#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the ABI of the library with the committed baseline, by abidiff; and proves that abidiff would notice a change.

usage: baseline.py LIBRARY BASELINE INCLUDE_FOLDER
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIBRARY, BASELINE, INCLUDE = (Path(a) for a in sys.argv[1:4])


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
        for old, new in (("name='AIR_ERROR_TIMEOUT' value='11'", "name='AIR_ERROR_TIMEOUT' value='99'"),
                         ("<class-decl name='air_model_info' size-in-bits='", "<class-decl name='air_model_info' size-in-bits='9")):
            with self.subTest(change=new), tempfile.NamedTemporaryFile("w", suffix=".abi") as changed:
                self.assertIn(old, text)
                changed.write(text.replace(old, new))
                changed.flush()
                self.assertNotEqual(abidiff(changed.name).returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
