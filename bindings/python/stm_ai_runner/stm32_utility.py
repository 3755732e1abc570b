# SPDX-License-Identifier: BSD-3-Clause
"""Names of devices, the checksum of the targets, Intel HEX files."""

from __future__ import annotations

from ._devices import DEVICES
from ._ihex import dump_ihex_file

__all__ = ["bsdchecksum", "dump_ihex_file", "stm32_attr_config", "stm32_id_to_str"]

_CORE_CACHES = ((10, "core_icache"), (11, "core_dcache"))
# By series, which is in bits 31..24 of the attribute word.
_SERIES = {
    1: ((8, "art_prefetch"), (9, "art_icache"), (10, "art_dcache")),
    2: (*_CORE_CACHES, (8, "art_prefetch"), (9, "art_en")),
    3: _CORE_CACHES,
    4: ((9, "icache"),),
    5: (*_CORE_CACHES, (0, "npu_cache")),
    6: _CORE_CACHES,
}
_WITH_LATENCY = (1, 2, 3, 6)


def stm32_id_to_str(dev_id: int) -> str:
    """`0x450 - STM32H743/53/50xx ...`."""
    return f"0x{dev_id:X} - {DEVICES.get(dev_id, 'UNKNOW')}"


def stm32_attr_config(cache: int) -> list[str]:
    """The words for the attribute word of a device."""
    series = cache >> 24
    words = ["fpu" if cache >> 16 & 1 else "no_fpu"]
    if series in _WITH_LATENCY:
        words.append(f"art_lat={cache & 0xFF}")
    return words + [word for bit, word in _SERIES.get(series, ()) if cache >> bit & 1]


def bsdchecksum(data: bytes | bytearray) -> int:
    """The 16-bit rotating sum of BSD."""
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"data is a {type(data).__name__}, expected bytes or bytearray")
    checksum = 0
    for byte in data:
        checksum = ((checksum >> 1) + ((checksum & 1) << 15) + byte) & 0xFFFF
    return checksum
