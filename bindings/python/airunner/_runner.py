# SPDX-License-Identifier: BSD-3-Clause
"""A connection to a place where models are deployed."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import threading
import weakref
from ctypes import byref, c_void_p
from types import TracebackType
from typing import Any, Callable, Iterator, Mapping, Sequence, Union

import numpy as np

from . import _abi, _library, _packages
from ._arrays import address_of
from ._enums import LogLevel
from ._errors import (BusyError, Error, InvalidArgumentError, InvalidDescriptorError, NotConnectedError, NotFoundError,
                      TimeoutError)
from ._interrupt import Interruptible, token_of_ctrl_c
from ._model import Model, milliseconds
from ._values import Token

Weights = Union[bytes, bytearray, memoryview, "np.ndarray[Any, Any]", "os.PathLike[str]", str]
LogSink = Callable[[LogLevel, str], None]

_LOG = logging.getLogger("airunner")
_LEVELS = {LogLevel.ERROR: logging.ERROR, LogLevel.WARNING: logging.WARNING, LogLevel.INFO: logging.INFO,
           LogLevel.DEBUG: logging.DEBUG}
_CLOSE_LIMIT_S = 5.0


class ConnectArguments:
    """The options of a connection in their C form, with the memory they point to."""

    def __init__(self, model: str | None = None, timeout: float | None = None,
                 options: Mapping[str, Any] | None = None, weights: Sequence[Weights] | Weights = (),
                 plugin_paths: Sequence[str | os.PathLike[str]] = (), log: LogSink | None = None,
                 log_level: LogLevel | None = None) -> None:
        keys = [(_abi.c_text(key.encode(), "the name of an option"),
                 _abi.c_text(_option_text(value).encode(), f"the option {key!r}")) for key, value in (options or {}).items()]
        blocks = _weights_blocks(weights)
        paths = [_abi.c_text(os.fsencode(path), "a path of plugins") for path in plugin_paths]
        self._keep: list[Any] = [blocks]
        struct = _abi.ConnectOptions(timeout_ms=milliseconds(timeout), n_options=len(keys), n_weights=len(blocks),
                                     n_plugin_paths=len(paths))
        struct.model_name = _abi.c_text(model.encode(), "the name of the model") if model is not None else None
        struct.options = (_abi.Option * len(keys))(*(_abi.Option(*pair) for pair in keys))
        struct.weights = (_abi.Weights * len(blocks))(*(_abi.Weights(address_of(b), b.nbytes) for b in blocks))
        struct.plugin_paths = (ctypes.c_char_p * len(paths))(*paths)
        level = _wanted_level() if log_level is None else log_level
        self.log = _abi.Log(_abi.LogFunction(_log_function(log or _to_logging)), level=level)
        if level > LogLevel.NONE:
            struct.log = ctypes.pointer(self.log)
        self.struct = struct


def _option_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _weights_blocks(weights: Any) -> list[np.ndarray[Any, Any]]:
    return [_weights_block(block) for block in (weights if isinstance(weights, (list, tuple)) else [weights])]


def _weights_block(block: Weights) -> np.ndarray[Any, Any]:
    if isinstance(block, (str, os.PathLike)):
        return np.fromfile(block, np.uint8)
    if isinstance(block, np.ndarray):
        return np.ascontiguousarray(block).reshape(-1).view(np.uint8)
    return np.frombuffer(block, np.uint8)


def _wanted_level() -> LogLevel:
    """The lines that the logger "airunner" shows; others are not even formatted."""
    return max((level for level, number in _LEVELS.items() if _LOG.isEnabledFor(number)), default=LogLevel.NONE)


def _to_logging(level: LogLevel, message: str) -> None:
    _LOG.log(_LEVELS.get(level, logging.DEBUG), "%s", message)


def _log_function(sink: LogSink) -> Callable[[Any, int, bytes | None], None]:
    def write(_: Any, level: int, message: bytes | None) -> None:
        try:
            sink(LogLevel(level), _abi.text(message))
        except Exception:  # a log that fails must not take the call with it
            with contextlib.suppress(Exception):  # nor must telling so
                _LOG.exception("the log of a runner failed")

    return write


class _Link:
    """One connection of the library: one call at a time, and its end."""

    def __init__(self, library: _library.Library, handle: int, log: _abi.Log) -> None:
        self.library, self.handle = library, handle
        self.descriptor = ""  # for errors
        self.process = os.getpid()
        self._is_ending = False
        self._is_released = False
        self.user: int | None = None  # thread of the call in progress
        self.token = Token(library)  # of the call in progress; the next one has it too, unless it was cancelled
        self._log = log  # called until the connection ends
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return not (self._is_ending or self._is_released) and self.process == os.getpid()

    def begin(self) -> None:
        """A call begins: it holds the connection until end_call()."""
        if self.process != os.getpid():
            raise NotConnectedError(f"{self.descriptor} was connected by process {self.process}: a child process has to connect anew")
        if not self._lock.acquire(False):
            raise BusyError(f"{self.descriptor}: another call uses this runner")
        if self.token.is_cancelled:
            self.token = Token(self.library)
        if not self.is_open:  # looked at after the token was made: close() first tells it, and then cancels
            self._lock.release()
            raise NotConnectedError(f"{self.descriptor} is closed: connect again")
        self.user = threading.get_ident()

    def end_call(self) -> None:
        self.user = None
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


class Runner:
    """One connection. Usable from any thread, by one call at a time; a second one meanwhile raises BusyError."""

    def __init__(self, library: _library.Library, handle: int, log: _abi.Log) -> None:
        self._library = library
        self._handle = handle
        self._link = _Link(library, handle, log)
        weakref.finalize(self, _finish, self._link)
        self.models: tuple[Model, ...] = tuple(self._read_models())
        self.descriptor = self._link.descriptor = self.model.info.descriptor  # connecting with it again reaches the same
        self.backend = self.model.info.backend

    def _read_models(self) -> Iterator[Model]:
        session = c_void_p()
        for index in range(self._library.air_get_n_models(self._handle)):
            self._library.check(self._library.air_get_session_at(self._handle, index, byref(session)))
            yield Model(self, session.value or 0)

    @property
    def is_connected(self) -> bool:
        return self._link.is_open

    @property
    def names(self) -> list[str]:
        """Names of the models."""
        return [model.name for model in self.models]

    @property
    def model(self) -> Model:
        """The first model."""
        return self.models[0]

    def __getitem__(self, name: str | int) -> Model:
        """The model of a name, or at a place."""
        if isinstance(name, int):
            return self.models[name]
        for model in self.models:
            if model.name == name:
                return model
        raise NotFoundError(f"no model {name!r}; {self.descriptor} has: {', '.join(self.names)}")

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)

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

    def _use(self) -> _Use:
        return _Use(self._link)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"models {', '.join(map(repr, self.names))}" if self.is_connected else "closed"
        return f"<airunner.Runner {self.descriptor!r}, {state}>"


class _Use:
    """One call of a runner: nobody else uses it meanwhile, and Ctrl-C ends it."""

    __slots__ = ("_link", "interruptible")

    def __init__(self, link: _Link) -> None:
        self._link = link
        self.interruptible = Interruptible()

    def __enter__(self) -> _Use:
        self.interruptible.__enter__()  # first: from here on no KeyboardInterrupt comes between two steps
        try:
            self._link.begin()
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


def connect(descriptor: str | os.PathLike[str] | None = None, *, model: str | None = None, timeout: float | None = None,
            options: Mapping[str, Any] | None = None, weights: Sequence[Weights] | Weights = (),
            plugin_paths: Sequence[str | os.PathLike[str]] = (), log: LogSink | None = None,
            log_level: LogLevel | None = None) -> Runner:
    """Connects to the models that a descriptor names: a path, `serial:921600`, `socket:host:port`, `null:`, ...

    `timeout` in seconds limits connecting. `options` are those of the backend, as in the descriptor. `weights` are
    blocks, or files with them, for models deployed without. `log` takes lines up to `log_level`; without it they go to
    the logger "airunner".
    """
    if descriptor is not None and not isinstance(descriptor, (str, os.PathLike)):
        raise InvalidArgumentError(f"descriptor is a {type(descriptor).__name__}, expected a text or a path")
    encoded = None if descriptor is None else os.fsencode(descriptor)
    if encoded is not None and b"\0" in encoded:
        raise InvalidDescriptorError("the descriptor has a zero byte")
    library = _library.load()
    _packages.publish()
    arguments = ConnectArguments(model, timeout, options, weights, plugin_paths, log, log_level)
    handle, runner = c_void_p(), None
    try:
        with token_of_ctrl_c(library) as token:
            arguments.struct.token = token.handle
            library.check(library.air_connect(encoded, arguments.struct, byref(handle)))
            runner = Runner(library, handle.value or 0, arguments.log)
    except BaseException:
        if runner is not None:  # it had connected when Ctrl-C came
            runner.close()
        raise
    return runner
