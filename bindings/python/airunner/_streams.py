# SPDX-License-Identifier: BSD-3-Clause
"""Standard output and standard error of the commands that are written in Python."""

from __future__ import annotations

import io
import sys


def write_utf8() -> None:
    """As the other commands do. On Windows Python takes files and pipes for text of the code page, which lacks characters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
