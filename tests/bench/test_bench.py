#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs a benchmark program once, briefly, and checks what comes out of it. No time is judged here.

usage: test_bench.py SOURCE_FOLDER PROGRAM ARGUMENT...
"""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, PROGRAM = Path(sys.argv[1]), sys.argv[2:]


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result = subprocess.run(PROGRAM, capture_output=True, text=True, timeout=240)

    def report(self, lines):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "bench.json")
            script = SOURCE / "scripts/lib/bench_report.py"
            run = subprocess.run([sys.executable, script, path], input=lines, capture_output=True, text=True)
            return run, json.loads(path.read_text()) if path.exists() else None

    def test_program_works(self):
        self.assertEqual(self.result.returncode, 0, self.result.stderr)

    def test_results_are_numbers_with_units(self):
        run, entries = self.report(self.result.stdout)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertGreaterEqual(len(entries), 20)
        self.assertEqual(run.stdout.count("\n"), len(entries) + 1)
        self.assertEqual(len({entry["name"] for entry in entries}), len(entries))
        for entry in entries:
            with self.subTest(name=entry["name"]):
                self.assertEqual(set(entry), {"name", "value", "unit", "baseline", "ratio"})
                self.assertGreaterEqual(entry["value"], 0)
                self.assertIn(entry["unit"], ("ns/sample", "ns/MB", "ms", "calls", "MB"))
                if entry["unit"] != "calls":
                    self.assertGreater(entry["value"], 0)
                    if not re.search("connect|ahead", entry["name"]):  # compared with nothing
                        self.assertGreater(entry["baseline"], 0)

    def test_memory_is_within_its_limits(self):
        for line in map(json.loads, self.result.stdout.splitlines()):
            if line["unit"] == "MB":
                with self.subTest(name=line["name"]):
                    self.assertLess(line["value"], line["limit"])

    def test_table_tells_what_is_above_its_limit(self):
        lines = [{"name": "good", "value": 1.0, "unit": "ns", "baseline": 1.0, "limit": 2.0},
                 {"name": "bad", "value": 3.0, "unit": "ns", "baseline": 1.0, "limit": 2.0}]
        run, entries = self.report("".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual([("above" in line) for line in run.stdout.splitlines()[1:]], [False, True])
        self.assertEqual([entry["ratio"] for entry in entries], [1.0, 3.0])

    def test_no_results_are_an_error(self):
        self.assertNotEqual(self.report("hello\n")[0].returncode, 0)

    def test_wrong_library_is_an_error(self):
        wrong = [argument.replace("libai_network.so", "no_such_library.so") for argument in PROGRAM]
        self.assertNotEqual(wrong, PROGRAM)
        failed = subprocess.run(wrong, capture_output=True, text=True, timeout=240)
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("no_such_library.so", failed.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
