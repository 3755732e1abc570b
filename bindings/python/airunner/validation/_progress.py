# SPDX-License-Identifier: BSD-3-Clause
"""How far a validation is, and how long it will still take."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any, Callable, Union


@dataclass(frozen=True)
class Progress:
    """`rate`: samples a second since this process began. What is not known is None."""

    done: int
    total: int | None
    rate: float
    seconds_left: float | None
    n_boards: int  # at work

    def __str__(self) -> str:
        of = "" if self.total is None else f" of {self.total} ({100 * self.done // max(1, self.total)} %)"
        left = "" if self.seconds_left is None else f", {_duration(self.seconds_left)} left"
        return f"{self.done}{of} samples, {self.rate:.3g}/s on {self.n_boards} board{'' if self.n_boards == 1 else 's'}{left}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


OnProgress = Union[Callable[[Progress], Any], bool, None]

_PERIOD_S = 0.5


class Reporter:
    """Tells a function, or people at a terminal: not more often than twice a second, and once at the end."""

    def __init__(self, tell: OnProgress, already: int) -> None:
        self._tell = _show if tell is True else tell or None
        self._is_shown = tell is True
        self._already = already
        self._begin = time.monotonic()
        self._next = 0.0

    def note(self, done: int, total: int | None, n_boards: int, is_last: bool = False) -> None:
        now = time.monotonic()
        if self._tell is None or (now < self._next and not is_last):
            return
        self._next = now + _PERIOD_S
        rate = (done - self._already) / max(1e-9, now - self._begin)
        left = (total - done) / rate if total is not None and rate > 0 else None
        self._tell(Progress(done, total, rate, left, n_boards))
        if is_last and self._is_shown:
            sys.stderr.write("\n")


def _show(progress: Progress) -> None:
    sys.stderr.write(f"\r\x1b[K{progress}" if sys.stderr.isatty() else f"{progress}\n")
    sys.stderr.flush()
