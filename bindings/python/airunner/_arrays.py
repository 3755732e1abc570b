# SPDX-License-Identifier: BSD-3-Clause
"""Between NumPy arrays and memory of the library."""

from __future__ import annotations

import ctypes
from typing import Any, Iterable

import numpy as np
import numpy.typing as npt

from . import _abi
from ._enums import Status
from ._values import Held

Array = npt.NDArray[Any]

# By air_dtype; 0 is "none". NumPy does not have those behind "bool": their bytes are kept in the integers named here.
DTYPES = tuple(np.dtype(name) for name in ("V1", "float32", "float16", "float64", "int8", "uint8", "int16", "uint16",
                                           "int32", "uint32", "int64", "uint64", "bool", "uint8", "uint8", "uint16", "uint8", "uint8"))
N_NUMPY_DTYPES = 13
FLOAT32 = 1


def address_of(array: Array) -> int:
    """Address of the first element."""
    return int(array.__array_interface__["data"][0])


def forms(arrays: Iterable[Any]) -> str:
    """`int8 (10, 4), float32 (10,)`: what arrays or tensors are like, for texts."""
    return ", ".join(f"{array.dtype.name} {tuple(array.shape)}" for array in arrays) or "none"


def copy_memory(address: int | None, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> Array:
    """A copy of memory of the library; an empty array for NULL."""
    array = np.empty(shape if address else 0, dtype)
    if address and array.nbytes:
        ctypes.memmove(address_of(array), address, array.nbytes)
    return array


class _Memory:
    """Memory of a value, for NumPy; an array that is made of it keeps it, and it the value."""

    __slots__ = ("__array_interface__", "_holder")

    def __init__(self, interface: dict[str, Any], holder: Held) -> None:
        self.__array_interface__ = interface
        self._holder = holder


def view_memory(address: int | None, dtype: np.dtype[Any], shape: tuple[int, ...], holder: Held) -> Array:
    """Memory of a value as a read-only array, which keeps the value; an empty array for NULL."""
    if not address:
        return np.empty(0, dtype)
    return np.asarray(_Memory({"data": (address, True), "shape": shape, "typestr": dtype.str, "version": 3}, holder))


def shape_of(view: _abi.View, library: Any, has_samples: bool) -> tuple[int, ...]:
    """As NumPy can have it: elements smaller than a byte are bytes."""
    shape: tuple[int, ...] = _abi.numbers(ctypes.c_int64, view.shape, view.rank)
    if library.air_dtype_bits(view.dtype) >= 8:
        return shape
    samples = shape[:1] if has_samples else ()
    return (*samples, view.size_bytes // max((1, *samples)))


def view_tensor(result: Held, place: int, node: int, index: int) -> Array | None:
    """All samples of a tensor of a result as a read-only array, or where they differ in shape an array with one for each. None where the
    result does not have it."""
    library, view = result.library, _abi.View()
    status = library.air_get_tensor(result.handle, place, node, index, _abi.ALL_SAMPLES, view)
    if status == Status.INVALID_ARGUMENT:
        arrays = np.empty(library.air_get_profile(result.handle).contents.n_samples, object)
        for sample in range(len(arrays)):
            library.check(library.air_get_tensor(result.handle, place, node, index, sample, view))
            arrays[sample] = view_memory(view.data, DTYPES[view.dtype], shape_of(view, library, False), result)
        return arrays
    library.check(status)
    return view_memory(view.data, DTYPES[view.dtype], shape_of(view, library, True), result) if view.data else None


def own_copy(array: Array) -> Array:
    """A copy to be written to."""
    copied = array.copy()
    for sample in range(len(array) if array.dtype.hasobject else 0):
        copied[sample] = array[sample].copy()
    return copied
