#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes small .tflite models that the digits are not: dynamic shapes, signatures, several inputs, a scalar, odd files.

usage: make_models.py FOLDER
"""
import pathlib
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "models" / "digits"))

import flatbuffer as fb  # noqa: E402

FLOAT32, INT32, STRING, INT8 = 0, 2, 5, 9
ADD, RELU, NEG, CUSTOM = 0, 19, 59, 32


def tensor(name, shape, kind=FLOAT32, buffer=0, quantization=None, signature=None, variable=False):
    fields = {0: fb.numbers("i", shape), 1: fb.int8(kind), 2: fb.uint32(buffer), 3: fb.Text(name)}
    if quantization:
        scale, zero = quantization
        fields[4] = fb.Table({2: fb.numbers("f", [scale]), 3: fb.numbers("q", [zero])})
    if variable:
        fields[5] = fb.uint8(1)
    if signature:
        fields[7] = fb.numbers("i", signature)
    return fb.Table(fields)


def operator(code, inputs, outputs, options=None):
    fields = {0: fb.uint32(code), 1: fb.numbers("i", inputs), 2: fb.numbers("i", outputs)}
    if options:
        fields[3], fields[4] = fb.uint8(options[0]), options[1]
    return fb.Table(fields)


def model(tensors, inputs, outputs, operators, codes, buffers=(), signatures=None, custom=None):
    tables = [fb.Table({0: fb.int8(min(code, 127)), 2: fb.int32(1), 3: fb.int32(code)}) for code in codes]
    if custom:
        tables.append(fb.Table({0: fb.int8(CUSTOM), 1: fb.Text(custom), 2: fb.int32(1), 3: fb.int32(CUSTOM)}))
    graph = {0: fb.Vector(tensors), 3: fb.Vector(operators)}
    graph[1], graph[2] = fb.numbers("i", inputs), fb.numbers("i", outputs)
    stored = [fb.Table({})] + [fb.Table({0: fb.Bytes(b, alignment=16)}) for b in buffers]
    root = {0: fb.uint32(3), 1: fb.Vector(tables), 2: fb.Vector([fb.Table(graph)]), 4: fb.Vector(stored)}
    if signatures:
        root[7] = fb.Vector(signatures)
    return fb.file(fb.Table(root), "TFL3")


def signature(key, inputs, outputs):
    maps = [fb.Vector([fb.Table({0: fb.Text(n), 1: fb.uint32(i)}) for n, i in part.items()]) for part in (inputs, outputs)]
    return fb.Table({0: maps[0], 1: maps[1], 2: fb.Text(key), 4: fb.uint32(0)})


ADD_OPTIONS = (11, fb.Table({0: fb.int8(0)}))


def chain(shape, dynamic=None, **more):
    """y = relu(x), z = -y."""
    tensors = [tensor(n, shape, signature=dynamic) for n in "xyz"]
    return model(tensors, [0], [2], [operator(0, [0], [1]), operator(1, [1], [2])], [RELU, NEG], **more)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    big = 2**31 - 1
    models = {
        "chain": chain([1, 4]),
        "dynamic": chain([1, 1], [-1, -1]),
        "signature": chain([1, 4], signatures=[signature("serve", {"in": 0}, {"inner": 1})]),
        "huge": chain([1, big, big, big]),
        "negative": chain([1, -4]),
        "no_outputs": model([tensor("x", [1, 4]), tensor("y", [1, 4])], [0], [], [operator(0, [0], [1])], [RELU]),
        "no_such_tensor": model([tensor("x", [1, 4])], [0], [7], [operator(0, [0], [7])], [RELU]),
        "text": model([tensor("x", [1, 4], STRING), tensor("y", [1, 4], STRING)], [0], [1], [operator(0, [0], [1])], [RELU]),
        "custom": model([tensor("x", [1, 4]), tensor("y", [1, 4])], [0], [1], [operator(0, [0], [1])], [], custom="Unheard"),
        "int8": model(
            [tensor(n, [1, 4], INT8, quantization=(s, z)) for n, s, z in (("a", 0.5, 0), ("b", 0.25, 2), ("sum", 0.5, -1))],
            [0, 1], [2], [operator(0, [0, 1], [2], ADD_OPTIONS)], [ADD],
        ),
        "constant": model(
            [tensor("x", [2, 3]), tensor("c", [3], buffer=1), tensor("y", [2, 3])],
            [0], [2], [operator(0, [0, 1], [2], ADD_OPTIONS)], [ADD], buffers=[struct.pack("<3f", 10, 20, 30)],
        ),
    }
    for name, content in models.items():
        (folder / f"{name}.tflite").write_bytes(content)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
