#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What scripts/test-fresh says before it makes a root; that it works is seen whenever it runs these suites inside of one."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from in_copy import SOURCE


class FreshRoots(unittest.TestCase):
    def refused(self, *arguments, expected, **options):
        result = subprocess.run([str(SOURCE / "scripts/test-fresh"), *arguments], capture_output=True, text=True, timeout=30, **options)
        self.assertEqual(result.returncode, 1)
        self.assertIn(expected, result.stderr)

    def test_unknown_system(self):
        self.refused("sid", expected="unknown argument 'sid': bookworm, trixie, noble")

    def test_mirror_without_address(self):
        self.refused("--mirror", expected="--mirror wants a URL")

    def test_not_root(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "id")
            path.write_text("#!/bin/sh\necho 1000\n")
            path.chmod(0o755)
            environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": folder}
            self.refused("noble", expected="needs root", env=environment)


if __name__ == "__main__":
    unittest.main()
