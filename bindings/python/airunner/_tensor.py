# SPDX-License-Identifier: BSD-3-Clause
"""Description of one tensor, and the conversion of its values."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Mapping

import numpy as np
import numpy.typing as npt

from . import _abi, _library
from ._arrays import DTYPES, N_NUMPY_DTYPES, Array, address_of
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
    block: int = 1  # indices along quantized_axis that share a scale
    foreign: int = 0  # air_dtype of a type that NumPy lacks, such as bfloat16: `dtype` is then that of its bytes

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
        return bool(self.flags & _abi.TENSOR_WITHOUT_BATCH)

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

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_struct"}  # its addresses are those of this process

    def _count(self, array: Array, shape: tuple[int, ...]) -> int:
        size = int(np.prod(shape, dtype=np.int64))
        if -1 in shape:
            raise InvalidInputError(f"tensor {self.name}: each sample has a shape of its own: give dequantize=True to invoke()")
        if size == 0 or array.size == 0 or array.size % size:
            raise InvalidInputError(f"tensor {self.name}: {array.size} elements, expected a multiple of {size}")
        return array.size // size

    @cached_property
    def _struct(self) -> _abi.Tensor:
        """The description as the C functions take it, with memory of its own; without the dimension of the samples."""
        shape = self.shape[1:]
        storage = shape if self.foreign else self.storage_shape[1:]
        scales, zero_points = self.scales, self.zero_points
        if self.encoding == Encoding.FIXED_POINT:
            scales, zero_points = (2.0**-self.fraction_bits,), (0,)
        n = len(scales)
        keep: tuple[Any, ...] = ((ctypes.c_int64 * len(shape))(*shape), (ctypes.c_int64 * len(shape))(*storage),
                                 (ctypes.c_float * n)(*scales), (ctypes.c_int32 * n)(*zero_points))
        shape_at, storage_at, scales_at, zero_points_at = (ctypes.addressof(array) for array in keep)
        struct = _abi.Tensor(
            name=self.name.encode(), tag=self.tag.encode(), dtype=self.foreign or DTYPES.index(self.dtype), encoding=self.encoding,
            flags=self.flags, rank=len(shape), shape=shape_at, storage_shape=storage_at, n_elements=self.n_elements,
            size_bytes=self.size_bytes, address=self.address or 0)
        if self.encoding in (Encoding.QUANTIZED, Encoding.FIXED_POINT):
            axis = -1 if self.quantized_axis is None else self.quantized_axis - 1
            struct.quantization = ctypes.pointer(_abi.Quantization(int(n > 0), axis, self.block, n, scales_at, zero_points_at))
        struct.keep = keep
        return struct


def read_tensor(address: int, properties: Mapping[str, str]) -> TensorInfo:
    """The Python form of an air_tensor, with the samples in front; the properties are those of its model."""
    tensor = _abi.Tensor.from_address(address)
    tag, encoding = _abi.text(tensor.tag), Encoding(tensor.encoding)
    shape, storage = (_abi.numbers(ctypes.c_int64, numbers, tensor.rank) for numbers in (tensor.shape, tensor.storage_shape))
    foreign = tensor.dtype if tensor.dtype >= N_NUMPY_DTYPES else 0
    if foreign and _library.load().air_dtype_bits(foreign) < 8:
        storage = (tensor.size_bytes,)
    quantization = tensor.quantization.contents if tensor.quantization else _abi.Quantization(axis=-1, block=1)
    scales = _abi.numbers(ctypes.c_float, quantization.scales, quantization.n)
    is_fixed_point = encoding == Encoding.FIXED_POINT
    return TensorInfo(
        name=_abi.text(tensor.name), tag=tag, dtype=DTYPES[tensor.dtype], encoding=encoding, shape=(1, *shape),
        storage_shape=(1, *storage), n_elements=tensor.n_elements, size_bytes=tensor.size_bytes,
        scales=() if is_fixed_point else scales,
        zero_points=() if is_fixed_point else _abi.numbers(ctypes.c_int32, quantization.zero_points, quantization.n),
        quantized_axis=quantization.axis + 1 if quantization.axis >= 0 else None,
        fraction_bits=1 - math.frexp(scales[0])[1] if is_fixed_point and scales else 0,
        format=int(properties.get(f"st.format.{tag}", 0)), address=tensor.address or None, flags=tensor.flags,
        block=quantization.block, foreign=foreign)


def read_tensors(address: int | None, count: int, properties: Mapping[str, str]) -> tuple[TensorInfo, ...]:
    """The Python form of an array of pointers to air_tensor."""
    return tuple(read_tensor(item, properties) for item in _abi.addresses(address, count))
