# SPDX-License-Identifier: BSD-3-Clause
"""Files that are written whole or not at all, as those of the other commands."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from typing import Any, Callable


def write_whole(path: str, write: Callable[[Any], object]) -> None:
    """To a new file beside it, which then takes the name and the permissions; devices, pipes, and files whose folder takes no new ones, are
    written straight."""
    target = os.path.realpath(path)
    if os.path.exists(target) and not (os.path.isfile(target) and os.access(os.path.dirname(target), os.W_OK)):
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


def _rename(new: str, target: str) -> None:
    """On Windows scanners have each new file open for a moment. What was bound to its place, as into a container, keeps it. A file that cannot get
    its name is kept: it took work to make."""
    end = time.monotonic() + (2 if os.name == "nt" else 0)
    while True:
        try:
            return os.replace(new, target)
        except OSError as error:
            if error.errno == errno.EBUSY and os.name != "nt":
                shutil.copyfile(new, target)
                return os.unlink(new)
            if time.monotonic() >= end:
                raise OSError(f"{target}: {error.strerror}; what it should hold is in {new}") from error
            time.sleep(0.05)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
