# SPDX-License-Identifier: BSD-3-Clause
"""The short description of an input or output."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

import numpy as np


class AiTensorType(enum.Enum):
    """What a tensor is to its model."""

    UNDEFINED = 0
    INPUT = 1
    OUTPUT = 2
    INTERNAL = 3

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


class AiTensorDesc(NamedTuple):
    """Description of a tensor; scale and zero point are lists of one value."""

    iotype: AiTensorType = AiTensorType.UNDEFINED
    name: str = ""
    shape: tuple[int, ...] = (0,)
    dtype: Any = 0  # the NumPy class, such as numpy.int8
    scale: list[Any] = []
    zero_point: list[Any] = []

    def __str__(self) -> str:
        dtype = getattr(self.dtype, "__name__", str(self.dtype))
        text = f"{self.iotype} '{self.name}' {dtype}{self.shape}"
        if len(self.scale) and self.scale[0]:
            text += f" [{self.scale[0]!s}] [{self.zero_point[0]!s}]"
        return text

    def __repr__(self) -> str:  # plain numbers, also where NumPy's own text names the type
        scale = "[" + ", ".join(str(value) for value in self.scale) + "]"
        zero_point = "[" + ", ".join(str(value) for value in self.zero_point) + "]"
        return (f"AiTensorDesc(iotype={self.iotype!r}, name={self.name!r}, shape={self.shape!r}, dtype={self.dtype!r}, "
                f"scale={scale}, zero_point={zero_point})")


def describe(info: dict[str, Any], iotype: AiTensorType) -> AiTensorDesc:
    """The description that a tensor dictionary gives."""
    if info["scale"]:
        scale, zero_point = np.float32(info["scale"]), info["zero_point"]
    else:
        scale, zero_point = np.float32(0.0), np.int32(0)
    return AiTensorDesc(iotype, info["name"], info["shape"], info["type"], [scale], [zero_point])
