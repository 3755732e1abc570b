#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts the test cases in the log of `meson test`, names what skipped, then shows the output of the programs that failed.

usage: count_results.py TESTLOG.JSON [EXECUTED]     last line of the output: PASSED FAILED SKIPPED
  EXECUTED is written: of each program how many cases it executed, and its name
"""

import json
import re
import sys

# How the frameworks in use tell their number of cases.
TAP = re.compile(r"^(not )?ok\b(?:.*?# *(SKIP))?", re.MULTILINE | re.IGNORECASE)
DOCTEST = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed(?:\s*\|\s*(\d+) skipped)?")
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
UNITTEST_DETAIL = re.compile(r"(failures|errors|skipped|unexpected successes)=(\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count_unittest(text, total):
    summary = text[text.rfind("Ran "):]
    details = {name: int(number) for name, number in UNITTEST_DETAIL.findall(summary)}
    skipped = details.pop("skipped", 0)
    failed = min(sum(details.values()), total)  # failed sub-tests are counted one by one
    return total - failed - skipped, failed, skipped


def count_cases(text):
    """(passed, failed, skipped) as the output of one program tells, or None when it tells nothing."""
    text = COLOUR.sub("", text)
    ran = UNITTEST.findall(text)
    if ran:
        return count_unittest(text, int(ran[-1]))
    doctest = DOCTEST.findall(text)
    if doctest:
        return tuple(sum(int(match[i] or 0) for match in doctest) for i in (1, 2, 3))
    lines = TAP.findall(text)
    if lines:
        skipped = sum(1 for _, directive in lines if directive)
        failed = sum(1 for negated, directive in lines if negated and not directive)
        return len(lines) - failed - skipped, failed, skipped
    return None


def count_program(entry):
    """The cases of one program; a program that failed counts at least one failure, whatever it printed."""
    result = entry["result"]
    cases = count_cases(entry.get("stdout", "")) or count_cases(entry.get("stderr", ""))
    if result in ("SKIP", "IGNORED"):
        return 0, 0, 1
    if result in ("OK", "EXPECTEDFAIL"):
        return cases if cases and cases[1] == 0 else (1, 0, 0)
    passed, failed, skipped = cases or (0, 0, 0)
    return passed, max(failed, 1), skipped


def main(path, executed_path="/dev/null"):
    total = [0, 0, 0]
    failed, executed = [], []
    with open(path, encoding="utf-8") as log:
        for line in log:
            entry = json.loads(line)
            counts = count_program(entry)
            total = [a + b for a, b in zip(total, counts)]
            executed.append(f"{counts[0] + counts[1]} {entry['name']}\n")
            if counts[1]:
                failed.append(entry)
            elif counts[2]:
                print(f"     {entry['name']}: {counts[2]} skipped")
    for entry in failed:
        print(f"---- {entry['name']}: {entry['result']}, {entry['duration']:.1f} s")
        print(entry.get("stdout", "").rstrip())
        print(entry.get("stderr", "").rstrip())
    with open(executed_path, "w", encoding="utf-8") as table:
        table.writelines(sorted(executed))
    print(*total)


if __name__ == "__main__":
    main(*sys.argv[1:])
