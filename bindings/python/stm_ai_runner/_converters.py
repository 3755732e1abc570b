# SPDX-License-Identifier: BSD-3-Clause
"""Conversions between real values and those that a network stores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Sequence

import numpy as np

Array = np.ndarray[Any, Any]
Shape = Sequence[int]


def qmn_to_str(bits: int, fbits: int, signed: bool) -> str:
    """`Q4.11`, `UQ8`: fixed point by its bits before and behind the point."""
    whole = bits - fbits - int(signed)
    return ("" if signed else "U") + (f"Q{whole}.{fbits}" if whole else f"Q{fbits}")


def _clip(values: Array, dtype: Any) -> Array:
    """Numbers of float64 as integers; the limits of 64 bits lie between two floats."""
    limits = np.iinfo(dtype)
    low, high = values <= float(limits.min), values >= float(limits.max)
    clipped: Array = np.where(low | high | np.isnan(values), 0.0, values).astype(dtype)
    clipped[low], clipped[high] = limits.min, limits.max
    return clipped


class AiConverter(ABC):
    """Called, it converts real values; to_float32() leads back. Samples may be several."""

    def __init__(self, shape_in: Shape, name: str = "Identity") -> None:
        self._shape_in = tuple(shape_in)
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def __str__(self) -> str:
        return self._name

    def get_c_shape(self, shape_in: Shape | None = None) -> tuple[int, ...]:
        """Shape of what is stored for a shape, or for the tensor's own."""
        return self._get_c_shape(self._whole(shape_in))

    def get_c_size(self, shape_in: Shape | None = None) -> Any:
        """Number of stored elements, as NumPy counts."""
        return np.prod(self.get_c_shape(shape_in), dtype=np.int64)

    def __call__(self, data_in: Array, shape_in: Shape | None = None) -> Array:
        shape = self._whole(shape_in)
        return self._process_in(data_in.reshape((-1, *shape[1:])), shape)

    def to_float32(self, data_in: Array, shape_in: Shape | None = None) -> Array:
        shape = self._whole(shape_in)
        stored = data_in.reshape((-1, *self._get_c_shape(shape)[1:]))
        return np.asarray(self._to_float32(stored, shape), np.float32)

    @abstractmethod
    def get_desc(self) -> str:
        """A few words on the scheme."""

    def get_quantization_params(self) -> dict[str, Any]:
        return {}

    def _whole(self, shape_in: Shape | None) -> tuple[int, ...]:
        return tuple(shape_in) if shape_in else self._shape_in

    def _get_c_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    @abstractmethod
    def _process_in(self, values: Array, shape: tuple[int, ...]) -> Array:
        """Real values, samples first, as they are stored."""

    @abstractmethod
    def _to_float32(self, stored: Array, shape: tuple[int, ...]) -> Array:
        """Stored values, samples first, as real ones."""


class AiIdentityConverter(AiConverter):
    """Nothing to convert but the width of floats."""

    def get_desc(self) -> str:
        return ""

    def _process_in(self, values: Array, shape: tuple[int, ...]) -> Array:
        return values.astype(np.float32 if values.dtype.kind == "f" else values.dtype)

    def _to_float32(self, stored: Array, shape: tuple[int, ...]) -> Array:
        return stored


class AiBoolConverter(AiConverter):
    """What is more than 0 is true."""

    def __init__(self, shape_in: Shape) -> None:
        super().__init__(shape_in, "Boolean")

    def get_desc(self) -> str:
        return self.name

    def _process_in(self, values: Array, shape: tuple[int, ...]) -> Array:
        return np.asarray(values > 0)

    def _to_float32(self, stored: Array, shape: tuple[int, ...]) -> Array:
        return stored.astype(np.bool_)


class AiQuantUniformConverter(AiConverter):
    """Integers by scale and zero point."""

    def __init__(self, shape_in: Shape, scale: Any, zp: Any, dtype: Any, name: str = "QLinear") -> None:
        super().__init__(shape_in, name)
        # An array of one element, as readers of models give it, is that number: NumPy has no format for it.
        self._scale, self._zp = (value.item() if isinstance(value, np.ndarray) and value.size == 1 else value for value in (scale, zp))
        self._dtype = dtype

    def __str__(self) -> str:
        return f"{self.name}({self.get_desc()})"

    def get_desc(self) -> str:
        return f"{self._scale:.9f},{self._zp},{np.dtype(self._dtype).name}"

    def get_quantization_params(self) -> dict[str, Any]:
        return {"scale": self._scale, "zero_point": self._zp}

    def _factors(self) -> tuple[Any, Any]:
        return float(self._scale), int(self._zp)

    def _process_in(self, values: Array, shape: tuple[int, ...]) -> Array:
        scale, zero_point = self._factors()
        # In the precision of the values; but a small scale is no float16.
        precision = np.result_type(values.dtype, np.float32) if values.dtype.kind == "f" else np.dtype(np.float64)
        with np.errstate(over="ignore"):  # what is too large is clipped
            steps = np.rint(values.astype(precision, copy=False) / np.asarray(scale, precision))
        return _clip(steps.astype(np.float64) + zero_point, self._dtype)

    def _to_float32(self, stored: Array, shape: tuple[int, ...]) -> Array:
        scale, zero_point = self._factors()
        if stored.dtype == np.uint64:  # no integer is wider
            wide = stored.astype(np.float64)
        else:
            wide = stored.astype(np.int64 if stored.dtype.itemsize >= 4 else np.int32)
        return np.asarray((wide - zero_point) * np.asarray(scale, np.float64))


class ChannelsConverter(AiQuantUniformConverter):
    """Channel by channel, which ST's dictionaries cannot express: they have the first scale."""

    def __init__(self, shape_in: Shape, quant: dict[str, Any], dtype: Any, scales: Sequence[float], zero_points: Sequence[int],
                 axis: int) -> None:
        super().__init__(shape_in, quant["scale"], quant["zero_point"], dtype)
        broadcast = [1] * len(self._shape_in)
        broadcast[axis] = len(scales)
        self._all = (np.asarray(scales, np.float32).reshape(broadcast[1:]), np.asarray(zero_points, np.int32).reshape(broadcast[1:]))

    def _factors(self) -> tuple[Any, Any]:
        return self._all


class AiFixedPointConverter(AiQuantUniformConverter):
    """Integers with bits behind the point."""

    def __init__(self, shape_in: Shape, fbits: int, dtype: Any) -> None:
        super().__init__(shape_in, 2.0 ** -fbits, 0, dtype, "FixedPoint")
        self._fbits = fbits

    def __str__(self) -> str:
        # As ST's module writes it: nine decimals, or the plain number where the fraction bits are negative.
        scale = f"{self._scale:.9f}" if self._scale < 1 else str(self._scale)
        return f"{self.name}({scale},{self._zp},{np.dtype(self._dtype).name},{self.get_desc()})"

    def get_desc(self) -> str:
        limits = np.iinfo(self._dtype)
        return qmn_to_str(limits.bits, self._fbits, bool(limits.min < 0))


class Ai1b32bPackConverter(AiConverter):
    """Signs as bits of words of 32, the first channel in bit 31."""

    def __init__(self, shape_in: Shape, pad_value: int | str = 0, signed: Any = True) -> None:
        super().__init__(shape_in, "1b-32bpacked")
        self._pad = int(pad_value.lower() not in ("0", "zero") if isinstance(pad_value, str) else pad_value > 0)
        self._dtype = np.int32 if signed else np.uint32

    def __str__(self) -> str:
        return f"{self.name}(pad={self._pad})"

    def get_desc(self) -> str:
        return self.name

    def get_c_size(self, shape_in: Shape | None = None) -> Any:
        return int(super().get_c_size(shape_in))  # a plain number, other than those of the other converters

    def _get_c_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*shape[:-1], -(-shape[-1] // 32))

    def _process_in(self, values: Array, shape: tuple[int, ...]) -> Array:
        bits = np.full((*values.shape[:-1], self._get_c_shape(shape)[-1] * 32), self._pad, np.uint8)
        bits[..., :shape[-1]] = values < 0
        return np.packbits(bits, axis=-1).view(">u4").astype(np.uint32).view(self._dtype)

    def _to_float32(self, stored: Array, shape: tuple[int, ...]) -> Array:
        words = np.ascontiguousarray(stored).view(np.uint32).astype(">u4")
        bits = np.unpackbits(words.view(np.uint8), axis=-1)[..., :shape[-1]]
        return np.asarray(1.0 - 2.0 * bits)
