# SPDX-License-Identifier: BSD-3-Clause
"""Files that are written whole or not at all, as those of the other commands."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable


def write_whole(path: str, write: Callable[[Any], object]) -> None:
    """To a new file beside it, which then takes the name and the permissions; devices and pipes are written straight."""
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "w", encoding="utf-8", newline="") as file:
            write(file)
        return
    descriptor, new = tempfile.mkstemp(".tmp", "airunner-", os.path.dirname(target))
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            write(file)
        os.chmod(new, os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o666 & ~_umask())
        os.replace(new, target)
    except BaseException:
        os.unlink(new)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
