#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Copies built libraries to the names and folders a user meets: place.py STAMP ROOT SOURCE=FOLDER/NAME ..."""
import os
import pathlib
import shutil
import sys


def place(source, target):
    """Replaces the target in one step, so that a process that has mapped the old one keeps it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    shutil.copyfile(source, partial)
    shutil.copymode(source, partial)
    os.replace(partial, target)


def main():
    stamp, root = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for pair in sys.argv[3:]:
        source, name = pair.rsplit("=", 1)
        place(source, root / name)
    stamp.write_text("".join(pair + "\n" for pair in sys.argv[3:]))


if __name__ == "__main__":
    main()
