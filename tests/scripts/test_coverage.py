#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/coverage over a project of one source, a test that passes and one that fails."""

import shutil
import unittest

from in_copy import InCopy


@unittest.skipUnless(all(map(shutil.which, ("gcovr", "meson", "ninja", "gcc", "g++", "ccache"))), "gcovr or the compiler is not installed")
class Coverage(InCopy):
    def setUp(self):
        super().setUp()
        (self.folder / "meson_options.txt").write_text("option('tests', type: 'feature')\n")
        (self.folder / "meson.build").write_text("""project('one', 'c')
one = executable('one', 'src/room/one.c')
test('good', one, suite: 'unit')
test('bad', one, args: 'x', suite: 'other')
test('left out', find_program('false'), suite: 'bench')
""")
        self.provide("src/room/one.c", """int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) {
    return 1;
  }
  return 0;
}
""")

    def test_a_suite_and_all(self):
        result = self.run_script("scripts/coverage", "unit")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(result.stdout.endswith(" 75.0 % of      4 lines: src/room\n\n3 of 4 lines: 75.0 %\n"), result.stdout)
        self.assertTrue((self.folder / "build-coverage/lines/index.html").exists())
        result = self.run_script("scripts/coverage")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertTrue(result.stdout.endswith("\n4 of 4 lines: 100.0 %\n"), result.stdout)
        self.assertNotIn("left out", result.stdout)


if __name__ == "__main__":
    unittest.main()
