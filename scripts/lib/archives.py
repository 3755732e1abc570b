# SPDX-License-Identifier: BSD-3-Clause
"""What the archives that are given to users have in common: their licences, and bytes that depend on their files alone."""

import re
import time
import zipfile


def version_of(source):
    return re.search(r"version: '([^']+)'", (source / "meson.build").read_text()).group(1)


def licences_of(source, folder):
    """Of what is in these sources, and in the folder where scripts/third-party puts those of what is linked in: name and bytes of each."""
    yield "LICENSE", (source / "LICENSE").read_bytes()
    for path in (source / "third_party").glob("*/LICENSE*"):
        yield f"{path.parent.name}/LICENSE", path.read_bytes()
    for path in folder.iterdir():
        yield f"{path.name}/LICENSE", path.read_bytes()


def write_zip(path, contents, seconds):
    """Of each name its bytes and whether it is run, all of one time."""
    when = time.gmtime(max(seconds, 315532800))[:6]  # no archive knows a time before 1980
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (data, is_run) in contents.items():
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if is_run else 0o100644) << 16
            archive.writestr(entry, data)
