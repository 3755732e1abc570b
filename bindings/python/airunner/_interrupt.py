# SPDX-License-Identifier: BSD-3-Clause
"""Ctrl-C while the library works.

Python runs signal handlers between two bytecodes of the main thread, and there are none inside a C call. But the C part
of the handler writes the signal's number to the wakeup descriptor at once: a thread that waits there cancels the call.
Our handler only notes the interrupt, unless user code runs in a callback; the handler that was there before is called
when the C call has ended.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import selectors
import signal
import socket
import sys
import threading
from signal import SIGINT
from types import FrameType
from typing import Any, Callable, Iterator

from ._library import Library
from ._values import Token

# The functions of `signal` without its conversions from and to enumerations, which take longer than all the rest here.
_signal: Any = importlib.import_module("_signal")
_SIGINT = int(SIGINT)
_ending = {_SIGINT}


def end_on_sigterm() -> None:
    """For a command: SIGTERM, which containers and batch systems send, is taken for Ctrl-C from now on, unless it is ignored; also by a job in the
    background, which has Ctrl-C ignored."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
        return
    if not callable(signal.getsignal(SIGINT)):
        signal.signal(SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(SIGINT))
    _ending.add(int(signal.SIGTERM))


def _pass_on(descriptor: int, numbers: bytes) -> None:
    """To who listened before."""
    if sys.platform == "win32":
        listener = socket.socket(fileno=descriptor)
        try:
            listener.send(numbers)
        finally:
            listener.detach()
    else:
        os.write(descriptor, numbers)


class _Watcher:
    """The thread that waits for signals, started at the first use in a process."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()  # Windows takes no other descriptor here
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._waiting = selectors.DefaultSelector()  # select() takes no descriptor from 1024 on
        self._waiting.register(self._reader, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._former_fd = -1
        self._cancels: list[Callable[[], None]] = []  # several when a callback invokes another runner
        threading.Thread(target=self._run, name="airunner-interrupt", daemon=True).start()

    def arm(self, cancel: Callable[[], None]) -> None:
        """From now on SIGINT calls `cancel`; signals are passed on to the descriptor that listened before."""
        if not self._cancels:
            self._former_fd = _signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._cancels.append(cancel)

    def disarm(self, seen: bool) -> None:
        """The last `cancel` is not called any more; a signal that was seen is not left for the next one."""
        with self._lock:
            self._cancels.pop()
            if not self._cancels:
                _signal.set_wakeup_fd(self._former_fd)
            if seen:
                self._read()

    def _run(self) -> None:
        while True:
            self._waiting.select()
            with self._lock:
                if self._read():
                    for cancel in self._cancels:
                        cancel()

    def _read(self) -> bool:
        """Whether SIGINT is among what has come."""
        try:
            numbers = self._reader.recv(64)
        except BlockingIOError:
            return False
        if self._former_fd >= 0:
            with contextlib.suppress(OSError):  # who listened before has gone
                _pass_on(self._former_fd, numbers)
        return not _ending.isdisjoint(numbers)


_watcher: _Watcher | None = None


def _forget_watcher() -> None:  # threads do not survive a fork
    global _watcher
    _watcher = None


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_watcher)


class Interruptible:
    """Within this context SIGINT is noted; once armed it calls `cancel`, from another thread; at the end the former handler is called.

    Does nothing outside the main thread, which alone receives signals, and without a handler of Python's.
    """

    __slots__ = ("_armed", "_former", "_noted", "_seen", "in_user_code")

    def __init__(self) -> None:
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
        return self

    def arm(self, cancel: Callable[[], None]) -> None:
        """From now on SIGINT calls `cancel`, also one that came before."""
        if self._former is None or _watcher is None:
            return
        _watcher.arm(cancel)
        self._armed = True
        if self._noted:
            cancel()

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


@contextlib.contextmanager
def token_of_ctrl_c(library: Library) -> Iterator[Token]:
    """A token that Ctrl-C cancels: for calls without a runner."""
    token = Token(library)
    with Interruptible() as interruptible:
        interruptible.arm(token.cancel)
        yield token
