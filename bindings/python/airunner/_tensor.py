# SPDX-License-Identifier: BSD-3-Clause
"""Description of one tensor, and the conversion of its values."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _abi, _library
from ._arrays import DTYPES, Array, address_of
from ._enums import Encoding
from ._errors import InvalidInputError


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of one sample."""

    name: str
    tag: str  # place: "I.0", "O.1", "N.<node>.<tensor>", "W.0", "A.0"
    dtype: np.dtype[Any]  # of the stored elements
    encoding: Encoding
    shape: tuple[int, ...]  # logical; shape[0] is the batch, 1
    storage_shape: tuple[int, ...]  # of the stored elements; differs for packed bits only
    n_elements: int
    size_bytes: int
    scales: tuple[float, ...]  # one per tensor or per channel; empty when not quantized
    zero_points: tuple[int, ...]
    quantized_axis: int | None  # dimension of the channels, with several scales
    fraction_bits: int
    format: int  # the format word of ST's tools, or 0
    address: int | None  # in the target
    flags: int

    @property
    def scale(self) -> float | None:
        """The (first) scale, None when not quantized."""
        return self.scales[0] if self.scales else None

    @property
    def zero_point(self) -> int:
        """The (first) zero point, 0 when not quantized."""
        return self.zero_points[0] if self.zero_points else 0

    @property
    def memory_pool(self) -> str:
        """Where the network keeps the tensor, in ST's words."""
        if self.flags & _abi.TENSOR_IN_ACTIVATIONS:
            return "in activations buffer"
        return "in mempool" if self.flags & _abi.TENSOR_IN_MEMPOOL else "user"

    @property
    def layout(self) -> str | None:
        """`channel_first` or `channel_last` where the model declares it."""
        if self.flags & _abi.TENSOR_CHANNEL_FIRST:
            return "channel_first"
        return "channel_last" if self.flags & _abi.TENSOR_CHANNEL_LAST else None

    @property
    def batch_added(self) -> bool:
        """The model's own shape has no batch dimension."""
        return bool(self.flags & _abi.TENSOR_BATCH_ADDED)

    def __repr__(self) -> str:
        scale = f" scale {self.scale:g}, zero point {self.zero_point}" if len(self.scales) == 1 else ""
        scale = f" {len(self.scales)} scales" if len(self.scales) > 1 else scale
        scale = f" {self.fraction_bits} fraction bits" if self.encoding == Encoding.FIXED_POINT else scale
        return f"<airunner.TensorInfo {self.name!r}: {self.dtype.name} {self.shape}{scale and ',' + scale}>"

    def quantize(self, values: npt.ArrayLike) -> Array:
        """Real values, samples first, as the network stores them."""
        source = np.ascontiguousarray(values, np.float32)
        n_samples = self._count(source, self.shape)
        stored = np.empty((n_samples, *self.storage_shape[1:]), self.dtype)
        library = _library.load()
        library.check(library.air_quantize(self._struct, n_samples, address_of(source), address_of(stored)))
        return stored

    def dequantize(self, stored: npt.ArrayLike) -> Array:
        """The float32 values of stored elements, samples first."""
        source = np.ascontiguousarray(stored)
        if source.dtype != self.dtype:
            raise InvalidInputError(f"tensor {self.name}: dtype is {source.dtype}, expected {self.dtype}")
        n_samples = self._count(source, self.storage_shape)
        values = np.empty((n_samples, *self.shape[1:]), np.float32)
        library = _library.load()
        library.check(library.air_dequantize(self._struct, n_samples, address_of(source), address_of(values)))
        return values

    def _count(self, array: Array, shape: tuple[int, ...]) -> int:
        size = int(np.prod(shape, dtype=np.int64))
        if size == 0 or array.size == 0 or array.size % size:
            raise InvalidInputError(f"tensor {self.name}: {array.size} elements, expected a multiple of {size}")
        return array.size // size

    @cached_property
    def _struct(self) -> _abi.TensorInfo:
        """The description as the C functions take it, with memory of its own."""
        rank, n_scales = len(self.shape), len(self.scales)
        keep: tuple[Any, ...] = (
            (ctypes.c_int64 * rank)(*self.shape), (ctypes.c_int64 * rank)(*self.storage_shape),
            (ctypes.c_float * n_scales)(*self.scales), (ctypes.c_int32 * n_scales)(*self.zero_points))
        shape, storage_shape, scales, zero_points = (ctypes.addressof(array) for array in keep)
        struct = _abi.TensorInfo(
            flags=self.flags, name=self.name.encode(), tag=self.tag.encode(), dtype=DTYPES.index(self.dtype),
            encoding=self.encoding, rank=rank, shape=shape, storage_shape=storage_shape, n_elements=self.n_elements,
            size_bytes=self.size_bytes, format=self.format, fraction_bits=self.fraction_bits, n_scales=n_scales,
            scales=scales, zero_points=zero_points,
            quantized_axis=-1 if self.quantized_axis is None else self.quantized_axis)
        struct.keep = keep
        return struct


def read_tensor(address: int) -> TensorInfo:
    """The Python form of an air_tensor_info."""
    info = _abi.read_struct(_abi.TensorInfo, address)
    return TensorInfo(
        name=_abi.text(info.name), tag=_abi.text(info.tag), dtype=DTYPES[info.dtype], encoding=Encoding(info.encoding),
        shape=_abi.numbers(ctypes.c_int64, info.shape, info.rank),
        storage_shape=_abi.numbers(ctypes.c_int64, info.storage_shape, info.rank), n_elements=info.n_elements,
        size_bytes=info.size_bytes, scales=_abi.numbers(ctypes.c_float, info.scales, info.n_scales),
        zero_points=_abi.numbers(ctypes.c_int32, info.zero_points, info.n_scales),
        quantized_axis=info.quantized_axis if info.quantized_axis >= 0 else None, fraction_bits=info.fraction_bits,
        format=info.format, address=info.address or None, flags=info.flags)


def read_tensors(address: int | None, count: int) -> tuple[TensorInfo, ...]:
    """The Python form of an array of pointers to air_tensor_info."""
    return tuple(read_tensor(item) for item in _abi.addresses(address, count))
