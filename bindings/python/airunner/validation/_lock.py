# SPDX-License-Identifier: BSD-3-Clause
"""A file that one process at a time writes to. The system keeps the lock: it goes with the process, however that ends."""

from __future__ import annotations

import os
import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    _PLACE = 1 << 40  # behind all that is ever written: what is locked there nobody else can read

    def lock(file: IO[bytes]) -> bool:
        """Whether it is this process's now."""
        file.seek(_PLACE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0, os.SEEK_END)
        return True
else:
    import errno
    import fcntl

    _WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)  # some file systems, of networks above all

    def lock(file: IO[bytes]) -> bool:
        """Whether it is this process's now."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in _WITHOUT_LOCKS
        return True
