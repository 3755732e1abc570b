# SPDX-License-Identifier: BSD-3-Clause
"""Files that are written whole or not at all, as those of the other commands."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import time
from typing import Any, Callable


def write_whole(path: str, write: Callable[[Any], object]) -> None:
    """To a new file beside it, which then takes the name and the permissions; devices, pipes, and what is_written_in_place(), are written straight."""
    target = os.path.realpath(path)
    if is_written_in_place(target) or (os.path.exists(target) and not os.path.isfile(target)):
        with open(target, "w", encoding="utf-8", newline="") as file:
            write(file)
        return
    descriptor, new = tempfile.mkstemp(".tmp", "airunner-", os.path.dirname(target))
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            write(file)
        os.chmod(new, os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o666 & ~_umask())
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise
    _rename(new, target)


def is_written_in_place(target: str) -> bool:
    """Whether a file is there that can be written, though its folder takes no new ones: on a drive that is read-only, or of another drive than the
    file, as where it alone was bound into a container."""
    folder = os.path.dirname(target)
    if sys.platform == "win32" or not os.path.isfile(target) or os.access(folder, os.W_OK) or not os.access(target, os.W_OK):
        return False
    return os.stat(target).st_dev != os.stat(folder).st_dev or bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _take_name(new: str, target: str) -> None:
    """What was bound to its place keeps it."""
    try:
        os.replace(new, target)
    except OSError as error:
        if error.errno != errno.EBUSY or os.name == "nt":
            raise
        shutil.copyfile(new, target)
        os.unlink(new)


def _rename(new: str, target: str) -> None:
    """On Windows scanners have each new file open for a moment. A file that cannot get its name is kept: it took work to make."""
    end = time.monotonic() + (2 if os.name == "nt" else 0)
    while True:
        try:
            return _take_name(new, target)
        except OSError as error:
            if time.monotonic() >= end:
                raise OSError(f"{target}: {error.strerror}; what it should hold is in {new}") from error
            time.sleep(0.05)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
