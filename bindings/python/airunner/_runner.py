# SPDX-License-Identifier: BSD-3-Clause
"""A connection to a place where models are deployed."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import weakref
from ctypes import byref, c_void_p
from typing import Any, Callable, Iterator, Mapping, Sequence, Union

import numpy as np

from . import _abi, _library, _packages
from ._arrays import address_of
from ._connection import Connection
from ._enums import LogLevel
from ._errors import BusyError, InvalidArgumentError, InvalidDescriptorError, LinkLostError, NotFoundError, WeightsError
from ._interrupt import token_of_ctrl_c
from ._model import Model, milliseconds

Weights = Union[bytes, bytearray, memoryview, "np.ndarray[Any, Any]", "os.PathLike[str]", str]
LogSink = Callable[[LogLevel, str], None]

_LOG = logging.getLogger("airunner")
_LEVELS = {LogLevel.ERROR: logging.ERROR, LogLevel.WARNING: logging.WARNING, LogLevel.INFO: logging.INFO,
           LogLevel.DEBUG: logging.DEBUG}


class ConnectArguments:
    """The options of a connection in their C form, with the memory they point to."""

    def __init__(self, model: str | None = None, timeout: float | None = None,
                 options: Mapping[str, Any] | None = None, weights: Sequence[Weights] | Weights = (),
                 plugin_paths: Sequence[str | os.PathLike[str]] = (), log: LogSink | None = None,
                 log_level: LogLevel | None = None) -> None:
        if model is not None and not isinstance(model, str):
            raise InvalidArgumentError(f"model is a {type(model).__name__}, expected a name")
        if not all(isinstance(key, str) for key in options or {}):
            raise InvalidArgumentError(f"options are {list(options or {})!r}, expected texts")
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
        try:
            return np.fromfile(block, np.uint8)
        except OSError as error:
            kind = NotFoundError if isinstance(error, FileNotFoundError) else WeightsError
            raise kind(f"weights file {os.fspath(block)} cannot be read: {error.strerror or error}") from None
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


_made: weakref.WeakSet[Runner] = weakref.WeakSet()  # also those that were forgotten, until they are collected


class Runner(Connection):
    """One connection. Usable from any thread, by one call at a time; a second one meanwhile raises BusyError."""

    def __init__(self, library: _library.Library, handle: int, log: _abi.Log, name: str | None = None) -> None:
        super().__init__(library, handle, log)
        _made.add(self)
        self.models: tuple[Model, ...] = tuple(self._read_models())
        self._name = name
        self._link.descriptor = self.model.info.descriptor
        self.backend = self.model.info.backend

    def _read_models(self) -> Iterator[Model]:
        session = c_void_p()
        for index in range(self._library.air_get_n_models(self._handle)):
            self._library.check(self._library.air_get_session_at(self._handle, index, byref(session)))
            yield Model(self, session.value or 0)

    @property
    def names(self) -> list[str]:
        """Names of the models."""
        return [model.name for model in self.models]

    @property
    def model(self) -> Model:
        """The one that connect(model=...) named, else the first."""
        return self.models[0] if self._name is None else self[self._name]

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

    def __repr__(self) -> str:
        state = f"models {', '.join(map(repr, self.names))}" if self.is_connected else "closed"
        return f"<airunner.Runner {self.descriptor!r}, {state}>"


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
    try:
        return _connected(library, encoded, arguments, model)
    except (BusyError, LinkLostError):
        if not _is_any_collected():
            raise
    return _connected(library, encoded, arguments, model)


def _is_any_collected() -> bool:
    """Whether runners that nobody has any more were still open: they kept their ports from others."""
    known = [weakref.ref(runner) for runner in _made if runner.is_connected]
    if known:
        gc.collect()
    return any(reference() is None for reference in known)


def _connected(library: _library.Library, encoded: bytes | None, arguments: ConnectArguments, model: str | None) -> Runner:
    handle, runner = c_void_p(), None
    try:
        with token_of_ctrl_c(library) as token:
            arguments.struct.token = token.handle
            library.check(library.air_connect(encoded, arguments.struct, byref(handle)))
            runner = Runner(library, handle.value or 0, arguments.log, model)
    except BaseException:
        if runner is not None:  # it had connected when Ctrl-C came
            runner.close()
        raise
    return runner
