# SPDX-License-Identifier: BSD-3-Clause
"""Hands samples out to boards: who is idle takes the next ones. What a failing board had comes back and goes to another one."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Iterator

from ._plan import Work

_WINDOW = 4096  # samples that may be ahead of the first that is not done: what is held back until its turn is bounded by it


class Feed:
    """`until`: by time.monotonic(); then nothing more is handed out."""

    def __init__(self, works: Iterator[Work], until: float) -> None:
        self._works, self._until = works, until
        self._ahead: Work | None = None  # the next one, when it has to wait
        self._returned: deque[Work] = deque()
        self._open: set[int] = set()  # places handed out and not done
        self._changed = threading.Condition()
        self._is_over = False  # nothing more is to be made
        self._is_stopped = False

    def take(self, most: int) -> list[Work]:
        """The next ones; none when all are done, or nothing more is wanted. Waits while others may still give theirs back."""
        with self._changed:
            while not self._is_stopped and time.monotonic() < self._until:
                returned = [work for work in (self._returned.popleft() for _ in range(min(most, len(self._returned)))) if work.place in self._open]
                if returned:
                    return returned
                if not self._is_over and (taken := self._next(most)):
                    return taken
                if self._is_over and not self._open:
                    break
                self._changed.wait(1.0)
        return []

    def _next(self, most: int) -> list[Work]:
        first = min(self._open, default=None)
        taken: list[Work] = []
        while len(taken) < most and not self._is_over:
            work = self._ahead or next(self._works, None)
            self._ahead = None
            if work is None:
                self._is_over = True
                self._changed.notify_all()
            elif first is not None and work.place - first >= _WINDOW:
                self._ahead = work
                break
            else:
                first = work.place if first is None else first
                self._open.add(work.place)
                taken.append(work)
        return taken

    def give_back(self, works: list[Work]) -> None:
        """Their board cannot run them. Those that another board has done are not wanted any more."""
        with self._changed:
            waiting = {work.place for work in self._returned}
            self._returned.extend(work for work in works if work.place in self._open and work.place not in waiting)
            self._changed.notify_all()

    def hand_out(self, places: list[int]) -> None:
        """These are handed out already."""
        self._open.update(places)

    def done(self, places: list[int]) -> None:
        with self._changed:
            self._open.difference_update(places)
            self._changed.notify_all()

    def stop(self) -> None:
        """Nothing more is handed out."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
