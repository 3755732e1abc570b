# SPDX-License-Identifier: BSD-3-Clause
"""Messages of Protocol Buffers, field by field, for models and packets that tests make up."""
import struct


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, contents):
    """A text, bytes or another message."""
    contents = contents.encode() if isinstance(contents, str) else contents
    return varint(field << 3 | 2) + varint(len(contents)) + contents


def real(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)
