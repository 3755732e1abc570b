# SPDX-License-Identifier: BSD-3-Clause
"""Writing that goes on where a stream is closed, full or gone."""

from __future__ import annotations

import contextlib
from typing import Any, Callable


class Guarded:
    """A logger of anybody's, of which no failure ends the work."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger

    def __getattr__(self, name: str) -> Callable[[Any], None]:
        def call(message: Any) -> None:
            with contextlib.suppress(Exception):
                getattr(self._logger, name)(message)

        return call


def say(text: str) -> None:
    """print() for reports: a standard output that has gone or is full ends nothing."""
    try:
        print(text)
    except UnicodeEncodeError:
        print(ascii(text)[1:-1])
    except (OSError, ValueError):
        pass


def is_terminal(stream: Any) -> bool:
    """Of a stream that may be missing or closed."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError, OSError):
        return False
