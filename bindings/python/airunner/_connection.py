# SPDX-License-Identifier: BSD-3-Clause
"""One connection of the library, and the calls that concern all of it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import weakref
from concurrent.futures import Future
from ctypes import byref
from types import TracebackType
from typing import Callable, TypeVar

from . import _abi, _library
from ._errors import BusyError, Error, InvalidArgumentError, NotConnectedError, TimeoutError
from ._interrupt import Interruptible
from ._values import Token
from ._worker import Worker

T = TypeVar("T")
Self = TypeVar("Self", bound="Connection")

_CLOSE_LIMIT_S = 5.0


class _Link:
    """One connection of the library: one call at a time, and its end."""

    def __init__(self, library: _library.Library, handle: int, log: _abi.Log) -> None:
        self.library, self.handle = library, handle
        self.descriptor = ""  # for errors
        self.process = os.getpid()
        self._is_ending = False
        self._is_released = False
        self.user: int | None = None  # thread of the call in progress
        self._own = Token(library)  # of calls that bring none; the next one has it too, unless it was cancelled
        self.token = self._own  # of the call in progress
        self._log = log  # called until the connection ends
        self._lock = threading.Lock()
        self.worker = Worker()

    @property
    def is_open(self) -> bool:
        return not (self._is_ending or self._is_released) and self.process == os.getpid()

    def _check_process(self) -> None:
        if self.process != os.getpid():
            raise NotConnectedError(f"{self.descriptor} was connected by process {self.process}: a child process has to connect anew")

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Has it called on the connection's own thread, when those that came before have ended."""
        self._check_process()  # threads do not survive a fork
        return self.worker.submit(call)

    def begin(self, token: Token | None) -> None:
        """A call begins: it holds the connection until end_call()."""
        self._check_process()
        if not self._lock.acquire(False):
            raise BusyError(f"{self.descriptor}: another call uses this runner")
        if self._own.is_cancelled:
            self._own = Token(self.library)
        self.token = self._own if token is None else token
        if not self.is_open:  # looked at after the token was made: close() first tells it, and then cancels
            self.end_call()
            raise NotConnectedError(f"{self.descriptor} is closed: connect again")
        self.user = threading.get_ident()

    def end_call(self) -> None:
        self.user = None
        self.token = self._own
        self._lock.release()

    def cancel(self) -> None:
        """Ends the call in progress."""
        self.token.cancel()

    def close(self) -> None:
        """Cancels the call in progress, waits for it, and disconnects. May be repeated, by any thread."""
        if self.process != os.getpid():  # a link is not shared with a child process
            return
        self._is_ending = True
        self.cancel()
        if not self._lock.acquire(timeout=_CLOSE_LIMIT_S):
            self._is_ending = False
            raise TimeoutError(f"{self.descriptor}: the call in progress has not ended within {_CLOSE_LIMIT_S:g} s: still connected")
        try:
            if not self._is_released:
                self.library.check(self.library.air_disconnect(self.handle))
                self._is_released = True
        finally:
            self._lock.release()


def _finish(link: _Link) -> None:
    """When a runner is collected, and at the interpreter's exit, where nobody is told."""
    with contextlib.suppress(Error):
        link.close()
    link.worker.end()


class _Use:
    """One call of a runner: nobody else uses it meanwhile, and Ctrl-C ends it."""

    __slots__ = ("_link", "_given", "interruptible")

    def __init__(self, link: _Link, token: Token | None) -> None:
        self._link, self._given = link, token
        self.interruptible = Interruptible()

    def __enter__(self) -> _Use:
        self.interruptible.__enter__()  # first: from here on no KeyboardInterrupt comes between two steps
        try:
            self._link.begin(self._given)
        except BaseException:
            self.interruptible.__exit__()
            raise
        self.interruptible.arm(self._link.cancel)
        return self

    @property
    def token(self) -> int | None:
        return self._link.token.handle

    @property
    def call(self) -> _abi.Call:
        return _abi.Call(token=self.token)

    def __exit__(self, *error: object) -> None:
        self.interruptible.disarm()
        self._link.end_call()
        self.interruptible.__exit__(*error)


class Connection:
    """What a runner is to its models. Usable from any thread, by one call at a time; a second one meanwhile raises BusyError."""

    def __init__(self, library: _library.Library, handle: int, log: _abi.Log) -> None:
        self._library = library
        self._handle = handle
        self._link = _Link(library, handle, log)
        weakref.finalize(self, _finish, self._link)

    @property
    def descriptor(self) -> str:
        """Connecting with it again reaches the same models."""
        return self._link.descriptor

    @property
    def is_connected(self) -> bool:
        return self._link.is_open

    def cancel(self) -> None:
        """Ends the call in progress, from any thread: it raises CancelledError."""
        self._link.cancel()

    def ping(self) -> None:
        """Asks the other side whether it is alive."""
        with self._use() as use:
            self._library.check(self._library.air_ping(self._handle, use.call))

    def reconnect(self) -> None:
        """Restores a connection that was lost."""
        with self._use() as use:
            self._library.check(self._library.air_reconnect(self._handle, use.call))

    def read_memory(self, address: int, size: int) -> bytes:
        """Reads the target's memory. The target does not check addresses: a bad one can crash it."""
        data = ctypes.create_string_buffer(size)
        with self._use() as use:
            self._library.check(self._library.air_st_memory_read(self._handle, address, data, size, use.call))
        return data.raw

    def write_memory(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Writes the target's memory."""
        block = bytes(data)
        with self._use() as use:
            self._library.check(self._library.air_st_memory_write(self._handle, address, block, len(block), use.call))

    def checksum_memory(self, address: int, size: int) -> int:
        """The target's 16-bit rotating sum of its memory."""
        checksum = ctypes.c_uint32()
        with self._use() as use:
            self._library.check(self._library.air_st_memory_checksum(self._handle, address, size, use.call, byref(checksum)))
        return checksum.value

    def self_test(self, test: int, extra: int = 0, option: int = 0) -> int:
        """Runs a self test of the target; its texts go to the log."""
        value = ctypes.c_uint32()
        with self._use() as use:
            self._library.check(self._library.air_st_self_test(self._handle, test, extra, option, use.call, byref(value)))
        return value.value

    def close(self) -> None:
        """Ends the connection; a call of another thread is cancelled first. May be repeated."""
        if self._link.user == threading.get_ident():
            raise BusyError("a callback cannot close its own runner: return False to end the call")
        self._link.close()

    def _use(self, token: Token | None = None) -> _Use:
        if not isinstance(token, (Token, type(None))):
            raise InvalidArgumentError(f"token is a {type(token).__name__}, expected an airunner.Token")
        return _Use(self._link, token)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
