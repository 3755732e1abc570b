#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that a library exports exactly its committed list, and that the list, the header and the version script agree.

usage: symbols.py LIBRARY SYMBOLS.TXT HEADER VERSION_SCRIPT
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

LIBRARY, SYMBOLS, HEADER, VERSION_SCRIPT = (Path(a) for a in sys.argv[1:5])


def committed():
    return SYMBOLS.read_text().split()


class Symbols(unittest.TestCase):
    maxDiff = None

    def test_list_is_sorted_and_without_doubles(self):
        self.assertEqual(committed(), sorted(set(committed())))

    def test_library_exports_the_list_and_nothing_else(self):
        lines = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], check=True, capture_output=True, text=True).stdout
        found = {line.split()[-1].split("@")[0] for line in lines.splitlines() if line.split()[-2] != "A"}
        self.assertEqual(sorted(found), committed())

    def test_header_declares_the_list(self):
        declared = re.findall(r"^AIR_API [^;(]*?\b(air_\w+)\(", HEADER.read_text(), flags=re.MULTILINE)
        self.assertEqual(sorted(declared), committed())

    def test_version_script_names_the_list(self):
        # A script that names functions by a wildcard would let a new symbol slip out.
        text = re.sub(r"/\*.*?\*/|#.*", "", VERSION_SCRIPT.read_text(), flags=re.DOTALL)
        exported = re.search(r"global:(.*?)local:", text, flags=re.DOTALL)
        self.assertIsNotNone(exported)
        self.assertEqual(sorted(re.findall(r"[\w*]+", exported.group(1))), committed())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
