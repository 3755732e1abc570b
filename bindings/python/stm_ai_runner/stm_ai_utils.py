# SPDX-License-Identifier: BSD-3-Clause
"""Formats of ST's tools, tensors with their conversions, names of node types."""

from __future__ import annotations

import ctypes
import math
from typing import Any, Sequence

import numpy as np

from ._node_types import RT_ST_AI_NAME, st_neural_art_node_type_to_str, stm_ai_node_type_to_str

__all__ = ["RT_ST_AI_NAME", "AiBufferFormat", "IOTensor", "st_neural_art_node_type_to_str", "stm_ai_node_type_to_str"]

_FLOAT, _INTEGER, _BOOL, _FIXED_POINT = 1, 2, 3, 15
_NUMBERS = (_INTEGER, _FIXED_POINT)  # their fraction bits tell which of the two they are
_FIELDS = 0x01FFFFFF
Array = np.ndarray[Any, Any]


class AiBufferFormat(ctypes.c_uint32):
    """The format word: bit 23 sign, 20..17 type, 13..7 bits, 6..0 fraction bits + 64."""

    def __init__(self, value: Any = 0) -> None:
        # Not super(): ctypes makes two types of the class body, and the name would mean the other one.
        plain: Any = ctypes.c_uint32
        plain.__init__(self, value.value if isinstance(value, ctypes.c_uint32) else int(value))

    def type(self) -> int:
        return self.value >> 17 & 0xF

    def bits(self) -> int:
        return self.value >> 7 & 0x7F

    def fbits(self) -> int:
        return (self.value & 0x7F) - 64

    def is_signed(self) -> int:
        return int(self.value >> 23 & 1)

    def is_float(self) -> bool:
        return self.type() == _FLOAT

    def is_integer(self) -> bool:
        return self.type() in _NUMBERS and self.fbits() == 0

    def is_fxp(self) -> bool:
        return self.type() in _NUMBERS and self.fbits() != 0

    def is_bool(self) -> bool:
        return self.type() == _BOOL

    def is_packed(self) -> bool:
        return self.is_integer() and self.bits() == 1

    def is_supported(self) -> bool:
        """Whether a tensor with data can be of this format."""
        bits = self.bits()
        if self.is_float():
            return bool(self.is_signed()) and self.fbits() == 0 and bits in (16, 32, 64)
        if self.is_bool():
            return not self.is_signed() and self.fbits() == 0 and bits == 8
        return self.is_packed() or (self.type() in _NUMBERS and bits in (8, 16, 32, 64))

    def to_np_type(self) -> Any:
        """The NumPy class of the stored elements."""
        bits = self.bits()
        if self.is_bool():
            return bool
        if self.is_float():
            return {16: np.float16, 32: np.float32}.get(bits, np.float64)
        if self.is_packed():
            return np.int32 if self.is_signed() else np.uint32
        if self.type() in _NUMBERS and bits in (8, 16, 32, 64):
            return np.dtype(f"{'i' if self.is_signed() else 'u'}{bits // 8}").type
        kind = (self.type(), bits, self.is_signed())
        raise NotImplementedError(f"AI type (t/b/s) to numpy type not supported: {kind}")

    def to_dict(self) -> dict[str, Any]:
        return {"type": self.type(), "bits": self.bits(), "fbits": self.fbits(), "is_signed": self.is_signed()}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ctypes.c_uint32):
            return bool(self.value == other.value)
        return isinstance(other, int) and self.value == other

    def __hash__(self) -> int:
        return int(self.value)

    def __repr__(self) -> str:
        return f"AiBufferFormat(0x{self.value:08x})"

    def __reduce__(self) -> Any:  # so that copies come through the constructor, which ctypes' own way does not
        return type(self), (self.value,)


def format_of(dtype: Any, fraction_bits: int = 0, bits: int | None = None) -> int:
    """The format word of plain or fixed-point elements of a NumPy type, or of `bits` bits each, packed into such."""
    kind = np.dtype(dtype)
    bits = int(kind.itemsize) * 8 if bits is None else bits
    number = {"f": _FLOAT, "b": _BOOL}.get(str(kind.kind), _INTEGER)
    signed = kind.kind in "if"
    return int(signed) << 23 | number << 17 | bits << 7 | (fraction_bits + 64)


def _clip(values: Array, dtype: Any) -> Array:
    """Numbers of float64 as integers; the limits of 64 bits lie between two floats."""
    limits = np.iinfo(dtype)
    low, high = values <= float(limits.min), values >= float(limits.max)
    clipped: Array = np.where(low | high | np.isnan(values), 0.0, values).astype(dtype)
    clipped[low], clipped[high] = limits.min, limits.max
    return clipped


def _scale_text(scale: float) -> str:
    """As ST's module writes it: nine decimals, or the plain number where the fraction bits are negative."""
    return f"{scale:.9f}" if scale < 1 else str(scale)


class IOTensor:
    """One tensor: its format, shape and quantization, and the conversions between real and stored values."""

    def __init__(self, fmt: Any, shape: Any, quant: dict[str, Any] | None = None) -> None:
        self._fmt = AiBufferFormat((fmt.value if isinstance(fmt, ctypes.c_uint32) else int(fmt)) & _FIELDS)
        if quant is not None and not ("scale" in quant and "zero_point" in quant):
            raise ValueError(f"quant is {quant}, expected a dictionary with scale and zero_point")
        if not self._fmt.is_supported():
            raise NotImplementedError(f"invalid/unsupported format {self._fmt.to_dict()}")
        self._dtype = self._fmt.to_np_type()
        self._shape = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)
        if quant is None:
            quant = {"scale": 2.0 ** -self._fmt.fbits(), "zero_point": 0} if self._fmt.is_fxp() else {}
        self._quant = quant
        self._channels: tuple[Any, Any, int] | None = None  # scales, zero points, axis: per-channel quantization
        self._name = ""
        self._tag = ""
        self._c_addr = 0
        self._memory_pool: str | None = None

    # What it is

    @property
    def name(self) -> str:
        return self._name

    @property
    def tag(self) -> str:
        return self._tag

    @property
    def c_addr(self) -> int:
        """Address in the target, 0 when unknown."""
        return self._c_addr

    @property
    def memory_pool(self) -> str | None:
        return self._memory_pool

    @property
    def raw_fmt(self) -> AiBufferFormat:
        return self._fmt

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def size(self) -> np.int64:
        size: np.int64 = np.prod(self._shape, dtype=np.int64)
        return size

    @property
    def quant_params(self) -> dict[str, Any]:
        return self._quant

    @property
    def is_packed(self) -> bool:
        return self._fmt.is_packed()

    @property
    def is_bool(self) -> bool:
        return self._fmt.is_bool()

    @property
    def is_fxp(self) -> bool:
        return self._fmt.is_fxp()

    @property
    def is_signed(self) -> int:
        return self._fmt.is_signed()

    @property
    def is_quantized(self) -> bool:
        return bool(self._quant.get("scale")) and not self._fmt.is_float()

    def set_name(self, name: str) -> None:
        self._name = name

    def set_tag(self, tag: str) -> None:
        self._tag = tag

    def set_c_addr(self, addr: int) -> None:
        self._c_addr = addr

    def set_memory_pool(self, name: str | None = None) -> None:
        self._memory_pool = name

    def set_channels(self, scales: Sequence[float], zero_points: Sequence[int], axis: int) -> None:
        """Quantization channel by channel, which quant_params cannot express."""
        broadcast = [1] * len(self._shape)
        broadcast[axis] = len(scales)
        self._channels = (np.asarray(scales, np.float32).reshape(broadcast[1:]),
                          np.asarray(zero_points, np.int32).reshape(broadcast[1:]), axis)

    # Storage

    def get_c_shape(self, shape: Sequence[int] | None = None) -> tuple[int, ...]:
        """Shape of the stored elements."""
        logical = self._shape if shape is None else tuple(shape)
        return (*logical[:-1], -(-logical[-1] // 32)) if self.is_packed else logical

    def get_c_size(self, shape: Sequence[int] | None = None) -> int:
        return math.prod(self.get_c_shape(shape))

    def get_c_size_in_bytes(self) -> int:
        return self.get_c_size() * int(np.dtype(self._dtype).itemsize)

    def zeros(self) -> Array:
        return np.zeros(self.get_c_size(), self._dtype)

    # Conversions

    def quantize(self, a: Array) -> Array:
        """Real values as the network stores them; what is so already is returned as it is."""
        if a.dtype == self._dtype and a.size % max(1, self.get_c_size()) == 0:
            return a
        if self.is_packed:
            return self.pack(a)
        if self.is_bool:
            return np.asarray(a > 0).reshape((-1, *self._shape[1:]))
        scale, zero_point = self._scale_and_zero_point()
        if scale is None:
            return a.astype(self._dtype)
        values = a.reshape((-1, *self._shape[1:]))
        # Of the values; but a small scale is no float16.
        precision = np.result_type(values.dtype, np.float32) if values.dtype.kind == "f" else np.dtype(np.float64)
        with np.errstate(over="ignore"):  # what is too large is clipped
            steps = np.rint(values.astype(precision, copy=False) / np.asarray(scale, precision))
        return _clip(steps.astype(np.float64) + zero_point, self._dtype)

    def dequantize(self, a: Array) -> Array:
        """Stored values as float32."""
        if a.dtype.kind == "f":
            return a.astype(np.float32)
        if self.is_packed:
            return self.unpack(a)
        stored = a.reshape((-1, *self.get_c_shape()[1:]))
        scale, zero_point = self._scale_and_zero_point()
        if scale is None or self.is_bool:
            return stored.astype(np.float32)
        if stored.dtype == np.uint64:  # no integer is wider
            return np.asarray((stored.astype(np.float64) - zero_point) * np.asarray(scale, np.float64)).astype(np.float32)
        wide = stored.astype(np.int64 if stored.dtype.itemsize >= 4 else np.int32)
        return np.asarray((wide - zero_point) * np.asarray(scale, np.float64)).astype(np.float32)

    to_float32 = dequantize

    def pack(self, a: Array) -> Array:
        """Signs as bits, the first channel in bit 31; what is not packed is returned as it is."""
        if not self.is_packed:
            return a
        values = a.reshape((-1, *self._shape[1:]))
        bits: Array = np.zeros((len(values), *self._shape[1:-1], self.get_c_shape()[-1] * 32), np.uint8)
        bits[..., :self._shape[-1]] = values < 0
        return np.packbits(bits, axis=-1).view(">u4").astype(np.uint32).view(self._dtype)

    def unpack(self, a: Array) -> Array:
        """Bits as +1 and -1."""
        if not self.is_packed:
            return a
        words = np.ascontiguousarray(a.reshape((-1, *self.get_c_shape()[1:]))).view(np.uint32).astype(">u4")
        bits = np.unpackbits(words.view(np.uint8), axis=-1)[..., :self._shape[-1]]
        return np.asarray(1.0 - 2.0 * bits).astype(np.float32)

    def _scale_and_zero_point(self) -> tuple[Any, Any]:
        """None where nothing is to be scaled."""
        if self._fmt.is_fxp():
            return 2.0 ** -self._fmt.fbits(), 0
        if not self.is_quantized:
            return None, 0
        if self._channels is not None:
            return self._channels[0], self._channels[1]
        return float(self._quant["scale"]), int(self._quant["zero_point"])

    # Texts

    def _fxp_name(self) -> str:
        fraction = self._fmt.fbits()
        whole = self._fmt.bits() - fraction - self.is_signed
        return ("" if self.is_signed else "U") + (f"Q{whole}.{fraction}" if whole else f"Q{fraction}")

    def get_quant_desc(self) -> str:
        if self.is_bool:
            return "Boolean"
        if self.is_packed:
            return "1b-32bpacked"
        if self.is_fxp:
            return self._fxp_name()
        if not self.is_quantized:
            return ""
        return f"{self._quant['scale']:.9f},{self._quant['zero_point']},{np.dtype(self._dtype).name}"

    def _type_text(self, short: bool) -> str:
        def brackets(shape: Sequence[int]) -> str:
            return "[" + ",".join(map(str, shape)) + "]"

        storage = np.dtype(self._dtype)
        if self._fmt.is_float():
            return f"f{self._fmt.bits()}{brackets(self._shape)}"
        if self.is_bool:
            return f"{'b8' if short else 'bool8'}{brackets(self._shape)}"
        name = f"{storage.kind}{storage.itemsize * 8}" if short else storage.name
        if not self.is_packed:
            return name + brackets(self._shape)
        sign = storage.kind if short else ("int" if self.is_signed else "uint")
        return f"{sign}1{brackets(self._shape)}/{name}{brackets(self.get_c_shape())}"

    def _scheme_text(self) -> str:
        if self.is_packed:
            return f"1b-32bpacked(pad={0})"
        if self.is_fxp:
            return f"FixedPoint({_scale_text(2.0 ** -self._fmt.fbits())},0,{np.dtype(self._dtype).name},{self._fxp_name()})"
        if not self._quant.get("scale"):
            return ""
        return "Identity" if self._fmt.is_float() else f"QLinear({self.get_quant_desc()})"

    def to_str(self, selector: str = "all", short: bool = True) -> str:
        """Parts of the description, chosen by tokens such as `all+no-name`."""
        tokens = selector.lower().split("+")

        def wanted(part: str) -> bool:
            return ("all" in tokens or part in tokens) and f"no-{part}" not in tokens

        parts = [f"'{self._name}'"] if wanted("name") else []
        parts.append(self._type_text(short))
        if wanted("size"):
            parts.append(f"{self.get_c_size_in_bytes()}{'' if short else ' Bytes'}")
        scheme = self._scheme_text()
        if wanted("scheme") and scheme:
            parts.append(scheme)
        if wanted("loc"):
            parts.append(str(self._memory_pool))
        return (":" if short else ", ").join(parts)

    def desc(self, full: bool = False) -> str:
        name = f"{self._name}, " if self._name else ""
        selector = "all+no-name" if full else "all+no-loc+no-name"
        return f"{name}{self._tag}, {self.to_str(selector, short=False)}"

    def __str__(self) -> str:
        name = f"{self._name}, " if self._name else ""
        address = f"0x{self._c_addr:08x} " if self._c_addr else ""
        return f"IOTensor: {name}{self._tag}, {address}{self.to_str('all+no-loc+no-name', short=False)}"

    __repr__ = __str__
