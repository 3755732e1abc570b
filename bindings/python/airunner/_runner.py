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
from ._errors import (BusyError, InvalidArgumentError, InvalidDescriptorError, LibraryError, NotConnectedError,
                      NotFoundError)
from ._interrupt import Interruptible
from ._model import Model, milliseconds

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
        struct.weights = (_abi.Buffer * len(blocks))(*(_abi.Buffer(address_of(b), b.nbytes) for b in blocks))
        struct.plugin_paths = (ctypes.c_char_p * len(paths))(*paths)
        struct.log_level = _wanted_level() if log_level is None else log_level
        struct.log = self.log = _abi.LogFunction(_log_function(log or _to_logging))
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


def _disconnect(library: _library.Library, handle: int, log: Any, lock: threading.Lock, guard: Any, owner: int) -> None:
    """Ends a connection: at close(), when its runner is collected, or at the interpreter's exit."""
    if os.getpid() != owner:  # a link is not shared with a child process
        return
    library.air_cancel(handle)
    if lock.acquire(timeout=_CLOSE_LIMIT_S):  # else a call that cannot be interrupted still uses it
        with guard:
            library.air_disconnect(handle)


class Runner:
    """One connection. Usable from any thread, by one call at a time; a second one meanwhile raises BusyError."""

    def __init__(self, library: _library.Library, handle: int, log: Any) -> None:
        self._library = library
        self._handle = handle
        self._lock = threading.Lock()
        self._guard = threading.RLock()  # cancel() may come at any time, also while the handle is released
        self._process = os.getpid()
        self._user: int | None = None  # thread of the call in progress
        self._close = weakref.finalize(self, _disconnect, library, handle, log, self._lock, self._guard,
                                       self._process)
        self.descriptor = _abi.text(library.air_get_descriptor(handle))  # connecting with it again reaches the same
        self.backend = _abi.text(library.air_get_backend(handle))
        self.models: tuple[Model, ...] = tuple(self._read_models())

    def _read_models(self) -> Iterator[Model]:
        session = c_void_p()
        for index in range(self._library.air_get_n_models(self._handle)):
            self._library.check(self._library.air_get_session_at(self._handle, index, byref(session)))
            yield Model(self, session.value or 0)

    @property
    def is_connected(self) -> bool:
        return self._close.alive and self._process == os.getpid()

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
        with self._guard:
            if self.is_connected:
                self._library.air_cancel(self._handle)

    def ping(self) -> None:
        """Asks the other side whether it is alive."""
        with self._use():
            self._library.check(self._library.air_ping(self._handle))

    def reconnect(self) -> None:
        """Restores a connection that was lost."""
        with self._use():
            self._library.check(self._library.air_reconnect(self._handle))

    def read_memory(self, address: int, size: int) -> bytes:
        """Reads the target's memory. The target does not check addresses: a bad one can crash it."""
        data = ctypes.create_string_buffer(size)
        with self._use():
            self._library.check(self._library.air_memory_read(self._handle, address, data, size))
        return data.raw

    def write_memory(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Writes the target's memory."""
        block = bytes(data)
        with self._use():
            self._library.check(self._library.air_memory_write(self._handle, address, block, len(block)))

    def checksum_memory(self, address: int, size: int) -> int:
        """The target's 16-bit rotating sum of its memory."""
        checksum = ctypes.c_uint32()
        with self._use():
            self._library.check(self._library.air_memory_checksum(self._handle, address, size, byref(checksum)))
        return checksum.value

    def self_test(self, test: int, extra: int = 0, option: int = 0) -> int:
        """Runs a self test of the target; its texts go to the log."""
        value = ctypes.c_uint32()
        with self._use():
            self._library.check(self._library.air_self_test(self._handle, test, extra, option, byref(value)))
        return value.value

    def close(self) -> None:
        """Ends the connection; a call of another thread is cancelled first. May be repeated."""
        if self._user == threading.get_ident():
            raise BusyError("a callback cannot close its own runner: return False to end the call")
        self._close()

    def _use(self) -> _Use:
        return _Use(self)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"models {', '.join(map(repr, self.names))}" if self.is_connected else "closed"
        return f"<airunner.Runner {self.descriptor!r}, {state}>"


class _Use:
    """One call of a runner: nobody else uses it meanwhile, and Ctrl-C ends it."""

    __slots__ = ("_runner", "_interruptible")

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._interruptible = Interruptible(runner.cancel)

    def __enter__(self) -> Interruptible:
        runner = self._runner
        self._interruptible.__enter__()  # first: from here on no KeyboardInterrupt comes between two steps
        failure: Exception | None = None
        if runner._process != os.getpid():
            failure = NotConnectedError(f"{runner.descriptor} was connected by process {runner._process}: a child process "
                                        "has to connect anew")
        elif not runner._close.alive:
            failure = NotConnectedError(f"{runner.descriptor} is closed: connect again")
        elif not runner._lock.acquire(False):
            failure = BusyError(f"{runner.descriptor}: another call uses this runner")
        if failure is not None:
            self._interruptible.__exit__()
            raise failure
        runner._user = threading.get_ident()
        return self._interruptible

    def __exit__(self, *error: object) -> None:
        self._interruptible.disarm()
        self._runner._user = None
        self._runner._lock.release()
        self._interruptible.__exit__(*error)


class _Connecting:
    """air_connect() beside the main thread, which Ctrl-C can then leave at once; what was connected is closed again."""

    def __init__(self, library: _library.Library, descriptor: bytes | None, arguments: ConnectArguments) -> None:
        self._library, self._descriptor, self._arguments = library, descriptor, arguments
        self._runner = c_void_p()
        self._error: Exception | None = None
        self._lock = threading.Lock()
        self._done = self._abandoned = False

    def _run(self) -> None:
        status = self._library.air_connect(self._descriptor, self._arguments.struct, byref(self._runner))
        with self._lock:
            self._done = True
            if status:
                self._error = self._library.last_error(status)
            elif self._abandoned:
                self._library.air_disconnect(self._runner)

    def _abandon(self) -> None:
        with self._lock:
            self._abandoned = True
            if self._done and self._error is None:
                self._library.air_disconnect(self._runner)

    def result(self) -> int:
        """The handle of the runner."""
        if threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=self._run, name="airunner-connect", daemon=True)
            try:
                thread.start()
                thread.join()
            except BaseException:
                self._abandon()
                raise
        else:
            self._run()
        if self._error is not None:
            raise self._error
        return self._runner.value or 0


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
    handle = _Connecting(library, encoded, arguments).result()
    try:
        return Runner(library, handle, arguments.log)
    except _abi.StructTooOld as error:
        raise LibraryError(f"{library.name}: {error}") from None
