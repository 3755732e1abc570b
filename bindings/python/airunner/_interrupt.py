# SPDX-License-Identifier: BSD-3-Clause
"""Ctrl-C while the library computes.

Python runs signal handlers between two bytecodes of the main thread, and there are none inside a C call. But the C part
of the handler writes the signal's number to the wakeup descriptor at once: a thread that waits there calls air_cancel().
Our handler only notes the interrupt, unless user code runs in a callback; the handler that was there before is called
when the C call has ended.
"""

from __future__ import annotations

import importlib
import os
import select
import threading
from signal import SIGINT
from types import FrameType
from typing import Any, Callable

# The functions of `signal` without its conversions from and to enumerations, which take longer than all the rest here.
_signal: Any = importlib.import_module("_signal")
_SIGINT = int(SIGINT)

_CANCEL_INTERVAL_S = 0.01  # air_cancel() before the call has really begun is lost: it is said again


class _Watcher:
    """The thread that waits for signals, started at the first use in a process."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._lock = threading.Lock()
        self._former_fd = -1
        self._cancels: list[Callable[[], None]] = []  # several when a callback invokes another runner
        self._interrupted = False
        threading.Thread(target=self._run, name="airunner-interrupt", daemon=True).start()

    def arm(self, cancel: Callable[[], None]) -> None:
        """From now on SIGINT calls `cancel`; signals are passed on to the descriptor that listened before."""
        if not self._cancels:
            self._former_fd = _signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._cancels.append(cancel)

    def disarm(self, seen: bool) -> None:
        """The last `cancel` is not called any more; a signal that was seen is not left for the next one."""
        with self._lock:
            self._cancels.pop()
            if not self._cancels:
                _signal.set_wakeup_fd(self._former_fd)
            if seen:
                self._read()
                self._interrupted = False

    def repeat(self) -> None:
        """A signal came before arm()."""
        os.write(self._writer, bytes([_SIGINT]))

    def _run(self) -> None:
        while True:
            select.select([self._reader], [], [], _CANCEL_INTERVAL_S if self._interrupted else None)
            with self._lock:
                self._read()
                self._interrupted &= bool(self._cancels)
                if self._interrupted:
                    for cancel in self._cancels:
                        cancel()

    def _read(self) -> None:
        try:
            numbers = os.read(self._reader, 64)
            self._interrupted |= _SIGINT in numbers
            if self._former_fd >= 0:
                os.write(self._former_fd, numbers)
        except OSError:  # nothing there; or who listened before has gone
            pass


_watcher: _Watcher | None = None


def _forget_watcher() -> None:  # threads do not survive a fork
    global _watcher
    _watcher = None


os.register_at_fork(after_in_child=_forget_watcher)


class Interruptible:
    """Within this context SIGINT calls `cancel`, from another thread; at its end the former handler is called.

    Does nothing outside the main thread, which alone receives signals, and without a handler of Python's.
    """

    __slots__ = ("_armed", "_cancel", "_former", "_noted", "_seen", "in_user_code")

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._former: Any = None
        self._armed = False
        self._noted = False
        self._seen = False
        self.in_user_code = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._seen = True
        if self.in_user_code:
            self._former(number, frame)
        else:
            self._noted = True

    def __enter__(self) -> Interruptible:
        global _watcher
        if threading.get_ident() != threading.main_thread().ident:
            return self
        former = _signal.getsignal(_SIGINT)
        if not callable(former):
            return self
        if _watcher is None:
            _watcher = _Watcher()
        self._former = former
        _signal.signal(_SIGINT, self._handle)
        _watcher.arm(self._cancel)
        self._armed = True
        if self._noted:
            _watcher.repeat()
        return self

    def disarm(self) -> None:
        """From now on nobody calls `cancel`; signals are still noted."""
        if self._armed and _watcher is not None:
            self._armed = False
            _watcher.disarm(self._seen)

    def __exit__(self, *error: object) -> None:
        if self._former is None:
            return
        self.disarm()
        _signal.signal(_SIGINT, self._former)
        if self._noted:
            self._former(_SIGINT, None)
