# SPDX-License-Identifier: BSD-3-Clause
"""Writes FlatBuffers front to back: what a .tflite file is made of. Children follow their parents, as offsets only point forward."""
import struct


class Scalar:
    """A number inside a table."""

    def __init__(self, form, value):
        self.form, self.value = form, value
        self.size = struct.calcsize("<" + form)


def int8(value):
    return Scalar("b", value)


def uint8(value):
    return Scalar("B", value)


def int32(value):
    return Scalar("i", value)


def uint32(value):
    return Scalar("I", value)


def float32(value):
    return Scalar("f", value)


def align(out, size, ahead=0):
    """Pads so that what follows `ahead` more bytes lies at a multiple of `size`."""
    out.extend(b"\0" * (-(len(out) + ahead) % size))


class Bytes:
    """A vector of numbers, given as bytes. `item_size` is that of one number."""

    def __init__(self, data, item_size=1, alignment=4):
        self.data, self.item_size, self.alignment = bytes(data), item_size, alignment

    def write(self, out):
        align(out, max(self.alignment, self.item_size, 4), ahead=4)
        start = len(out)
        out.extend(struct.pack("<I", len(self.data) // self.item_size) + self.data)
        return start


def numbers(form, values):
    return Bytes(struct.pack(f"<{len(values)}{form}", *values), struct.calcsize("<" + form))


class Text:
    def __init__(self, text):
        self.data = text.encode()

    def write(self, out):
        align(out, 4)
        start = len(out)
        out.extend(struct.pack("<I", len(self.data)) + self.data + b"\0")
        return start


class Vector:
    """A vector of tables or texts."""

    def __init__(self, items):
        self.items = list(items)

    def write(self, out):
        align(out, 4)
        start = len(out)
        out.extend(struct.pack("<I", len(self.items)) + b"\0" * (4 * len(self.items)))
        for i, item in enumerate(self.items):
            place = start + 4 + 4 * i
            struct.pack_into("<I", out, place, item.write(out) - place)
        return start


class Table:
    """Fields by slot: the position in the schema."""

    def __init__(self, fields):
        self.fields = fields

    def write(self, out):
        places, size = {}, 4
        for slot, field in self.fields.items():
            width = field.size if isinstance(field, Scalar) else 4
            size += -size % width
            places[slot] = size
            size += width
        n_slots = max(self.fields, default=-1) + 1
        vtable = struct.pack("<HH", 4 + 2 * n_slots, size)
        vtable += b"".join(struct.pack("<H", places.get(slot, 0)) for slot in range(n_slots))
        align(out, 8, ahead=len(vtable))
        out.extend(vtable)
        start = len(out)
        out.extend(struct.pack("<i", len(vtable)) + b"\0" * (size - 4))
        for slot, field in self.fields.items():
            place = start + places[slot]
            if isinstance(field, Scalar):
                struct.pack_into("<" + field.form, out, place, field.value)
            else:
                struct.pack_into("<I", out, place, field.write(out) - place)
        return start


def file(root, identifier):
    """The whole file; `identifier` are its four letters."""
    out = bytearray(8)
    out[4:8] = identifier.encode()
    struct.pack_into("<I", out, 0, root.write(out))
    align(out, 4)
    return bytes(out)
