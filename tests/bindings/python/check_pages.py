#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs each Python program of documents as it stands there, with this interpreter and what is installed for it. Needs nothing else.

usage: check_pages.py PAGE...
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT_S = 300  # emulated machines are slow
PROGRAM = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def runs(name, program):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
                              errors="replace", timeout=LIMIT_S)
    print(f"   {'ok    ' if done.returncode == 0 else 'FAILED'}  {name}")
    if done.returncode != 0:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def main():
    if not sys.argv[1:]:
        sys.exit("usage: check_pages.py PAGE...")
    good = True
    for page in map(Path, sys.argv[1:]):
        text = page.read_text(encoding="utf-8")
        programs = list(PROGRAM.finditer(text))
        good &= bool(programs)
        if not programs:
            print(f"   FAILED  {page.name} has no program")
        for program in programs:
            good &= runs(f"{page.name}, line {text.count(chr(10), 0, program.start()) + 1}", program[1])
    sys.exit(not good)


if __name__ == "__main__":
    main()
