# SPDX-License-Identifier: BSD-3-Clause
"""Tensors of results, for NumPy and through DLPack for other libraries."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arrays import Array, view_tensor
from ._errors import Error, InvalidArgumentError
from ._tensor import TensorInfo
from ._values import Held

_CPU = 1, 0
_CAPSULE = b"dltensor_versioned"  # a consumer renames it


class _Managed(ctypes.Structure):
    """The beginning of DLPack's DLManagedTensorVersioned."""

    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("manager_ctx", ctypes.c_void_p),
                ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p))]


def _of_python(name: str, result: Any, *arguments: Any) -> Any:
    return ctypes.PYFUNCTYPE(result, *arguments)((name, ctypes.pythonapi))


_new_capsule = _of_python("PyCapsule_New", ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
_is_valid = _of_python("PyCapsule_IsValid", ctypes.c_int, ctypes.py_object, ctypes.c_char_p)
_pointer_of = _of_python("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)

_given_out: list[Any] = []


def _delete_unclaimed() -> None:
    """Deletes what is in capsules that a consumer refused. One that refuses drops the capsule while its error is set, which a destructor
    that is written in Python would lose: they have none."""
    for _ in range(len(_given_out)):
        try:
            capsule, alone = _given_out.pop(0), object()
        except IndexError:  # another thread was faster
            return
        if not _is_valid(capsule, _CAPSULE):
            continue
        if sys.getrefcount(capsule) > sys.getrefcount(alone):
            _given_out.append(capsule)
            continue
        managed = _Managed.from_address(_pointer_of(capsule, _CAPSULE))
        managed.deleter(ctypes.addressof(managed))


def _pair(value: Any, name: str) -> tuple[Any, Any] | None:
    """Consumers have it as a tuple or as a list."""
    if value is None:
        return None
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise InvalidArgumentError(f"{name} is {value!r}, expected two numbers such as {_CPU}")
    return value[0], value[1]


class ResultTensor:
    """A tensor of a result, all samples, read-only and without a copy. What is made of it keeps the result."""

    __slots__ = ("info", "_result", "_place", "_node", "_index")

    def __init__(self, result: Held, place: int, node: int, index: int, info: TensorInfo) -> None:
        self.info = info
        self._result, self._place, self._node, self._index = result, place, node, index

    @property
    def array(self) -> Array:
        """A view; an array with one for each sample where they differ in shape; empty where the result does not hold it."""
        array = view_tensor(self._result, self._place, self._node, self._index)
        return np.empty(0, self.info.dtype) if array is None else array

    def __array__(self, dtype: npt.DTypeLike = None, copy: bool | None = None) -> Array:
        return np.asarray(self.array, dtype) if copy is None else np.array(self.array, dtype, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU

    def __dlpack__(self, *, stream: None = None, max_version: tuple[int, int] | None = None, dl_device: tuple[int, int] | None = None,
                   copy: bool | None = None) -> Any:
        """A capsule of DLPack 1.0. Earlier versions have no word for read-only: who asks for one gets a copy."""
        version, device = _pair(max_version, "max_version"), _pair(dl_device, "dl_device")
        if stream is not None or device not in (None, _CPU):
            raise BufferError(f"stream is {stream}, device {device}, expected None and {_CPU}: the memory is that of the CPU")
        if copy or version is None or version[0] < 1:
            if copy is False:
                raise BufferError("read-only memory needs DLPack 1.0: ask with max_version=(1, 0), or take a copy")
            if self.info.foreign:
                raise BufferError(f"{self.info.name}: NumPy has no such type to copy it: ask with max_version=(1, 0) and without copy")
            return self.array.copy().__dlpack__()
        _delete_unclaimed()
        library, managed = self._result.library, ctypes.c_void_p()
        try:
            library.check(library.air_get_dlpack(self._result.handle, self._place, self._node, self._index, ctypes.byref(managed)))
        except Error as error:
            raise BufferError(str(error)) from error
        capsule = _new_capsule(managed, _CAPSULE, None)
        _given_out.append(capsule)
        return capsule

    def __repr__(self) -> str:
        return f"<airunner.ResultTensor {self.info.name!r}: {self.info.dtype.name} {self.array.shape}>"


def tensors_of(result: Held, place: int, node: int, infos: tuple[TensorInfo, ...]) -> list[ResultTensor]:
    """Those of one place."""
    return [ResultTensor(result, place, node, index, info) for index, info in enumerate(infos)]
