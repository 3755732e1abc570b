# SPDX-License-Identifier: BSD-3-Clause
"""Writes Protocol Buffers: what an .onnx file is made of. A message is the bytes of its fields, one after the other."""
import struct


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def integer(number, value):
    return varint(number << 3) + varint(value)


def single(number, value):
    """A float."""
    return varint(number << 3 | 5) + struct.pack("<f", value)


def message(number, *parts):
    """Fields, bytes or text, as one field."""
    data = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(number << 3 | 2) + varint(len(data)) + data
