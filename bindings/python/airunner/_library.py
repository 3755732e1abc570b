# SPDX-License-Identifier: BSD-3-Clause
"""Finding and loading libairunner, once, at the first use."""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path
from typing import Any

from . import _abi, _location
from ._errors import Error, LibraryError, class_of

FILE_NAME = f"libairunner.so.{_abi.ABI_VERSION}"
VARIABLE = "AIRUNNER_LIBRARY"


class Library:
    """The loaded library: its functions as attributes, with their types declared."""

    def __init__(self, name: str, functions: ctypes.CDLL) -> None:
        self.name = name
        for function_name, (result, arguments) in _abi.FUNCTIONS.items():
            try:
                function = getattr(functions, function_name)
            except AttributeError:
                raise LibraryError(f"{name} has no {function_name}(): it is no libairunner, or an older one") from None
            function.restype = result
            function.argtypes = arguments
            setattr(self, function_name, function)
        self.version = _abi.text(self.air_version())

    def __getattr__(self, name: str) -> Any:  # for type checkers: functions are set above
        raise AttributeError(name)

    def last_error(self, status: int) -> Error:
        """The exception for a call of this thread that has just failed."""
        error = _abi.check_size(self.air_last_error().contents)
        if error.status != status:
            return class_of(status)(_abi.text(self.air_status_name(status)))
        return class_of(status)(_abi.text(error.message), _abi.texts(error.causes, error.n_causes), error.st_code,
                                error.vendor_code)

    def check(self, status: int) -> None:
        """Raises the error of a call that did not return AIR_OK."""
        if status:
            raise self.last_error(status)


def _candidates() -> list[str]:
    """What to try, in order. A library named by the user is the only one."""
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named)
        return [str(path / FILE_NAME if path.is_dir() else path)]
    return [*(str(path) for path in _location.LIBRARIES if path.exists()), FILE_NAME]


def _open(name: str) -> Library:
    functions = ctypes.CDLL(name)
    try:
        functions.air_abi_version.restype = ctypes.c_uint32
        abi_version = functions.air_abi_version()
    except AttributeError:
        raise LibraryError(f"{name} has no air_abi_version(): it is no libairunner") from None
    if abi_version != _abi.ABI_VERSION:
        raise LibraryError(f"{name} has ABI {abi_version}, this package needs ABI {_abi.ABI_VERSION}: install the "
                           f"library and the package of one release, or set {VARIABLE} to the library to use")
    library = Library(name, functions)
    try:
        _abi.check_size(library.air_last_error().contents)
    except _abi.StructTooOld as error:
        raise LibraryError(f"{name}: {error}") from None
    return library


def _hold_standard_streams() -> None:
    """Where one is closed the next link would get its number, and the target what somebody prints."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def _load() -> Library:
    _hold_standard_streams()
    tried = []
    for name in _candidates():
        try:
            return _open(name)
        except OSError as error:
            tried.append(f"tried {name}: {error}")
    raise LibraryError(f"libairunner is not there: install it, or set {VARIABLE} to its path", tuple(tried))


_library: Library | None = None
_lock = threading.Lock()


def load() -> Library:
    """The library; an error tells what was looked for where."""
    global _library
    if _library is None:
        with _lock:
            if _library is None:
                _library = _load()
    return _library
