#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns weights.npz into digits_int8.c and digits_float32.c. With --check it only tells whether they are up to date.

Quantization follows TensorFlow Lite: int8 weights, symmetric, one scale per output channel; int8 activations with one scale
and zero point per tensor, taken from the ranges seen on the training images; int32 biases of scale input * weight.
"""
import hashlib
import math
import pathlib
import sys

import numpy as np

import network

HERE = pathlib.Path(__file__).parent
MODEL_DATETIME = "2026-11-22T00:00:00+0000"
COMPILE_DATETIME = "Nov 22 2026 00:00:00"
NODE_TYPES = {"conv": 0x103, "pool": 0x10B, "dense": 0x104, "softmax": 0x10C}
ADD_TYPES = {"int8": 0x114, "float32": 0x113}  # EltwiseInt, Eltwise
FORMATS = {"int8": "ST_FORMAT_S8", "float32": "ST_FORMAT_FLOAT32"}
ITEM_SIZES = {"int8": 1, "float32": 4}
ALIGNMENT = 16


class Quantization:
    """Scale and zero point of every tensor, and the integer weights that follow from them."""

    def __init__(self, data):
        self.scales = {"softmax": 1 / 256}
        self.zero_points = {"softmax": -128}
        for name in network.SHAPES:
            if name in self.scales:
                continue
            if name.startswith("pool"):  # the maximum keeps the scale of its input
                source = network.NODE_INPUTS[name][0]
                self.scales[name], self.zero_points[name] = self.scales[source], self.zero_points[source]
                continue
            low, high = (float(v) for v in data["range_" + name])
            low, high = min(low, 0.0), max(high, 0.0)
            self.scales[name] = float(np.float32((high - low) / 255))
            self.zero_points[name] = int(np.clip(np.rint(-128 - low / self.scales[name]), -128, 127))
        self.kernels, self.biases, self.rescales = {}, {}, {}
        for layer in network.WEIGHTED:
            self.quantize_layer(layer, data[layer + "_kernel"], data[layer + "_bias"])

    def quantize_layer(self, layer, kernel, bias):
        flat = kernel.reshape(len(kernel), -1).astype(np.float64)
        scales = self.kernel_scales(kernel)
        accumulator_scales = scales * self.scales[network.NODE_INPUTS[layer][0]]
        self.kernels[layer] = np.rint(flat / scales[:, None]).astype(np.int8)
        self.biases[layer] = np.rint(bias / accumulator_scales).astype(np.int32)
        self.rescales[layer] = [self.rescale(s / self.scales[layer]) for s in accumulator_scales]

    @staticmethod
    def kernel_scales(kernel):
        """One for each output channel."""
        flat = kernel.reshape(len(kernel), -1).astype(np.float64)
        return np.maximum(np.abs(flat).max(axis=1), 1e-9) / 127

    @staticmethod
    def rescale(real):
        """real = multiplier / 2^shift with a multiplier of 31 bits."""
        mantissa, exponent = math.frexp(real)
        return round(mantissa * 2**30), 30 - exponent


def plan_memory(item_size):
    """First fit: offset of every tensor in the activations, sharing the room of tensors whose last reader has run."""
    names = list(network.SHAPES)
    born = {name: i for i, name in enumerate(names)}
    died = {name: len(names) for name in names}
    for name in names:
        readers = [born[reader] for reader, inputs in network.NODE_INPUTS.items() if name in inputs]
        died[name] = max(readers, default=len(names))
    size = {name: math.prod(network.SHAPES[name]) * item_size for name in names}
    offsets = {}
    for name in names:
        alive = sorted((offsets[o], offsets[o] + size[o]) for o in offsets if died[o] >= born[name])
        offset = 0
        for start, end in alive:
            if offset + size[name] <= start:
                break
            offset = max(offset, -(-end // ALIGNMENT) * ALIGNMENT)
        offsets[name] = offset
    return offsets, size, max(offsets[n] + size[n] for n in names)


def macc():
    """Multiplications of the convolutions and of the dense layer."""
    return sum(math.prod(network.SHAPES[layer][:-1]) * math.prod(network.KERNEL_SHAPES[layer]) for layer in network.WEIGHTED)


def float_text(value):
    text = f"{np.float32(value):.9g}"
    return (text if "." in text or "e" in text else text + ".0") + "F"


def wrapped(items):
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 120:
            lines.append(line)
            line = "   "
        line += " " + item + ","
    return "\n".join(lines + [line])


def weights_int8(q):
    """The weights as a C struct: biases first, which keeps them aligned."""
    members, values = [], []
    for layer in network.WEIGHTED:
        members.append(f"  int32_t {layer}_bias[{len(q.biases[layer])}];")
        values.append(f"    .{layer}_bias = {{\n{wrapped(map(str, q.biases[layer]))}\n    }},")
    for layer in network.WEIGHTED:
        members.append(f"  int8_t {layer}_kernel[{q.kernels[layer].size}];")
        values.append(f"    .{layer}_kernel = {{\n{wrapped(map(str, q.kernels[layer].ravel()))}\n    }},")
    return members, values


def weights_float32(data):
    members, values = [], []
    for layer in network.WEIGHTED:
        kernel = np.moveaxis(data[layer + "_kernel"], 0, -1)  # output channel last
        for part, array in (("bias", data[layer + "_bias"]), ("kernel", kernel)):
            members.append(f"  float {layer}_{part}[{array.size}];")
            values.append(f"    .{layer}_{part} = {{\n{wrapped(map(float_text, array.ravel()))}\n    }},")
    return members, values


def node_parameters(name, dtype, q):
    """C definition of what the kernel of a node needs, and its name; the softmax needs nothing."""
    relu = "true" if name in network.RELU else "false"
    if name in network.WEIGHTED:
        window = 0 if name == "dense" else 3
        places = f"offsetof(weights, {name}_kernel), offsetof(weights, {name}_bias)"
        tail = f"{window}, {window}, {relu}"
        if dtype == "float32":
            return f"static const nn_weighted_float32 {name} = {{{places}, {tail}}};\n"
        rescales = wrapped(f"{{{m}, {s}}}" for m, s in q.rescales[name])
        return (
            f"static const nn_rescale {name}_rescale[] = {{\n{rescales}\n}};\n"
            f"static const nn_weighted_int8 {name} = {{{places}, {name}_rescale, {tail}}};\n"
        )
    if name.startswith("pool"):
        return f"static const nn_pool {name} = {{2, 2}};\n"
    if name == "add":
        if dtype == "float32":
            return f"static const nn_add_float32_parameters {name} = {{{relu}}};\n"
        factors = [round(q.scales[i] / q.scales[name] * 2**20) for i in network.NODE_INPUTS[name]]
        return f"static const nn_add_int8_parameters {name} = {{{{{factors[0]}, {factors[1]}}}, {relu}}};\n"
    return ""


def tensor_text(name, dtype, offsets, sizes, q):
    place = {"input": "MODEL_INPUT", "softmax": "MODEL_OUTPUT"}.get(name, "MODEL_ACTIVATIONS")
    shape = network.SHAPES[name]
    quantization = f"1, &scales[{name.upper()}], &zero_points[{name.upper()}]" if dtype == "int8" else "0, NULL, NULL"
    return (
        f'    [{name.upper()}] = {{"{name}", {FORMATS[dtype]}, {sizes[name]}, {len(shape)}, {name}_shape, false, {place}, 0, '
        f"{offsets[name]},\n        {quantization}}},"
    )


def node_text(index, name, dtype):
    kind = name.split("_")[0]
    node_type = NODE_TYPES.get(kind) or ADD_TYPES[dtype]
    kernel = {"conv": "conv2d", "pool": "max_pool"}.get(kind, kind)
    parameters = "NULL" if name == "softmax" else "&" + name
    inputs = network.NODE_INPUTS[name]
    return (
        f"    {{0x{node_type:X}, {index}, nn_{kernel}_{dtype}, {parameters}, {len(inputs)}, {name}_inputs, 1, "
        f"&index_of[{name.upper()}]}},"
    )


def source(dtype, data, q):
    """The whole C file of one model."""
    offsets, sizes, total = plan_memory(ITEM_SIZES[dtype])
    members, values = weights_int8(q) if dtype == "int8" else weights_float32(data)
    names, nodes = list(network.SHAPES), list(network.NODE_INPUTS)
    digest = hashlib.md5("\n".join(values).encode()).hexdigest()
    join = "\n".join
    quantization = ""
    if dtype == "int8":
        quantization = (
            f"static const float scales[] = {{\n{wrapped(float_text(q.scales[n]) for n in names)}\n}};\n"
            f"static const int16_t zero_points[] = {{\n{wrapped(str(q.zero_points[n]) for n in names)}\n}};\n"
        )
    shapes = join(f"static const int32_t {n}_shape[] = {{{', '.join(map(str, network.SHAPES[n]))}}};" for n in names)
    inputs = join(
        f"static const int32_t {n}_inputs[] = {{{', '.join(i.upper() for i in network.NODE_INPUTS[n])}}};" for n in nodes
    )
    return f"""/* SPDX-License-Identifier: BSD-3-Clause */
/* The digits network in {dtype}. Written by generate.py from weights.npz; do not edit. */
/* clang-format off */
#include "nn.h"

typedef struct weights {{
{join(members)}
}} weights;

static const weights weight_values = {{
{join(values)}
}};

{"".join(node_parameters(n, dtype, q) for n in nodes)}
enum {{ {", ".join(n.upper() for n in names)} }};

{shapes}
{quantization}
static const model_tensor tensors[] = {{
{join(tensor_text(n, dtype, offsets, sizes, q) for n in names)}
}};

static const int32_t index_of[] = {{{", ".join(n.upper() for n in names)}}};
{inputs}
static const model_node nodes[] = {{
{join(node_text(i, n, dtype) for i, n in enumerate(nodes))}
}};

static const model_segment activations[] = {{{{{total}, NULL}}}};
static const model_segment weight_segments[] = {{{{sizeof(weights), &weight_values}}}};

extern const model_graph network_graph;
const model_graph network_graph = {{
    .name = "network",
    .hash = "0x{digest}",
    .model_datetime = "{MODEL_DATETIME}",
    .compile_datetime = "{COMPILE_DATETIME}",
    .macc = {macc()},
    .io_in_activations = true,
    .n_tensors = MODEL_COUNT(tensors),
    .tensors = tensors,
    .n_nodes = MODEL_COUNT(nodes),
    .nodes = nodes,
    .n_inputs = 1,
    .n_outputs = 1,
    .n_activations = MODEL_COUNT(activations),
    .activations = activations,
    .n_weights = MODEL_COUNT(weight_segments),
    .weights = weight_segments,
}};
"""


def write_all(files):
    """Writes contents by path; with --check only tells, by its result, whether the files are what would be written."""
    outdated = 0
    for path, content in files.items():
        if "--check" not in sys.argv:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            print(f"{path.name} is not what {pathlib.Path(sys.argv[0]).name} writes: run it again", file=sys.stderr)
            outdated = 1
    return outdated


def main():
    data = np.load(HERE / "weights.npz")
    q = Quantization(data)
    return write_all({HERE / f"digits_{dtype}.c": source(dtype, data, q).encode() for dtype in FORMATS})


if __name__ == "__main__":
    sys.exit(main())
