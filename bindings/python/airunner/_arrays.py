# SPDX-License-Identifier: BSD-3-Clause
"""Between NumPy arrays and memory of the library."""

from __future__ import annotations

import ctypes
from typing import Any, Iterable

import numpy as np
import numpy.typing as npt

from . import _abi
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


def view_tensor(result: Held, place: int, node: int, index: int) -> Array | None:
    """All samples of a tensor of a result as a read-only array; None where the result does not have it."""
    view = _abi.View()
    result.library.check(result.library.air_get_tensor(result.handle, place, node, index, _abi.ALL_SAMPLES, view))
    if not view.data:
        return None
    shape = _abi.numbers(ctypes.c_int64, view.shape, view.rank)
    if result.library.air_dtype_bits(view.dtype) < 8:
        shape = (shape[0], view.size_bytes // max(1, shape[0]))
    return view_memory(view.data, DTYPES[view.dtype], shape, result)
