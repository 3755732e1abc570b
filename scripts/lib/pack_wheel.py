#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Packs what meson installed into a wheel as meson-python lays it out. The same files give the same bytes. Prints the file's name.

usage: pack_wheel.py TAG SOURCE FILES LICENCES FOLDER      SOURCE_DATE_EPOCH: the time of everything in it
"""

import base64
import hashlib
import os
import re
import sys
import tomllib
from pathlib import Path

from archives import licences_of, version_of, write_zip

LIBRARIES = ".airunner.mesonpy.libs"  # where airunner/_location.py looks


def metadata(project, version, readme, licences):
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {version}", f"Summary: {project['description']}",
             f"Requires-Python: {project['requires-python']}"]
    lines += [f"Classifier: {classifier}" for classifier in project["classifiers"]]
    lines += [f"License-File: {name}" for name in licences]
    lines += [f"Requires-Dist: {requirement}" for requirement in project["dependencies"]]
    for extra, requirements in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {requirement}; extra == "{extra}"' for requirement in requirements]
    lines += ["Description-Content-Type: text/markdown", "", readme]
    return "\n".join(lines)


def installed(files):
    """Name in the wheel of each installed file: the bytes of it and whether it is run."""
    for folder, place in (("python", ""), ("lib", LIBRARIES + "/")):
        top = files / folder
        for path in top.rglob("*"):
            if path.is_file():
                yield place + path.relative_to(top).as_posix(), (path.read_bytes(), os.access(path, os.X_OK))


def record(contents, own):
    lines = []
    for name, (data, _) in sorted(contents.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join(lines) + f"{own},,\n"


def main():
    tag, source, files, licence_folder, folder = sys.argv[1], *map(Path, sys.argv[2:])
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    version = re.sub(r"-(a|b|rc)\.", r"\1", version_of(source))  # as Python writes it: 1.0.0-rc.1 is 1.0.0rc1
    name = f"{project['name']}-{version}"
    licences = dict(licences_of(source, licence_folder))
    texts = {
        "METADATA": metadata(project, version, (source / project["readme"]).read_text(), sorted(licences)),
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: airunner\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n",
        "entry_points.txt": "[console_scripts]\n" + "".join(f"{name} = {entry}\n" for name, entry in project["scripts"].items()),
    }
    contents = dict(installed(files))
    if not any(part.startswith(LIBRARIES) for part in contents) or "airunner/__init__.py" not in contents:
        sys.exit(f"pack_wheel.py: {files} has not what meson installs for a wheel: expected python/airunner and lib")
    information = f"{name}.dist-info"
    contents |= {f"{information}/{part}": (text.encode(), False) for part, text in texts.items()}
    contents |= {f"{information}/licenses/{part}": (data, False) for part, data in licences.items()}
    contents[f"{information}/RECORD"] = (record(contents, f"{information}/RECORD").encode(), False)
    path = folder / f"{name}-py3-none-{tag}.whl"
    # What tells of a wheel comes last, so that it can be read without the rest.
    write_zip(path, dict(sorted(contents.items(), key=lambda item: (".dist-info/" in item[0], item[0]))), int(os.environ["SOURCE_DATE_EPOCH"]))
    print(path)


if __name__ == "__main__":
    main()
