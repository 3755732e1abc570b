#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns weights.npz into digits_int8.tflite and digits_float32.tflite. With --check it only tells whether they are up to date."""
import pathlib
import sys

import numpy as np

import flatbuffer as fb
import generate
import network

HERE = pathlib.Path(__file__).parent
# Numbers of the TensorFlow Lite schema.
TENSOR_TYPES = {"float32": 0, "int32": 2, "int8": 9}
OPERATORS = {"add": 0, "conv": 3, "dense": 9, "pool": 17, "softmax": 25}
OPERATOR_VERSIONS = {"float32": 1, "int8": 3}
RELU = 1
BUFFER_ALIGNMENT = 16


class Model:
    """Collects tensors and their buffers. Buffer 0 is the empty one, for tensors without values."""

    def __init__(self):
        self.tensors, self.buffers, self.index = [], [fb.Table({})], {}

    def add(self, name, shape, dtype, quantization=None, values=None):
        buffer = 0
        if values is not None:
            buffer = len(self.buffers)
            self.buffers.append(fb.Table({0: fb.Bytes(values.tobytes(), alignment=BUFFER_ALIGNMENT)}))
        fields = {0: fb.numbers("i", shape), 1: fb.int8(TENSOR_TYPES[dtype]), 2: fb.uint32(buffer), 3: fb.Text(name)}
        if quantization is not None:
            scales, zero_points, axis = quantization
            fields[4] = fb.Table({2: fb.numbers("f", scales), 3: fb.numbers("q", zero_points), 6: fb.int32(axis)})
        self.index[name] = len(self.tensors)
        self.tensors.append(fb.Table(fields))


def add_weights(model, layer, dtype, data, q):
    kernel, bias = data[layer + "_kernel"], data[layer + "_bias"]
    if dtype == "float32":
        model.add(layer + "_kernel", kernel.shape, dtype, values=kernel.astype(np.float32))
        model.add(layer + "_bias", bias.shape, dtype, values=bias.astype(np.float32))
        return
    scales = q.kernel_scales(data[layer + "_kernel"])
    input_scale = q.scales[network.NODE_INPUTS[layer][0]]
    zeros = [0] * len(scales)
    model.add(layer + "_kernel", kernel.shape, "int8", (scales, zeros, 0), q.kernels[layer].reshape(kernel.shape))
    model.add(layer + "_bias", bias.shape, "int32", (scales * input_scale, zeros, 0), q.biases[layer])


def operator(model, name):
    """The operator table: code, inputs, outputs, options."""
    kind = name.split("_")[0]
    relu = fb.int8(RELU if name in network.RELU else 0)
    inputs = [model.index[source] for source in network.NODE_INPUTS[name]]
    if name in network.WEIGHTED:
        inputs += [model.index[name + "_kernel"], model.index[name + "_bias"]]
    # Option tables by their number in the schema's union: strides and windows first, then the fused activation.
    option_type, options = {
        "conv": (1, {0: fb.int8(0), 1: fb.int32(1), 2: fb.int32(1), 3: relu, 4: fb.int32(1), 5: fb.int32(1)}),
        "pool": (5, {0: fb.int8(0), 1: fb.int32(2), 2: fb.int32(2), 3: fb.int32(2), 4: fb.int32(2), 5: fb.int8(0)}),
        "dense": (8, {0: relu}),
        "softmax": (9, {0: fb.float32(1.0)}),
        "add": (11, {0: relu}),
    }[kind]
    return fb.Table(
        {
            0: fb.uint32(list(OPERATORS).index(kind)),
            1: fb.numbers("i", inputs),
            2: fb.numbers("i", [model.index[name]]),
            3: fb.uint8(option_type),
            4: fb.Table(options),
        }
    )


def contents(dtype, data, q):
    model = Model()
    for name, shape in network.SHAPES.items():
        quantization = ([q.scales[name]], [q.zero_points[name]], 0) if dtype == "int8" else None
        model.add(name, shape, dtype, quantization)
    for layer in network.WEIGHTED:
        add_weights(model, layer, dtype, data, q)
    version = fb.int32(OPERATOR_VERSIONS[dtype])
    codes = [fb.Table({0: fb.int8(code), 2: version, 3: fb.int32(code)}) for code in OPERATORS.values()]
    nodes = list(network.NODE_INPUTS)
    graph = fb.Table(
        {
            0: fb.Vector(model.tensors),
            1: fb.numbers("i", [model.index["input"]]),
            2: fb.numbers("i", [model.index[nodes[-1]]]),
            3: fb.Vector(operator(model, name) for name in nodes),
            4: fb.Text("digits"),
        }
    )
    root = {0: fb.uint32(3), 1: fb.Vector(codes), 2: fb.Vector([graph]), 3: fb.Text("digits"), 4: fb.Vector(model.buffers)}
    return fb.file(fb.Table(root), "TFL3")


def main():
    data = np.load(HERE / "weights.npz")
    q = generate.Quantization(data)
    return generate.write_all({HERE / f"digits_{dtype}.tflite": contents(dtype, data, q) for dtype in ("int8", "float32")})


if __name__ == "__main__":
    sys.exit(main())
