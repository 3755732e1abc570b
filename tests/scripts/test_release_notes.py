#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/release-notes."""

import re
import subprocess
import unittest

from in_copy import InCopy, SOURCE


class ReleaseNotes(InCopy):
    def notes(self, *arguments):
        (self.folder / "CHANGELOG.md").write_text("# Changes\n\n## 1.0.0\n\n- One.\n\n- Two.\n\n## 1.0.0-rc.1\n\nFirst.\n\n## 0.9\n")
        return self.run_script("scripts/release-notes", *arguments)

    def test_text_of_a_version(self):
        self.assertEqual(self.notes("1.0.0").stdout, "- One.\n\n- Two.\n")
        self.assertEqual(self.notes("1.0.0-rc.1").stdout, "First.\n")

    def test_no_text(self):
        for arguments in (["1.0"], ["1.0.0-rc"], ["1.0.0-rc.1 "], ["0.9"]):
            result = self.notes(*arguments)
            self.assertEqual((result.returncode, result.stdout), (1, ""), arguments)
            self.assertIn("but of: 1.0.0 1.0.0-rc.1 0.9", result.stderr)
        self.assertIn("expected a version, such as 1.0.0", self.notes().stderr)

    def test_this_version_has_some(self):
        version = re.search(r"^  version: '(.*)',$", (SOURCE / "meson.build").read_text(), re.MULTILINE)[1]
        result = subprocess.run([SOURCE / "scripts/release-notes", version], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
