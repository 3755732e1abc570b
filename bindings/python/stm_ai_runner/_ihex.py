# SPDX-License-Identifier: BSD-3-Clause
"""Intel HEX files."""

from __future__ import annotations

import os
from typing import Any


def _record(line: str, place: str) -> tuple[int, int, bytes]:
    """Kind, offset and data of one line."""
    if not line.startswith(":"):
        raise ValueError(f"{place}: a record begins with ':', this one with {line[:1]!r}")
    try:
        raw = bytes.fromhex(line[1:])
    except ValueError:
        raise ValueError(f"{place}: not hexadecimal") from None
    if len(raw) < 5 or len(raw) != raw[0] + 5:
        raise ValueError(f"{place}: {len(raw)} bytes, expected {raw[0] + 5 if raw else 5}")
    if sum(raw) & 0xFF:
        raise ValueError(f"{place}: wrong checksum")
    return raw[3], int.from_bytes(raw[1:3], "big"), raw[4:-1]


class _Segments:
    """Segments under construction: one for each base address, more where gaps are not filled."""

    def __init__(self, fill: bool) -> None:
        self.list: list[dict[str, Any]] = []
        self._fill = fill
        self._base = 0

    def begin(self, base: int) -> None:
        self._base = base
        self.list.append({"addr": base, "data": bytearray()})

    def add(self, offset: int, data: bytes, place: str) -> None:
        if not self.list:
            self.begin(self._base)
        address = self._base + offset
        last = self.list[-1]
        gap = address - (last["addr"] + len(last["data"]))
        if gap and not self._fill:
            if last["data"]:
                self.list.append({"addr": address, "data": bytearray()})
            else:
                last["addr"] = address
        elif gap < 0:
            raise ValueError(f"{place}: address 0x{address:x} lies before what came already")
        elif gap:
            last["data"].extend(bytes(gap))
        self.list[-1]["data"].extend(data)


def dump_ihex_file(filepath: str | os.PathLike[str], fill_with_zeros: bool = True) -> list[dict[str, Any]]:
    """The segments of an Intel HEX file: `{'addr': int, 'data': bytearray}`."""
    segments = _Segments(fill_with_zeros)
    with open(filepath, encoding="ascii", errors="replace") as file:
        for number, text in enumerate(file, 1):
            place = f"{os.fspath(filepath)}:{number}"
            if not text.strip():
                continue
            kind, offset, data = _record(text.strip(), place)
            if kind == 0:
                segments.add(offset, data, place)
            elif kind in (2, 4):
                segments.begin(int.from_bytes(data, "big") << (4 if kind == 2 else 16))
            elif kind not in (1, 3, 5):
                raise ValueError(f"{place}: record type {kind:02x} is not known")
    return segments.list
