# SPDX-License-Identifier: BSD-3-Clause
"""The progress bar of long batches: on a terminal, with tqdm."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import time
from functools import lru_cache
from typing import Any

from ._streams import is_terminal

_DELAY_S = 1.0


@lru_cache(maxsize=None)
def _has_tqdm() -> bool:
    return importlib.util.find_spec("tqdm") is not None


def bar_possible() -> bool:
    return is_terminal(sys.stdout) and _has_tqdm()


class ProgressBar:
    """Appears when a batch has lasted a second, and goes with its end."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._bar: Any = None
        self._is_lost = False  # the terminal has gone

    def __call__(self, done: int, total: int) -> None:
        if not self._is_lost:
            try:
                self._show(done, total)
            except (OSError, ValueError):
                self._is_lost = True

    def _show(self, done: int, total: int) -> None:
        if self._bar is None:
            if time.monotonic() - self._start < _DELAY_S or done >= total:
                return
            tqdm = importlib.import_module("tqdm")
            self._bar = tqdm.tqdm(total=total, file=sys.stdout, desc="STAI.IO", unit_scale=False, leave=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            with contextlib.suppress(OSError, ValueError):
                self._bar.close()
