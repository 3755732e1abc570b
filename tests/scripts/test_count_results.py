#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/lib/count_results.py: how test cases are counted."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest

from in_copy import SOURCE

spec = importlib.util.spec_from_file_location("count_results", SOURCE / "scripts/lib/count_results.py")
count_results = importlib.util.module_from_spec(spec)
spec.loader.exec_module(count_results)


class Counting(unittest.TestCase):
    def count(self, result, stdout="", stderr=""):
        entry = {"name": "n", "result": result, "duration": 1.0, "stdout": stdout, "stderr": stderr}
        return count_results.count_program(json.loads(json.dumps(entry)))

    def test_plain_program(self):
        self.assertEqual(self.count("OK", "hello"), (1, 0, 0))
        self.assertEqual(self.count("FAIL", "hello"), (0, 1, 0))
        self.assertEqual(self.count("TIMEOUT"), (0, 1, 0))
        self.assertEqual(self.count("SKIP"), (0, 0, 1))

    def test_tap(self):
        self.assertEqual(self.count("FAIL", "1..3\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP no device\n"), (1, 1, 1))
        self.assertEqual(self.count("OK", "1..2\nok 1 - a\nok 2\n"), (2, 0, 0))

    def test_doctest(self):
        text = "[doctest] test cases: 12 | 11 passed | 1 failed | 3 skipped\n[doctest] assertions: 99 | 98 passed | 1 failed |\n"
        self.assertEqual(self.count("FAIL", text), (11, 1, 3))
        self.assertEqual(self.count("OK", "\x1b[0mtest cases: \x1b[32m7\x1b[0m | 7 passed | 0 failed | 0 skipped"), (7, 0, 0))

    def test_unittest(self):
        self.assertEqual(self.count("OK", stderr="....\nRan 4 tests in 0.1s\n\nOK\n"), (4, 0, 0))
        self.assertEqual(self.count("OK", stderr="Ran 4 tests in 0.1s\n\nOK (skipped=1)\n"), (3, 0, 1))
        text = "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1, skipped=1)\n"
        self.assertEqual(self.count("FAIL", stderr=text), (2, 2, 1))

    def test_failure_after_good_cases_is_a_failure(self):
        self.assertEqual(self.count("FAIL", "1..2\nok 1\nok 2\n"), (2, 1, 0))
        self.assertEqual(self.count("ERROR", stderr="Ran 2 tests in 0.1s\n\nOK\n"), (2, 1, 0))

    def test_report_of_a_log(self):
        entries = [{"name": "good", "result": "OK", "duration": 0.1, "stdout": "ok 1\nok 2\n"},
                   {"name": "bad", "result": "FAIL", "duration": 0.1, "stdout": "what happened", "stderr": "why"}]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
            log.write("".join(json.dumps(e) + "\n" for e in entries))
            log.flush()
            script = SOURCE / "scripts/lib/count_results.py"
            with tempfile.NamedTemporaryFile("r") as executed:
                output = subprocess.run([sys.executable, script, log.name, executed.name], capture_output=True, text=True, check=True).stdout
                self.assertEqual(executed.read(), "1 bad\n2 good\n")
        self.assertIn("what happened\nwhy", output)
        self.assertEqual(output.splitlines()[-1], "2 1 0")


if __name__ == "__main__":
    unittest.main()
