# SPDX-License-Identifier: BSD-3-Clause
"""One tensor as ST's module describes it."""

from __future__ import annotations

import ctypes
from typing import Any, Sequence

import numpy as np

from ._buffer_format import AiBufferFormat
from ._converters import Array, ChannelsConverter


class IOTensor:
    """Its format, shape and quantization, texts of them, and the conversions between real and stored values."""

    def __init__(self, fmt: Any, shape: Any, quant: dict[str, Any] | None = None) -> None:
        self._fmt = AiBufferFormat((fmt.value if isinstance(fmt, ctypes.c_uint32) else int(fmt)) & AiBufferFormat.MASK)
        if not self._fmt.is_supported():
            raise NotImplementedError(f"invalid/unsupported format {self._fmt.to_dict()}")
        self._dtype = self._fmt.to_np_type()
        self._shape = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)
        self._converter = self._fmt.get_converter(self._shape, quant)
        self._quant = self._converter.get_quantization_params() if quant is None else quant
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
        """Address in the memory of the network, 0 when unknown."""
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
        return bool(self._quant.get("scale")) and (self._fmt.is_integer() or self.is_fxp)

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
        self._converter = ChannelsConverter(self._shape, self._quant, self._dtype, scales, zero_points, axis)

    # Storage

    def get_c_shape(self, shape: Sequence[int] | None = None) -> tuple[int, ...]:
        """Shape of the stored elements."""
        return self._converter.get_c_shape(shape)

    def get_c_size(self, shape: Sequence[int] | None = None) -> Any:
        return self._converter.get_c_size(shape)

    def get_c_size_in_bytes(self) -> Any:
        return self.get_c_size() * int(np.dtype(self._dtype).itemsize)

    def zeros(self) -> Array:
        return np.zeros(self.get_c_size(), self._dtype)

    # Conversions

    def quantize(self, a: Array) -> Array:
        """Real values as the network stores them; what is so already is returned as it is."""
        if a.dtype == self._dtype and a.size % max(1, self.get_c_size()) == 0:
            return a
        if self.is_quantized or self.is_packed or self.is_bool or self.is_fxp:
            return self._converter(a)
        return a.astype(self._dtype)

    def dequantize(self, a: Array) -> Array:
        """Stored values as float32."""
        return a.astype(np.float32) if a.dtype.kind == "f" else self._converter.to_float32(a)

    to_float32 = dequantize

    def pack(self, a: Array) -> Array:
        """Signs as bits; what is not packed is returned as it is."""
        return self._converter(a) if self.is_packed else a

    def unpack(self, a: Array) -> Array:
        """Bits as +1 and -1."""
        return self.dequantize(a) if self.is_packed else a

    # Texts

    def get_quant_desc(self) -> str:
        return self._converter.get_desc()

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

    def to_str(self, selector: str = "all", short: bool = True) -> str:
        """Parts of the description, chosen by tokens such as `all+no-name`."""
        tokens = selector.lower().split("+")

        def wanted(part: str) -> bool:
            return ("all" in tokens or part in tokens) and f"no-{part}" not in tokens

        parts = [f"'{self._name}'"] if wanted("name") else []
        parts.append(self._type_text(short))
        if wanted("size"):
            parts.append(f"{self.get_c_size_in_bytes()}{'' if short else ' Bytes'}")
        if wanted("scheme") and (self.is_packed or self.is_fxp or self._quant.get("scale")):
            parts.append(str(self._converter))
        if wanted("loc"):
            parts.append(str(self._memory_pool))
        return (":" if short else ", ").join(parts)

    def desc(self, full: bool = False) -> str:
        name = f"{self._name}, " if self._name else ""
        # In front of an address ST's module has one comma more.
        address = f", 0x{self._c_addr:08x} " if full and self._c_addr else ""
        return f"{'IOTensor: ' if full else ''}{name}{self._tag}, {address}{self.to_str('all+no-loc+no-name', short=False)}"

    def __str__(self) -> str:
        return self.desc(full=True)

    __repr__ = __str__
