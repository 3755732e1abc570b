# SPDX-License-Identifier: BSD-3-Clause
"""The format word of ST's tools: which elements a tensor has."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from ._converters import (Ai1b32bPackConverter, AiBoolConverter, AiConverter, AiFixedPointConverter, AiIdentityConverter,
                          AiQuantUniformConverter, Shape)


class AiBufferFormat(ctypes.c_uint32):
    """Bit 23 sign, 20..17 type, 13..7 bits, 6..0 fraction bits + 64; above them flags."""

    AI_BUFFER_FORMAT_NONE = 0x00000040
    AI_BUFFER_FORMAT_FLOAT = 0x00821040
    AI_BUFFER_FORMAT_BOOL = 0x00060440
    AI_BUFFER_FORMAT_U1, AI_BUFFER_FORMAT_S1 = 0x000400C0, 0x008400C0
    AI_BUFFER_FORMAT_U8, AI_BUFFER_FORMAT_S8 = 0x00040440, 0x00840440
    AI_BUFFER_FORMAT_U16, AI_BUFFER_FORMAT_S16 = 0x00040840, 0x00840840
    AI_BUFFER_FORMAT_U32, AI_BUFFER_FORMAT_S32 = 0x00041040, 0x00841040
    AI_BUFFER_FORMAT_U64, AI_BUFFER_FORMAT_S64 = 0x00042040, 0x00842040
    AI_BUFFER_FORMAT_UQ, AI_BUFFER_FORMAT_Q = 0x00040040, 0x00840040
    AI_BUFFER_FORMAT_UQ7, AI_BUFFER_FORMAT_Q7 = 0x00040447, 0x00840447
    AI_BUFFER_FORMAT_UQ15, AI_BUFFER_FORMAT_Q15 = 0x0004084F, 0x0084084F

    MASK = 0x01FFFFFF  # without the flags
    MASK_Q = 0xFFFFC000
    TYPE_MASK = 0x019E3F80
    FBIT_SHIFT = 0x40

    FLOAT_MASK, FLOAT_SHIFT = 0x1, 24
    SIGN_MASK, SIGN_SHIFT = 0x1, 23
    TYPE_ID_MASK, TYPE_ID_SHIFT = 0xF, 17
    BITS_MASK, BITS_SHIFT = 0x7F, 7
    FBITS_MASK, FBITS_SHIFT = 0x7F, 0

    TYPE_NONE, TYPE_FLOAT, TYPE_Q, TYPE_BOOL, TYPE_FXP = 0x0, 0x1, 0x2, 0x3, 0xF
    TYPE_INTEGER = TYPE_Q  # the fraction bits tell which of the two it is

    FLAG_CONST, FLAG_STATIC, FLAG_IS_IO = 1 << 30, 1 << 29, 1 << 27

    def __init__(self, value: Any = 0) -> None:
        # Not super(): ctypes makes two types of the class body, and the name would mean the other one.
        plain: Any = ctypes.c_uint32
        plain.__init__(self, value.value if isinstance(value, ctypes.c_uint32) else int(value))

    @staticmethod
    def to_fmt(np_type: Any, is_io: bool = True, static: bool = False, const: bool = False, bits: int | None = None,
               fbits: int | None = None) -> AiBufferFormat:
        """The word of elements of a NumPy type; `bits` is 1 for those that are packed into it, `fbits` of fixed point."""
        form = AiBufferFormat
        kind = np.dtype(np_type)
        numbers = {"f": form.TYPE_FLOAT, "b": form.TYPE_BOOL, "i": form.TYPE_INTEGER, "u": form.TYPE_INTEGER}
        if kind.kind not in numbers and kind != np.void:
            raise NotImplementedError(f"numpy type {np_type} is not supported")
        width = int(kind.itemsize) * 8
        if bits is not None and bits not in (1, width):
            raise NotImplementedError(f"number of bits {np_type}/{bits} is not consistent")
        word = int(kind.kind in "if") << form.SIGN_SHIFT | numbers.get(kind.kind, form.TYPE_NONE) << form.TYPE_ID_SHIFT
        word |= (bits or width) << form.BITS_SHIFT | (fbits or 0) + form.FBIT_SHIFT
        word |= is_io * form.FLAG_IS_IO | static * form.FLAG_STATIC | const * form.FLAG_CONST
        return form(word)

    def _type(self) -> int:
        return self.value >> self.TYPE_ID_SHIFT & self.TYPE_ID_MASK

    def bits(self) -> int:
        return self.value >> self.BITS_SHIFT & self.BITS_MASK

    def fbits(self) -> int:
        return (self.value >> self.FBITS_SHIFT & self.FBITS_MASK) - self.FBIT_SHIFT

    def packed(self) -> str:
        """`1b` where elements are bits of words."""
        return "1b" if self.is_packed() else ""

    def is_signed(self) -> int:
        return int(self.value >> self.SIGN_SHIFT & self.SIGN_MASK)

    def is_float(self) -> bool:
        return self._type() == self.TYPE_FLOAT

    def is_integer(self) -> bool:
        return self._type() in (self.TYPE_INTEGER, self.TYPE_FXP) and self.fbits() == 0

    def is_fxp(self) -> bool:
        return self._type() in (self.TYPE_Q, self.TYPE_FXP) and self.fbits() != 0

    def is_bool(self) -> bool:
        return self._type() == self.TYPE_BOOL

    def is_packed(self) -> bool:
        return self.is_integer() and self.bits() == 1

    def is_supported(self) -> bool:
        """Whether a tensor with data can be of this format."""
        bits = self.bits()
        if self.is_float():
            return bool(self.is_signed()) and self.fbits() == 0 and bits in (16, 32, 64)
        if self.is_bool():
            return not self.is_signed() and self.fbits() == 0 and bits == 8
        return self.is_packed() or (self._type() in (self.TYPE_Q, self.TYPE_FXP) and bits in (8, 16, 32, 64))

    def to_np_type(self) -> Any:
        """The NumPy class of the stored elements."""
        bits = self.bits()
        if self.is_bool():
            return bool
        if self.is_float():
            return {16: np.float16, 32: np.float32}.get(bits, np.float64)
        if self.is_packed():
            return np.int32 if self.is_signed() else np.uint32
        if self._type() in (self.TYPE_Q, self.TYPE_FXP) and bits in (8, 16, 32, 64):
            return np.dtype(f"{'i' if self.is_signed() else 'u'}{bits // 8}").type
        kind = f"({self._type()}/{bits}/{self.is_signed()})"
        raise NotImplementedError(f"AI type {kind} to numpy type not supported")

    def to_dict(self) -> dict[str, Any]:
        """The fields; no NumPy type where there is none."""
        np_type = self.to_np_type() if self.is_supported() else None
        return {"sign": self.is_signed(), "type": self._type(), "float": int(self.is_float()), "bits": self.bits(),
                "fbits": self.fbits(), "np_type": np_type, "packet_mode": self.packed()}

    def get_converter(self, shape: Shape, quant: dict[str, Any] | None) -> AiConverter:
        """The converter of a tensor; `quant` has its scale and zero point."""
        if quant is not None and not (isinstance(quant, dict) and "scale" in quant and "zero_point" in quant):
            raise ValueError(f"quant is {quant}, expected a dictionary with scale and zero_point")
        if self.is_bool():
            return AiBoolConverter(shape)
        if self.is_packed():
            return Ai1b32bPackConverter(shape, 0, self.is_signed())
        if self.is_fxp():
            return AiFixedPointConverter(shape, self.fbits(), self.to_np_type())
        if self.is_integer() and quant is not None and quant["scale"]:
            return AiQuantUniformConverter(shape, quant["scale"], quant["zero_point"], self.to_np_type())
        return AiIdentityConverter(shape)

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
