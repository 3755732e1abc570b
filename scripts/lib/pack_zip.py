#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Packs what meson installed for Windows into a zip, with one folder at its top. The same files give the same bytes.

usage: pack_zip.py SOURCE FILES LICENCES ZIP      FILES: the prefix; SOURCE_DATE_EPOCH: the time of everything in it
"""

import os
import sys
from pathlib import Path

from archives import licences_of, write_zip


def installed(files):
    for path in files.rglob("*"):
        name = path.relative_to(files)
        # Nobody links with a plugin, and Windows has no man.
        if path.is_file() and not (name.suffix == ".a" and name.parts[0] == "bin") and "man" not in name.parts:
            yield name.as_posix(), path.read_bytes()


def to_read_and_try(source):
    for pattern in ("*.md", "docs/*.md", "docs/*.svg", *(f"examples/models/digits/*{ending}" for ending in (".md", ".onnx", ".tflite", ".npy"))):
        for path in source.glob(pattern):
            yield path.relative_to(source).as_posix(), path.read_bytes()


def main():
    source, files, licence_folder, path = map(Path, sys.argv[1:])
    contents = dict(installed(files))
    if "bin/airunner.exe" not in contents:
        sys.exit(f"pack_zip.py: {files} has not what meson installs for Windows: expected bin/airunner.exe")
    contents |= dict(to_read_and_try(source))
    contents |= {name if name == "LICENSE" else f"licenses/{name}": data for name, data in licences_of(source, licence_folder)}
    write_zip(path, {f"{path.stem}/{name}": (data, name.endswith((".exe", ".dll"))) for name, data in sorted(contents.items())},
              int(os.environ["SOURCE_DATE_EPOCH"]))
    print(path)


if __name__ == "__main__":
    main()
