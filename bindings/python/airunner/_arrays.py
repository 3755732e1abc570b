# SPDX-License-Identifier: BSD-3-Clause
"""Between NumPy arrays and memory of the library."""

from __future__ import annotations

import ctypes
from typing import Any, Iterable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# By air_dtype; 0 is "none".
DTYPES = tuple(np.dtype(name) for name in ("V1", "float32", "float16", "float64", "int8", "uint8", "int16", "uint16",
                                           "int32", "uint32", "int64", "uint64", "bool"))


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
