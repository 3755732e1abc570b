# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that another program computed ("golden outputs"), as a side of a comparison."""

from __future__ import annotations

import os
import warnings
import zipfile
import zlib
from ctypes import addressof, byref, c_int64, c_void_p
from typing import Any, Mapping

import numpy as np

from . import _abi, _library
from ._arrays import DTYPES, N_NUMPY_DTYPES, Array, address_of
from ._capture import Capture
from ._errors import InvalidInputError, NotFoundError
from ._model import Model

_DTYPES = {dtype: number for number, dtype in enumerate(DTYPES[:N_NUMPY_DTYPES]) if number}
_OF_CAPTURES = ("values.", "node_values.")  # arrays that a capture has and a framework has not


def _array(value: Any, what: str) -> Array:
    """As the library can read it: numbers in C order and in the byte order of this machine."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:  # the last for a tensor of PyTorch that keeps its gradient
        raise InvalidInputError(f"{what}: no array can be made of it ({error})") from None
    if array.dtype.hasobject or array.dtype.newbyteorder("=") not in _DTYPES:
        raise InvalidInputError(f"{what}: dtype is {array.dtype}, expected numbers such as float32")
    return np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False)).reshape(array.shape)


class Golden:
    """Arrays by name, in order. `origin` is what they come from, for reports and errors."""

    def __init__(self, arrays: Mapping[str, Any], origin: str) -> None:
        for name in arrays:
            if not isinstance(name, str):
                raise TypeError(f"an array is called {name!r}, expected a text")
        self._arrays = {name: _array(value, f"array {name!r}") for name, value in arrays.items()}
        self._origin = origin

    def _result(self, model: int | None, inputs: int | None) -> Capture:
        structs, shapes = (_abi.Array * len(self._arrays))(), []
        for struct, (name, array) in zip(structs, self._arrays.items()):
            shapes.append((c_int64 * array.ndim)(*array.shape))
            struct.name = _abi.c_text(name.encode(errors="replace"), "the name of an array")
            struct.values = _abi.View(data=address_of(array), size_bytes=array.nbytes, shape=addressof(shapes[-1]),
                                      rank=array.ndim, dtype=_DTYPES[array.dtype])
        library, handle = _library.load(), c_void_p()
        library.check(library.air_make_golden(model, structs, len(structs), inputs, os.fsencode(self._origin), byref(handle)))
        return Capture(library, handle.value)

    def own_inputs(self, model: Model) -> Capture | None:
        """With the inputs that are among the arrays, for a model that has not run; None where there are none."""
        try:
            return self._result(model._description.model.handle, None)
        except NotFoundError:
            return None

    def beside(self, other: Capture) -> Capture:
        """With the inputs of the other side where there are none of its own."""
        model = other._library.air_get_result_model(other._result.handle)
        made = self._result(model, other._result.handle)
        unused = made._library.air_get_property(made._library.air_get_result_model(made._result.handle), b"arrays.unused")
        if unused:
            warnings.warn(f"{self._origin}: not used, being nothing of the model: {_abi.text(unused)}", stacklevel=4)
        return made


def _numbers(arrays: Any, path: str) -> dict[str, Any]:
    """What is no number, such as names of classes, can be nothing of a model."""
    found: dict[str, Any] = {}
    for name in arrays.files:
        try:
            value = arrays[name]
        except ValueError as error:  # Python objects, which would be unpickled
            warnings.warn(f"{path}: {name}: not used: {error}", stacklevel=5)
            continue
        except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise InvalidInputError(f"{path}: {name}: damaged: {error}") from None
        if isinstance(value, np.ndarray) and value.dtype in _DTYPES:
            found[name] = value
        elif isinstance(value, np.ndarray):
            warnings.warn(f"{path}: {name}: not used: its dtype is {value.dtype}, expected numbers", stacklevel=5)
    return found


def load_golden(path: str | os.PathLike[str]) -> Golden | None:
    """A file of arrays, .npy or .npz; None for a capture, and for what cannot be read: who reads captures tells why."""
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if isinstance(arrays, np.ndarray):
                return Golden({"": arrays}, name)
            is_capture = "capture" in arrays.files or any(member.startswith(_OF_CAPTURES) for member in arrays.files)
            return None if is_capture or not arrays.files else Golden(_numbers(arrays, name), name)
    except InvalidInputError:
        raise
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        return None
