# SPDX-License-Identifier: BSD-3-Clause
"""A host library of an int8 .tflite network: its graph and weights as C, behind the st-ai adapter of the examples."""
import os
import subprocess

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from litert_file import File, name_of

_TYPES = {"CONV_2D": 0x103, "DEPTHWISE_CONV_2D": 0x103, "FULLY_CONNECTED": 0x104, "AVERAGE_POOL_2D": 0x10B, "RESHAPE": 0x10E, "SOFTMAX": 0x10C}
_KERNELS = {"CONV_2D": "window", "DEPTHWISE_CONV_2D": "window", "FULLY_CONNECTED": "dense", "AVERAGE_POOL_2D": "average", "RESHAPE": "copy",
            "SOFTMAX": "softmax"}


def nodes(file):
    """The operators that become nodes; QUANTIZE and DEQUANTIZE at the border do not. A ValueError names one that has no kernel."""
    chosen = [operator for operator in file.operators if file.op(operator) not in ("QUANTIZE", "DEQUANTIZE")]
    for operator in chosen:
        if file.op(operator) not in _KERNELS:
            raise ValueError(f"no kernel for {file.op(operator)}")
    return chosen


def edges(file):
    """As the adapter names nodes: name, inputs, outputs."""
    return [(f"ai_node_{i}", list(operator.inputs), list(operator.outputs)) for i, operator in enumerate(nodes(file))]


def node_names(file, tensors):
    """Names of the nodes that make these tensors."""
    return {f"ai_node_{i}" for i, operator in enumerate(nodes(file)) if name_of(file, int(operator.outputs[0])) in tensors}


def _list(values):
    return "{" + ", ".join(repr(value) for value in np.asarray(values).reshape(-1).tolist()) + "}"


def _limits(file, options, output):
    scale, zero = (values[0] for values in file.scale(output))
    kind = options.fusedActivationFunction
    low = int(zero) if kind != schema.ActivationFunctionType.NONE else -128
    high = min(127, int(np.rint(6 / scale)) + int(zero)) if kind == schema.ActivationFunctionType.RELU6 else 127
    return max(low, -128), high


def _parameters(file, index, operator):
    op, options, output = file.op(operator), operator.builtinOptions, int(operator.outputs[0])
    if op not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "AVERAGE_POOL_2D"):
        return ""
    low, high = _limits(file, options, output)
    if op == "AVERAGE_POOL_2D":
        return (f"static const window parameters_{index} = {{.height = {options.filterHeight}, .width = {options.filterWidth}, "
                f".stride_y = {options.strideH}, .stride_x = {options.strideW}, .low = {low}, .high = {high}}};\n")
    weights, bias = file.constant(operator.inputs[1]), file.constant(operator.inputs[2])
    if op == "DEPTHWISE_CONV_2D":
        weights = weights.transpose(3, 1, 2, 0)
    scales = np.broadcast_to(file.scale(int(operator.inputs[1]))[0].astype(np.float64), (len(weights),))
    factors = scales * float(file.scale(int(operator.inputs[0]))[0][0]) / float(file.scale(output)[0][0])
    window = ""
    if op != "FULLY_CONNECTED":
        size, kernel, stride = file.shape(operator.inputs[0])[1:3], weights.shape[1:3], (options.strideH, options.strideW)
        same = options.padding == schema.Padding.SAME
        top, left = (max((-(-n // s) - 1) * s + k - n, 0) // 2 if same else 0 for n, k, s in zip(size, kernel, stride))
        window = (f".height = {kernel[0]}, .width = {kernel[1]}, .stride_y = {stride[0]}, .stride_x = {stride[1]}, "
                  f".top = {top}, .left = {left}, .depthwise = {int(op != 'CONV_2D')}, ")
    return (f"static const int8_t weights_{index}[] = {_list(weights)};\n"
            f"static const int32_t bias_{index}[] = {_list(bias)};\n"
            f"static const double factors_{index}[] = {_list(factors)};\nstatic const window parameters_{index} = "
            f"{{weights_{index}, bias_{index}, factors_{index}, {window}.low = {low}, .high = {high}}};\n")


def source(file):
    chosen = nodes(file)
    first, last = int(chosen[0].inputs[0]), int(chosen[-1].outputs[0])
    tensors = [first] + [int(operator.outputs[0]) for operator in chosen]
    place = {first: "MODEL_INPUT", last: "MODEL_OUTPUT"}
    text, rows, offset = "", [], 0
    for i, tensor in enumerate(tensors):
        shape, (scale, zero) = file.shape(tensor), file.scale(tensor)
        size = int(np.prod(shape))
        text += f"static const int32_t shape_{i}[] = {_list(shape)};\nstatic const float scale_{i}[] = {_list(scale[:1])};\n"
        text += f"static const int16_t zero_{i}[] = {_list(zero[:1])};\n"
        kind = place.get(tensor, "MODEL_ACTIVATIONS")
        rows.append(f'{{"t{i}", ST_FORMAT_S8, {size}, {len(shape)}, shape_{i}, false, {kind}, 0, {offset}, 1, scale_{i}, zero_{i}}}')
        offset += -(-size // 16) * 16
    steps = []
    for i, operator in enumerate(chosen):
        text += _parameters(file, i, operator)
        pointer = f"&parameters_{i}" if f"parameters_{i} " in text else "NULL"
        entry = tensors.index(int(operator.inputs[0]))
        op = file.op(operator)
        steps.append(f"{{{_TYPES[op]:#x}, {i}, run_{_KERNELS[op]}, {pointer}, 1, &index_of[{entry}], 1, &index_of[{i + 1}]}}")
    return f"""#include "public_kernels.h"
{text}
static const model_tensor tensors[] = {{{", ".join(rows)}}};
static const int32_t index_of[] = {_list(range(len(tensors)))};
static const model_node nodes[] = {{{", ".join(steps)}}};
static const model_segment activations[] = {{{{{offset}, NULL}}}};
extern const model_graph network_graph;
const model_graph network_graph = {{.name = "network", .hash = "0x0", .model_datetime = "2026-11-26T00:00:00+0000",
  .compile_datetime = "Nov 26 2026 00:00:00",
  .io_in_activations = true, .n_tensors = MODEL_COUNT(tensors), .tensors = tensors, .n_nodes = MODEL_COUNT(nodes), .nodes = nodes, .n_inputs = 1,
  .n_outputs = 1, .n_activations = 1, .activations = activations}};
"""


def build(data, folder):
    """The folder of the library, as ST's tool leaves it."""
    root = os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], "examples", "models")
    code = os.path.join(folder, "network.c")
    with open(code, "w", encoding="utf-8") as out:
        out.write(source(File(data)))
    includes = [os.path.join(root, name) for name in ("graph", "host")] + [os.path.dirname(os.path.abspath(__file__))]
    includes.append(os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], "backends", "stlib", "abi"))
    sources = [code] + [os.path.join(root, name) for name in ("graph/model_graph.c", "host/stai_library.c", "host/stai_tables.c")]
    subprocess.run(["gcc", "-std=c99", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-D_POSIX_C_SOURCE=200809L",
                    *("-I" + path for path in includes), *sources, "-o", os.path.join(folder, "libai_network.so"), "-lm"], check=True)
    return folder
