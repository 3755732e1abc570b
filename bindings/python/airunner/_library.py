# SPDX-License-Identifier: BSD-3-Clause
"""Finding and loading libairunner and the libraries above it, once, at the first use."""

from __future__ import annotations

import ctypes
import os
import re
import threading
from pathlib import Path
from typing import Any

from . import _abi, _location
from ._errors import Error, LibraryError, class_of

FILE_NAME = _location.library_file("libairunner", _abi.ABI_VERSION)
# The libraries above it that this package needs.
FUNCTIONS_ABOVE = {"libairunner-report": _abi.REPORT_FUNCTIONS, "libairunner-st": _abi.ST_FUNCTIONS}
VARIABLE = "AIRUNNER_LIBRARY"


class Library:
    """The loaded libraries: their functions as attributes, with their types declared."""

    def __init__(self, name: str, functions: ctypes.CDLL) -> None:
        self.name = name
        self.declare(name, functions, _abi.FUNCTIONS)
        self.version = _abi.text(self.air_version())

    def declare(self, name: str, functions: ctypes.CDLL, declarations: dict[str, tuple[Any, list[Any]]]) -> None:
        for function_name, (result, arguments) in declarations.items():
            try:
                function = getattr(functions, function_name)
            except AttributeError:
                raise LibraryError(f"{name} has no {function_name}(): it is no libairunner, or another release") from None
            function.restype = result
            function.argtypes = arguments
            setattr(self, function_name, function)

    def __getattr__(self, name: str) -> Any:  # for type checkers: functions are set above
        raise AttributeError(name)

    def last_error(self, status: int) -> Error:
        """The exception for a call of this thread that has just failed."""
        error = self.air_last_error().contents
        st_code = self.air_st_error_number(status)
        if error.status != status:
            return class_of(status)(_abi.text(self.air_status_name(status)), (), st_code)
        causes = tuple(map(_in_python, _abi.texts(error.causes, error.n_causes)))
        return class_of(status)(_in_python(_abi.text(error.message)), causes, st_code, error.vendor_code)

    def check(self, status: int) -> None:
        """Raises the error of a call that did not return AIR_OK."""
        if status:
            raise self.last_error(status)

    def text(self, function: Any, *arguments: Any) -> str:
        """What a function writes whose last argument is the text."""
        pointer = ctypes.c_void_p()
        self.check(function(*arguments, ctypes.byref(pointer)))
        try:
            return _abi.text(ctypes.string_at(pointer.value or 0))
        finally:
            self.air_free_text(pointer)


def _in_python(text: str) -> str:
    """Functions by their names here: reconnect() for air_reconnect()."""
    return re.sub(r"\bair_(prepare|reconnect)\(\)", r"\1()", text)


def _candidates() -> list[str]:
    """What to try, in order. A library named by the user is the only one."""
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named)
        return [str(path / FILE_NAME if path.is_dir() else path)]
    own = [folder / FILE_NAME for folder in _location.LIBRARY_FOLDERS]
    return [*(str(path) for path in own if path.exists()), *(os.path.join(folder, FILE_NAME) for folder in _location.SYSTEM_FOLDERS)]


def _check_abi(name: str, functions: ctypes.CDLL) -> None:
    """Before anything else is asked of the library."""
    needed = _abi.ABI_VERSION, _abi.ABI_MINOR
    try:
        has = functions.air_supports(*map(ctypes.c_uint32, needed))
    except AttributeError:
        raise LibraryError(f"{name} has no air_supports(): it is no libairunner, or one from before 1.0") from None
    if not has:
        raise LibraryError(f"{name} does not have ABI {needed[0]}.{needed[1]}, which this package needs: install the library and the "
                           f"package of one release, or set {VARIABLE} to the library to use")


def _open_above(name: str, above: str) -> tuple[str, ctypes.CDLL]:
    """A library above libairunner: beside it, or both where the system looks."""
    file_name = _location.library_file(above, _abi.ABI_VERSION)
    path = str(Path(name).with_name(file_name)) if os.sep in name else file_name
    try:
        return path, ctypes.CDLL(path)
    except OSError as error:
        raise LibraryError(f"{name} is there, and {above}, which belongs to it, is not", (f"tried {path}: {error}",)) from None


def _open(name: str) -> Library:
    functions = ctypes.CDLL(name)
    _check_abi(name, functions)
    opened = {above: _open_above(name, above) for above in FUNCTIONS_ABOVE}
    library = Library(name, functions)
    for above, (path, functions_above) in opened.items():
        library.declare(path, functions_above, FUNCTIONS_ABOVE[above])
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
