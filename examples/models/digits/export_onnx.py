#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns weights.npz into digits_float32.onnx and digits_int8.onnx. With --check it only tells whether they are up to date.

The models are laid out as ONNX has it, channels first. The int8 one is quantized as its users do it: float operators between
DequantizeLinear and QuantizeLinear, with int8 at input and output.
"""
import pathlib
import sys

import numpy as np

import generate
import network
import protobuf as pb

HERE = pathlib.Path(__file__).parent
IR_VERSION, OPSET = 8, 13
ELEMENT_TYPES = {"float32": 1, "int8": 3, "int32": 6, "int64": 7}
PRODUCER, PRODUCER_VERSION = "airunner digits", "1.0.0"


def channels_first(shape):
    return (shape[0], shape[3], shape[1], shape[2]) if len(shape) == 4 else shape


def tensor(name, array):
    """TensorProto."""
    dims = b"".join(pb.integer(1, n) for n in array.shape)
    return dims + pb.integer(2, ELEMENT_TYPES[str(array.dtype)]) + pb.message(8, name) + pb.message(9, array.tobytes())


def value(name, dtype, shape):
    """ValueInfoProto."""
    dims = b"".join(pb.message(1, pb.integer(1, n)) for n in shape)
    kind = pb.message(1, pb.integer(1, ELEMENT_TYPES[dtype]), pb.message(2, dims))
    return pb.message(1, name) + pb.message(2, kind)


def attribute(name, content):
    """AttributeProto of a number or of a list of numbers."""
    if isinstance(content, list):
        return pb.message(5, pb.message(1, name), *(pb.integer(8, n) for n in content), pb.integer(20, 7))
    return pb.message(5, pb.message(1, name), pb.integer(3, content), pb.integer(20, 2))


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(pb.message(5, tensor(name, array)))
        return name

    def node(self, kind, inputs, output, name=None, **attributes):
        parts = [pb.message(1, i) for i in inputs] + [pb.message(2, output), pb.message(3, name or output), pb.message(4, kind)]
        self.nodes.append(pb.message(1, *parts, *(attribute(k, v) for k, v in attributes.items())))
        return output

    def model(self, dtype, source, result):
        """The file; `source` and `result` name its input and output."""
        graph = pb.message(
            7,
            *self.nodes,
            pb.message(2, "digits"),
            *self.constants,
            pb.message(11, value(source, dtype, channels_first(network.SHAPES["input"]))),
            pb.message(12, value(result, dtype, network.SHAPES["softmax"])),
        )
        producer = pb.message(2, PRODUCER) + pb.message(3, PRODUCER_VERSION)
        return pb.integer(1, IR_VERSION) + producer + graph + pb.message(8, pb.message(1, ""), pb.integer(2, OPSET))


def kernel_of(layer, kernel):
    """Output channel, input channel, height, width; the rows of the dense layer follow its flattened input."""
    if layer == "dense":
        height, width, channels = network.SHAPES["pool_2"][1:]
        kernel = kernel.reshape(len(kernel), height, width, channels)
    kernel = np.ascontiguousarray(np.moveaxis(kernel, -1, 1))
    return kernel.reshape(len(kernel), -1) if layer == "dense" else kernel


def add_operator(graph, name, inputs, output):
    """The float operator of a node of the network, with its activation, from and to values of these names."""
    kind = name.split("_")[0]
    before = output + "_sum" if name in network.RELU else output
    names = {"name": name}
    if kind == "conv":
        graph.node("Conv", inputs, before, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1], **names)
    elif kind == "pool":
        graph.node("MaxPool", inputs, before, kernel_shape=[2, 2], strides=[2, 2], **names)
    elif kind == "dense":
        flat = graph.node("Flatten", inputs[:1], output + "_flat", axis=1)
        graph.node("Gemm", [flat, *inputs[1:]], before, transB=1, **names)
    elif kind == "add":
        graph.node("Add", inputs, before, **names)
    else:
        graph.node("Softmax", inputs, before, axis=1, **names)
    if name in network.RELU:
        graph.node("Relu", [before], output, name=name + "_relu")


def float32_model(data):
    graph = Graph()
    for name, inputs in network.NODE_INPUTS.items():
        inputs = list(inputs)
        if name in network.WEIGHTED:
            inputs.append(graph.constant(name + "_kernel", kernel_of(name, data[name + "_kernel"].astype(np.float32))))
            inputs.append(graph.constant(name + "_bias", data[name + "_bias"].astype(np.float32)))
        add_operator(graph, name, inputs, name)
    return graph.model("float32", "input", "softmax")


# Readers of a tensor that an earlier reader has made real.
SHARED = {("pool_1", "add")}


class QuantizedGraph(Graph):
    def __init__(self, q):
        super().__init__()
        self.q, self.scaled = q, set()

    def scale(self, name):
        """The names of a tensor's scale and zero point."""
        if name not in self.scaled:
            self.constant(name + "_scale", np.float32(self.q.scales[name]))
            self.constant(name + "_zero", np.int8(self.q.zero_points[name]))
            self.scaled.add(name)
        return [name + "_scale", name + "_zero"]

    def dequantized(self, name):
        return self.node("DequantizeLinear", [name, *self.scale(name)], name + "_real")

    def weights(self, layer, data):
        """Kernel and bias as integers, and the nodes that make them real."""
        scales = self.q.kernel_scales(data[layer + "_kernel"]).astype(np.float32)
        input_scale = np.float32(self.q.scales[network.NODE_INPUTS[layer][0]])
        kernel = kernel_of(layer, self.q.kernels[layer].reshape(network.KERNEL_SHAPES[layer]))
        real = []
        for part, array, scale in (("kernel", kernel, scales), ("bias", self.q.biases[layer], scales * input_scale)):
            name = f"{layer}_{part}"
            inputs = [self.constant(name, array), self.constant(name + "_scale", scale)]
            inputs.append(self.constant(name + "_zero", np.zeros(len(scale), array.dtype)))
            real.append(self.node("DequantizeLinear", inputs, name + "_real", axis=0))
        return real


def int8_model(data, q):
    graph = QuantizedGraph(q)
    for name, inputs in network.NODE_INPUTS.items():
        real = [graph.dequantized(source) if (source, name) not in SHARED else source + "_real" for source in inputs]
        if name in network.WEIGHTED:
            real += graph.weights(name, data)
        add_operator(graph, name, real, name + "_float")
        graph.node("QuantizeLinear", [name + "_float", *graph.scale(name)], name, name=name + "_quantize")
    return graph.model("int8", "input", "softmax")


def main():
    data = np.load(HERE / "weights.npz")
    q = generate.Quantization(data)
    return generate.write_all({HERE / "digits_float32.onnx": float32_model(data), HERE / "digits_int8.onnx": int8_model(data, q)})


if __name__ == "__main__":
    sys.exit(main())
