# SPDX-License-Identifier: BSD-3-Clause
"""The weights of a .tflite file changed in place, by what its format (FlatBuffers) says of where they stand."""

import random
import struct

INT8 = 9
FEWEST = 16  # bytes: smaller constants are no weights


class File:
    def __init__(self, data):
        self.data = bytearray(data)

    def read(self, place, form="<I"):
        return struct.unpack_from(form, self.data, place)[0]

    def follow(self, place):
        return place + self.read(place)

    def field(self, table, index):
        """The place of a field; None where it is left out."""
        known = table - self.read(table, "<i")
        offset = self.read(known + 4 + 2 * index, "<H") if 4 + 2 * index < self.read(known, "<H") else 0
        return table + offset if offset else None

    def vector(self, place):
        """(where its elements begin, their number)"""
        begin = self.follow(place)
        return begin + 4, self.read(begin)

    def tables(self, place):
        begin, count = self.vector(place)
        return [self.follow(begin + 4 * i) for i in range(count)]

    def int8_weights(self):
        """(place, bytes) of each."""
        root = self.follow(0)
        buffers = self.tables(self.field(root, 4))
        for tensor in self.tables(self.field(self.tables(self.field(root, 2))[0], 0)):
            dtype, buffer = self.field(tensor, 1), self.field(tensor, 2)
            data = self.field(buffers[self.read(buffer)], 0) if buffer else None
            if dtype and self.data[dtype] == INT8 and data and self.vector(data)[1] >= FEWEST:
                yield self.vector(data)


def with_shaken_weights(data, steps):
    """Each weight is off by that many steps of its quantization, up or down: as of another tool that rounds in its own way."""
    file, draw = File(data), random.Random(1)
    for place, count in file.int8_weights():
        for i in range(place, place + count):
            value = file.read(i, "<b") + draw.choice((-steps, steps))
            struct.pack_into("<b", file.data, i, max(-127, min(127, value)))
    return bytes(file.data)
