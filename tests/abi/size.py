#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that the library, without its debug information, stays small: who embeds it ships it.

usage: size.py LIBRARY LIMIT_IN_KIB
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIBRARY, LIMIT = sys.argv[1], int(sys.argv[2]) * 1024


class Size(unittest.TestCase):
    def test_below_the_limit(self):
        with tempfile.TemporaryDirectory() as folder:
            stripped = Path(folder, "library.so")
            subprocess.run(["strip", "-o", stripped, LIBRARY], check=True)
            self.assertLess(stripped.stat().st_size, LIMIT)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
