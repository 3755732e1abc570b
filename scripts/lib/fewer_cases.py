#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tells which test programs execute another number of cases on a system than on Debian 12, and are not known to (fewer_cases.txt).

usage: fewer_cases.py SYSTEM REFERENCE EXECUTED      both as count_results.py writes them; the exit code tells whether there are any
"""

import fnmatch
import sys
from pathlib import Path

KNOWN = Path(__file__).with_name("fewer_cases.txt")


def read(path):
    return {name: int(number) for number, name in (line.split(" ", 1) for line in Path(path).read_text().splitlines())}


def known_on(system):
    """Patterns of the names of programs, from lines SYSTEM<tab>PROGRAM<tab>WHY."""
    lines = (line.split("\t") for line in KNOWN.read_text().splitlines() if line and not line.startswith("#"))
    return [program for name, program, _ in lines if name == system]


def main(system, reference_path, executed_path):
    reference, executed = read(reference_path), read(executed_path)
    known = known_on(system)
    different = [name for name in sorted(reference | executed) if reference.get(name) != executed.get(name)
                 and not any(fnmatch.fnmatchcase(name, pattern) for pattern in known)]
    for name in different:
        print(f"{name}: executed {executed.get(name, 0)} cases, {reference.get(name, 0)} on Debian 12; say why in scripts/lib/fewer_cases.txt, or mend it")
    sys.exit(bool(different))


if __name__ == "__main__":
    main(*sys.argv[1:])
