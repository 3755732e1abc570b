#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/test, without its builds and suites."""

import json
import re
import unittest

from in_copy import InCopy


class Times(InCopy):
    """What scripts/test says at its end, without its builds and suites."""

    def test_table_and_counts(self):
        entry = json.dumps({"name": "suite", "result": "OK", "duration": 0.1, "stdout": "ok 1\nok 2\n"})
        self.provide("bin/meson", f"#!/bin/bash\nmkdir -p build/meson-logs\ncat >build/meson-logs/testlog.json <<'END'\n{entry}\nEND\n")
        (self.folder / "build").mkdir()
        test = self.folder / "scripts/test"
        test.write_text(test.read_text().partition("\nthreaded_suites=")[0] + """
took "packages"
count "sleeping" sleep 1.1
count "failing" false
run_suites "Suites" build
skip "this" "that"
finish
""")
        result = self.run_script("scripts/test")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"== Time\n  0 min 0\d s  packages\n  0 min 0[1-9] s  sleeping\n  0 min 0\d s  failing\n"
                                        r"  0 min 0\d s  Suites\n  0 min 0[1-9] s  all\n\n3 passed, 1 failed, 2 skipped\n$")


class Failures(InCopy):
    """What failed stands once more before the counts: of a log that is kept in part it is the end that is kept."""

    def end_of(self, output):
        _, _, end = output.partition("\n== Failed\n")
        self.assertTrue(end, output)
        return end

    def provide_test(self, steps):
        good, bad = ({"name": name, "result": result, "duration": 0.1, "stdout": text, "stderr": ""}
                     for name, result, text in (("good", "OK", "nothing of note\nok 1\n"), ("bad", "FAIL", "not ok 1 - the case that failed\n")))
        for folder, planned, entries in (("build", 2, [good, bad]), ("build-good", 1, [good]), ("build-ended", 3, [good]), ("build-none", 0, [])):
            self.provide(f"{folder}/log", "".join(json.dumps(entry) + "\n" for entry in entries))
            self.provide(f"{folder}/planned", "name\n" * planned)
        # It leaves its log where there is one, and else only complains.
        self.provide("bin/meson", """#!/bin/bash
if [ "$4" = --list ]; then cat "$3/planned"; exit; fi
mkdir "$3/meson-logs"
if [ -s "$3/log" ]; then cp "$3/log" "$3/meson-logs/testlog.json"; fi
echo "complaint about $3"
""")
        test = self.folder / "scripts/test"
        test.write_text(test.read_text().partition("\nthreaded_suites=")[0] + steps)

    def test_of_scripts_test(self):
        self.provide_test("""
count "fine" echo "all is well"
count "checks" bash -c 'seq 100; echo "what the check says" >&2; false'
run_suites "Suites" build
run_suites "Good suites" build-good
run_suites "Suites that were ended" build-ended
run_suites "Suites without a log" build-none
finish
""")
        result = self.run_script("scripts/test")
        self.assertEqual(result.returncode, 1)
        failed, _, rest = self.end_of(result.stdout).partition("\n== Time\n")
        self.assertEqual(failed.splitlines(), ["checks", *map(str, range(82, 101)), "what the check says", "Suites", "---- bad: FAIL, 0.1 s",
                                               "not ok 1 - the case that failed",
                                               "Suites that were ended", "---- programs without a result: 2", "complaint about build-ended",
                                               "Suites without a log", "---- programs without a result: 1", "complaint about build-none"])
        self.assertTrue(rest.endswith("\n4 passed, 5 failed\n"), rest)

    def test_none_where_nothing_failed(self):
        self.provide_test('\ncount "fine" echo "all is well"\nrun_suites "Good suites" build-good\nfinish\n')
        result = self.run_script("scripts/test")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn("Failed", result.stdout)

    def test_of_fresh_roots(self):
        """The part of scripts/test-fresh behind its roots, with a folder for one, and `inside` that starts commands outside."""
        self.provide_test('\ncount "checks" bash -c "echo what the check says; false"\nfinish\n')
        for script in ("demo", "test-wheel"):
            self.provide(f"scripts/{script}", "#!/bin/bash\n")
        fresh = self.folder / "scripts/test-fresh"
        settings, _, rest = fresh.read_text().partition('\nenter_roots "$@"\n')
        fresh.write_text(f"""{settings}
suites=(noble trixie)
make_root() {{ root=$PWD/$1; }}
remove_root() {{ :; }}
inside() {{ "$@"; }}
{rest}""")
        self.commit_all()
        result = self.run_script("scripts/test-fresh")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        failed, _, table = result.stdout.rpartition("\n== Failed\n")[2].partition("\n== Fresh roots")
        names = ("noble", "trixie")
        self.assertEqual(failed.splitlines(), [f"{name}: test: {line}" for name in names for line in ("checks", "what the check says")])
        lines = [line for name in names for line in (f"{name}: demo 1 passed, 0 failed, 0 skipped", f"{name}: test 0 passed, 1 failed, 0 skipped")]
        lines.append("trixie: pip install . 1 passed, 0 failed, 0 skipped")
        self.assertEqual([re.sub(" +", " ", line) for line in table.splitlines()[1:]], [*lines, "", "3 passed, 2 failed"])


if __name__ == "__main__":
    unittest.main()
