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

FLOAT32, FLOAT16, INT32, INT64, STRING, BOOL, INT8, RESOURCE, INT4, BFLOAT16 = 0, 1, 2, 4, 5, 6, 9, 13, 17, 18
ADD, CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, FULLY_CONNECTED, MUL, RELU, RESHAPE = 0, 3, 4, 6, 9, 18, 19, 22
SVDF, CUSTOM, LSTM, BIDIRECTIONAL_RNN, BIDIRECTIONAL_LSTM, TRANSPOSE_CONV, BATCH_MATMUL = 27, 32, 44, 46, 52, 67, 126
GATHER, STRIDED_SLICE, CAST, LESS, NEG, SLICE, GREATER, SHAPE = 36, 45, 53, 58, 59, 65, 61, 77
PACK, SPLIT_V, WHERE, ELU, IF, WHILE, CALL_ONCE = 83, 102, 109, 111, 118, 119, 129
VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE = 142, 143, 144


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


def operator(code, inputs, outputs, options=None, custom=None):
    fields = {0: fb.uint32(code), 1: fb.numbers("i", inputs), 2: fb.numbers("i", outputs)}
    if options:
        fields[3], fields[4] = fb.uint8(options[0]), options[1]
    if custom:
        fields[5] = fb.Bytes(custom)
    return fb.Table(fields)


def graph(tensors, inputs, outputs, operators):
    return fb.Table({0: fb.Vector(tensors), 1: fb.numbers("i", inputs), 2: fb.numbers("i", outputs), 3: fb.Vector(operators)})


def model(tensors, inputs, outputs, operators, codes, buffers=(), signatures=None, custom=None, more_graphs=()):
    tables = [fb.Table({0: fb.int8(min(code, 127)), 2: fb.int32(1), 3: fb.int32(code)}) for code in codes]
    if custom:
        tables.append(fb.Table({0: fb.int8(CUSTOM), 1: fb.Text(custom), 2: fb.int32(1), 3: fb.int32(CUSTOM)}))
    stored = [fb.Table({})] + [fb.Table({0: fb.Bytes(b, alignment=16)}) for b in buffers]
    graphs = [graph(tensors, inputs, outputs, operators), *more_graphs]
    root = {0: fb.uint32(3), 1: fb.Vector(tables), 2: fb.Vector(graphs), 4: fb.Vector(stored)}
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


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def weights(n, form="f"):
    """Numbers that look like weights, always the same."""
    return struct.pack(f"<{n}{form}", *(((7 * i + 3) % 19 - 9) / 8 for i in range(n)))


def half_weights():
    """Two layers whose float16 weights are behind a DEQUANTIZE each."""
    options = (8, fb.Table({}))
    tensors = [tensor("x", [1, 4]), tensor("w16", [3, 4], FLOAT16, 1), tensor("w", [3, 4]), tensor("y", [1, 3]),
               tensor("v16", [2, 3], FLOAT16, 2), tensor("v", [2, 3]), tensor("z", [1, 2])]
    operators = [operator(0, [1], [2]), operator(1, [0, 2, -1], [3], options), operator(0, [4], [5]),
                 operator(1, [3, 5, -1], [6], options)]
    return model(tensors, [0], [6], operators, [DEQUANTIZE, FULLY_CONNECTED], [weights(12, "e"), weights(6, "e")])


def free_batch():
    """A Reshape whose shape is computed while running, as converters write it for a batch of any size, and a layer behind."""
    whole = [struct.pack("<i", i) for i in (0, 1, 1, 2, 4)]
    free = {"signature": [-1, 8]}
    tensors = [tensor("x", [1, 8], **free), tensor("shape", [2], INT32), tensor("begin", [1], INT32, 1),
               tensor("end", [1], INT32, 2), tensor("step", [1], INT32, 3), tensor("batch", [], INT32),
               tensor("two", [], INT32, 4), tensor("four", [], INT32, 5), tensor("new", [3], INT32),
               tensor("r", [1, 2, 4], signature=[-1, 2, 4]), tensor("y", [1, 2, 4], signature=[-1, 2, 4]), tensor("n", [1, 8], **free)]
    slice_options = (32, fb.Table({4: fb.int32(1)}))
    operators = [operator(5, [0], [11]), operator(0, [11], [1], (55, fb.Table({0: fb.int8(INT32)}))),
                 operator(1, [1, 2, 3, 4], [5], slice_options),
                 operator(2, [5, 6, 7], [8], (59, fb.Table({0: fb.int32(3)}))), operator(3, [11, 8], [9]), operator(4, [9], [10])]
    codes = [SHAPE, STRIDED_SLICE, PACK, RESHAPE, RELU, NEG]
    return model(tensors, [0], [10, 9], operators, codes, whole)


def svdf():
    """A state of 5 steps in a variable tensor."""
    tensors = [tensor("x", [1, 4]), tensor("wf", [6, 4], buffer=1), tensor("wt", [6, 5], buffer=2), tensor("b", [6], buffer=3),
               tensor("state", [1, 30], variable=True), tensor("y", [1, 6])]
    operators = [operator(0, [0, 1, 2, 3, 4], [5], (6, fb.Table({0: fb.int32(1)})))]
    return model(tensors, [0], [5], operators, [SVDF], [weights(24), weights(30), floats(*[0] * 6)])


def lstm():
    """A fused LSTM of 3 steps, whose states are variable tensors."""
    cells, steps, width = 4, 3, 2
    tensors = [tensor("x", [1, steps, width])]
    tensors += [tensor(f"w{i}", [cells, width], buffer=1) for i in range(4)]
    tensors += [tensor(f"r{i}", [cells, cells], buffer=2) for i in range(4)]
    tensors += [tensor(f"b{i}", [cells], buffer=3) for i in range(4)]
    tensors += [tensor("h", [1, cells], variable=True), tensor("c", [1, cells], variable=True), tensor("y", [1, steps, cells])]
    inputs = [0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -1, -1, 9, 10, 11, 12, -1, -1, 13, 14, -1, -1, -1, -1]
    options = (71, fb.Table({0: fb.int8(4), 3: fb.uint8(0)}))
    return model(tensors, [0], [15], [operator(0, inputs, [15], options)], [LSTM],
                 [weights(cells * width), weights(cells * cells), weights(cells)])


def resource():
    """y = v + x, v = y; v begins as 10, which a graph of its own sets."""
    handle, call = (111, fb.Table({0: fb.Text(""), 1: fb.Text("v")})), (103, fb.Table({0: fb.int32(1)}))
    read, assign = (112, fb.Table({})), (113, fb.Table({}))
    first = graph([tensor("h", [1], RESOURCE), tensor("c", [1, 4], buffer=1)], [], [],
                  [operator(0, [], [0], handle), operator(2, [0, 1], [], assign)])
    tensors = [tensor("x", [1, 4]), tensor("h", [1], RESOURCE), tensor("v", [1, 4]), tensor("y", [1, 4])]
    operators = [operator(4, [], [], call), operator(0, [], [1], handle), operator(1, [1], [2], read),
                 operator(3, [2, 0], [3], ADD_OPTIONS), operator(2, [1, 3], [], assign)]
    codes = [VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, ADD, CALL_ONCE]
    return model(tensors, [0], [3], operators, codes, [floats(10, 10, 10, 10)], more_graphs=[first])


def branches():
    """relu(x) or -x, as a bool says."""
    one = [graph([tensor("x", [1, 4]), tensor("y", [1, 4])], [0], [1], [operator(code, [0], [1])]) for code in (1, 2)]
    tensors = [tensor("x", [1, 4]), tensor("c", [1], BOOL), tensor("y", [1, 4])]
    return model(tensors, [0, 1], [2], [operator(0, [1, 0], [2], (92, fb.Table({0: fb.int32(1), 1: fb.int32(2)})))],
                 [IF, RELU, NEG], more_graphs=one)


def where(outputs):
    """Where x is above zero: a tensor whose size depends on values, its shape, and relu(x)."""
    tensors = [tensor("x", [1, 4]), tensor("zero", [1], buffer=1), tensor("above", [1, 4], BOOL),
               tensor("where", [1, 2], INT64, signature=[-1, 2]), tensor("y", [1, 4])]
    operators = [operator(0, [0, 1], [2]), operator(1, [2], [3]), operator(2, [0], [4])]
    return model(tensors, [0], outputs, operators, [GREATER, WHERE, RELU], [floats(0)])


def cast(kind, back=FLOAT32):
    """From one type to another."""
    tensors = [tensor("x", [1, 3], kind), tensor("y", [1, 3], back)]
    return model(tensors, [0], [1], [operator(0, [0], [1], (37, fb.Table({0: fb.int8(kind), 1: fb.int8(back)})))], [CAST])


def half_bytes():
    """An odd number of them, in another shape."""
    return model([tensor("x", [1, 3], INT4), tensor("y", [1, 3, 1], INT4)], [0], [1],
                 [operator(0, [0], [1], (17, fb.Table({0: fb.numbers("i", [1, 3, 1])})))], [RESHAPE])


def counter():
    """Adds 1 to x as long as it is less than a limit."""
    both = [tensor("v", [1]), tensor("limit", [1])]
    condition = graph([*both, tensor("less", [1], BOOL)], [0, 1], [2], [operator(1, [0, 1], [2])])
    body = graph([*both, tensor("one", [1], buffer=1), tensor("next", [1])], [0, 1], [3, 1], [operator(2, [0, 2], [3], ADD_OPTIONS)])
    tensors = [tensor("x", [1]), tensor("limit", [1]), tensor("y", [1]), tensor("z", [1])]
    loop = operator(0, [0, 1], [2, 3], (93, fb.Table({0: fb.int32(1), 1: fb.int32(2)})))
    return model(tensors, [0, 1], [2], [loop], [WHILE, LESS, ADD], [floats(1)], more_graphs=[condition, body])


def blockwise():
    """int8 whose scales are told in a way of its own."""
    quantization = fb.Table({4: fb.uint8(2), 5: fb.Table({0: fb.int32(0), 2: fb.int32(32)})})
    fields = {0: fb.numbers("i", [1, 4]), 1: fb.int8(INT8), 2: fb.uint32(0), 3: fb.Text("x"), 4: quantization}
    return model([fb.Table(fields), tensor("y", [1, 2, 2], INT8)], [0], [1],
                 [operator(0, [0], [1], (17, fb.Table({0: fb.numbers("i", [1, 2, 2])})))], [RESHAPE])


def delegate_only():
    """A transposed convolution that only the delegate XNNPACK has, and a negation."""
    tensors = [tensor("x", [1, 4, 4, 1]), tensor("w", [1, 2, 2, 1], buffer=1), tensor("b", [1], buffer=2),
               tensor("y", [1, 8, 8, 1]), tensor("z", [1, 8, 8, 1])]
    same_padding, stride = 1, 2
    operators = [operator(1, [0, 1, 2], [3], custom=struct.pack("<4i", same_padding, stride, stride, 0)), operator(0, [3], [4])]
    return model(tensors, [0], [4], operators, [NEG], [weights(4), floats(0.5)], custom="Convolution2DTransposeBias")


def borders():
    """Outputs that no operator computes (an input, a constant), one that is computed from shapes alone, and names that are missing."""
    tensors = [tensor("", [1, 4]), tensor("", [1, 4]), tensor("", [1, 4]), tensor("", [1, 3], buffer=1), tensor("", [2], INT32),
               tensor("", [1, 4])]
    operators = [operator(0, [0, 1], [2], ADD_OPTIONS), operator(1, [2], [4], (55, fb.Table({0: fb.int8(INT32)}))),
                 operator(2, [2], [5])]
    return model(tensors, [0, 1], [1, 3, 4, 5, 5], operators, [ADD, SHAPE, RELU], [floats(7, 8, 9)])


def narrow(axis):
    """A per-channel bias whose quantized dimension may not exist."""
    def quantized(name, shape, kind, scales, buffer=0, axis=0):
        table = fb.Table({2: fb.numbers("f", scales), 3: fb.numbers("q", [0] * len(scales)), 6: fb.int32(axis)})
        return fb.Table({0: fb.numbers("i", shape), 1: fb.int8(kind), 2: fb.uint32(buffer), 3: fb.Text(name), 4: table})

    tensors = [quantized("x", [1, 4], INT8, [0.1]), quantized("w", [3, 4], INT8, [0.1] * 3, 1),
               quantized("b", [3], INT32, [0.01] * 3, 2, axis), quantized("y", [1, 3], INT8, [0.5])]
    content = [struct.pack("12b", *range(-6, 6)), struct.pack("<3i", 100, 0, -100)]
    return model(tensors, [0], [3], [operator(0, [0, 1, 2], [3], (8, fb.Table({})))], [FULLY_CONNECTED], content)


def again(kind, times=20_000):
    """A file in which one part (a tensor with many scales or a long name, an operator, a graph) is named many times."""
    quantization = fb.Table({2: fb.numbers("f", [1] * times)}) if kind == "scales" else None
    fields = {0: fb.numbers("i", [1, 4]), 3: fb.Text("x" * times if kind == "names" else "x")}
    if quantization:
        fields[4] = quantization
    many = {"scales": 1, "names": 1, "operators": 3, "graphs": 2}[kind]  # the list of tables that is the long one
    first = model([fb.Table(fields)], [0], [0], [operator(0, [0] * (times if kind == "operators" else 1), [0])], [RELU])
    out = bytearray(first)
    # Follow root, model, and where it is needed the graph to the list; a new and longer one begins with the old file's only item.
    table = struct.unpack_from("<I", out, 0)[0]

    def field(table, slot):
        fields_at = table - struct.unpack_from("<i", out, table)[0]
        return table + struct.unpack_from("<H", out, fields_at + 4 + 2 * slot)[0]

    def follow(place):
        return place + struct.unpack_from("<I", out, place)[0]

    place = field(table, 2)
    if kind != "graphs":
        place = field(follow(follow(place) + 4), 0 if many == 1 else many)
    return bytes(repeated(out, place, follow, times))


def repeated(out, place, follow, times):
    """References only lead forward: what the list at `place` has is moved behind a longer list, with all that it leads to."""
    item = follow(follow(place) + 4)
    tail = bytes(out)
    start = len(out)
    out += struct.pack("<I", times)
    behind = start + 4 + 4 * times
    behind += -behind % 16
    for i in range(times):
        at = start + 4 + 4 * i
        out += struct.pack("<I", behind + item - at)
    out += b"\0" * (behind - len(out)) + tail
    struct.pack_into("<I", out, place, start - place)
    return out


def gather():
    """Negated rows of a table: fails for numbers of rows that are not there."""
    tensors = [tensor("table", [3, 2], buffer=1), tensor("rows", [2], INT32), tensor("y", [2, 2]), tensor("z", [2, 2])]
    return model(tensors, [1], [3], [operator(0, [0, 1], [2]), operator(1, [2], [3])], [GATHER, NEG], [floats(*range(1, 7))])


def empty_inside():
    """A slice of nothing, which nobody reads, and a negation."""
    tensors = [tensor("x", [1, 4]), tensor("begin", [2], INT32, 1), tensor("size", [2], INT32, 2), tensor("e", [1, 0]), tensor("y", [1, 4])]
    return model(tensors, [0], [4], [operator(0, [0, 1, 2], [3]), operator(1, [0], [4])], [SLICE, NEG],
                 [struct.pack("<2i", 0, 0), struct.pack("<2i", 1, 0)])


def products(rounded):
    """One operator with weights each. The largest of two output channels are 127 and 254: others are rounded to 1 and to 2."""
    one, two = (1, 2) if rounded else (1.4, 1.4)
    rows, columns = (127, one, 254, two), (127, 254, one, two)
    kinds = {
        "fully_connected": (FULLY_CONNECTED, (8, {}), [1, 2], [2, 2], rows),
        "matmul": (BATCH_MATMUL, (101, {}), [1, 2], [2, 2], columns),
        "transposed_matmul": (BATCH_MATMUL, (101, {1: fb.uint8(1)}), [1, 2], [2, 2], rows),
        "conv": (CONV_2D, (1, {0: fb.int8(1), 1: fb.int32(1), 2: fb.int32(1)}), [1, 1, 1, 2], [2, 1, 1, 2], rows),
        "depthwise": (DEPTHWISE_CONV_2D, (2, {0: fb.int8(1), 1: fb.int32(1), 2: fb.int32(1), 3: fb.int32(1)}), [1, 2, 1, 2],
                      [1, 2, 1, 2], columns),
        "transposed_conv": (TRANSPOSE_CONV, (49, {0: fb.int8(1), 1: fb.int32(1), 2: fb.int32(1)}), [1, 1, 1, 2], [2, 1, 1, 2], rows),
    }
    models = {}
    for name, (code, (options, fields), x, w, values) in kinds.items():
        y = [1] * (len(x) - 1) + [2]
        tensors = [tensor("x", x), tensor("w", w, buffer=1), tensor("b", [2], buffer=2), tensor("size", [4], INT32, buffer=3), tensor("y", y)]
        inputs = {BATCH_MATMUL: [0, 1], TRANSPOSE_CONV: [3, 1, 0]}.get(code, [0, 1, 2])
        models[f"{name}{'_rounded' if rounded else ''}"] = model(
            tensors, [0], [4], [operator(0, inputs, [4], (options, fb.Table(fields)))], [code],
            [floats(*values), floats(0.5, 0.25), struct.pack("<4i", 1, 1, 1, 2)])
    # All weights of these are the same ones, also those of a second input.
    tensors = [tensor("x", [1, 1, 2]), tensor("w", [2, 2], buffer=1), tensor("b", [2], buffer=2), tensor("forward", [1, 1, 2]),
               tensor("backward", [1, 1, 2]), *(tensor(f"state{i}", [1, 2], variable=True) for i in range(4))]
    x, w, b, none = 0, 1, 2, -1
    direction = [w] * 8 + [none] * 3 + [b] * 4 + [none] * 2
    kinds = {
        "rnn": (BIDIRECTIONAL_RNN, (70, {0: fb.uint8(0)}), [x, w, w, b, 5, w, w, b, 6, x, w, w]),
        "lstm": (BIDIRECTIONAL_LSTM, (69, {0: fb.int8(4), 4: fb.uint8(0)}), [x, *direction, *direction, 5, 6, 7, 8, x, *[w] * 8]),
    }
    for name, (code, (options, fields), inputs) in kinds.items():
        models[f"bidirectional_{name}{'_rounded' if rounded else ''}"] = model(
            tensors, [0], [3, 4], [operator(0, inputs, [3, 4], (options, fb.Table(fields)))], [code],
            [floats(*rows), floats(0.5, 0.25)])
    return models


def tied(how):
    """A layer whose weights are a factor too: of the same graph, of a branch (the buffer is the same), or they are an output."""
    options, multiplies = (8, fb.Table({})), (21, fb.Table({}))
    tensors = [tensor("x", [2, 2]), tensor("w", [2, 2], buffer=1), tensor("y", [2, 2]), tensor("z", [2, 2]), tensor("c", [1], BOOL, buffer=2)]
    first = operator(0, [0, 1, -1], [2], options)
    branch = graph([tensor("y", [2, 2]), tensor("v", [2, 2], buffer=1), tensor("z", [2, 2])], [0], [2], [operator(1, [0, 1], [2], multiplies)])
    chosen = operator(2, [4, 2], [3], (92, fb.Table({0: fb.int32(1), 1: fb.int32(1)})))
    second = {"factor": operator(1, [2, 1], [3], multiplies), "branch": chosen, "output": operator(1, [2, 2], [3], multiplies)}[how]
    return model(tensors, [0], [3, 1] if how == "output" else [3], [first, second], [FULLY_CONNECTED, MUL, IF],
                 [floats(1, 0.3, 0.2, 1), b"\1"], more_graphs=[branch])


def shaped_by_constant():
    """A Reshape whose shape is computed from a constant, with an operator behind."""
    tensors = [tensor("x", [1, 4]), tensor("c", [2], INT64, buffer=1), tensor("shape", [2], INT32), tensor("r", [2, 2]), tensor("y", [2, 2])]
    cast = (37, fb.Table({0: fb.int8(INT64), 1: fb.int8(INT32)}))
    operators = [operator(0, [1], [2], cast), operator(1, [0, 2], [3]), operator(2, [3], [4])]
    return model(tensors, [0], [4], operators, [CAST, RESHAPE, NEG], [struct.pack("<2q", 2, 2)])


def split(negates):
    """In nothing and all, which may be negated."""
    tensors = [tensor("x", [1, 4]), tensor("sizes", [2], INT32, buffer=1), tensor("axis", [], INT32, buffer=2), tensor("nothing", [1, 0]),
               tensor("all", [1, 4]), tensor("y", [1, 4])]
    operators = [operator(0, [0, 1, 2], [3, 4], (79, fb.Table({0: fb.int32(2)}))), operator(1, [4], [5])]
    return model(tensors, [0], [5] if negates else [4], operators[:1 + negates], [SPLIT_V, NEG], [struct.pack("<2i", 0, 4), struct.pack("<i", 1)])


def in_place():
    """Operators that may write where they read, and all that they write are outputs."""
    tensors = [tensor(n, [1, 4]) for n in ("x", "a", "b", "c")] + [tensor("d", [2, 2])]
    operators = [operator(0, [0], [1]), operator(1, [1, 1], [2], ADD_OPTIONS), operator(1, [2, 1], [3], ADD_OPTIONS),
                 operator(2, [3], [4], (17, fb.Table({0: fb.numbers("i", [2, 2])})))]
    return model(tensors, [0], [4, 2, 1, 3], operators, [RELU, ADD, RESHAPE])


def around():
    """Operators before and behind a branch and a loop."""
    double, negate = (graph([tensor("x", [1, 4]), tensor("y", [1, 4])], [0], [1], [op])
                      for op in (operator(4, [0, 0], [1], ADD_OPTIONS), operator(1, [0], [1])))
    both = [tensor("v", [1, 4]), tensor("n", [1])]
    condition = graph([*both, tensor("limit", [1], buffer=1), tensor("less", [1], BOOL)], [0, 1], [3], [operator(5, [1, 2], [3])])
    body = graph([*both, tensor("one", [1], buffer=2), tensor("w", [1, 4]), tensor("next", [1])], [0, 1], [3, 4],
                 [operator(4, [0, 0], [3], ADD_OPTIONS), operator(4, [1, 2], [4], ADD_OPTIONS)])
    tensors = [tensor("x", [1, 4]), tensor("c", [1], BOOL), tensor("zero", [1], buffer=3), *(tensor(n, [1, 4]) for n in "abde"), tensor("f", [1])]
    operators = [operator(0, [0], [3]), operator(2, [1, 3], [4], (92, fb.Table({0: fb.int32(1), 1: fb.int32(2)}))),
                 operator(3, [4, 2], [5, 7], (93, fb.Table({0: fb.int32(3), 1: fb.int32(4)}))), operator(1, [5], [6])]
    return model(tensors, [0, 1], [6], operators, [RELU, NEG, IF, WHILE, ADD, LESS], [floats(3), floats(1), floats(0)],
                 more_graphs=[double, negate, condition, body])


def fixed_inside():
    """A chain whose input may be resized, though the file says so of no other tensor."""
    tensors = [tensor("x", [1, 1], signature=[-1, -1]), tensor("y", [1, 1]), tensor("z", [1, 1])]
    return model(tensors, [0], [2], [operator(0, [0], [1]), operator(1, [1], [2])], [RELU, NEG])


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
    models |= {
        "half_weights": half_weights(), "free_batch": free_batch(), "svdf": svdf(), "lstm": lstm(), "resource": resource(),
        "branches": branches(), "where": where([3]), "where_inside": where([4]), "delegate_only": delegate_only(),
        "counter": counter(), "half_bytes": half_bytes(), "blockwise": blockwise(), "from_int4": cast(INT4), "to_int4": cast(FLOAT32, INT4),
        "from_bfloat16": cast(BFLOAT16), "to_bfloat16": cast(FLOAT32, BFLOAT16),
        "borders": borders(), "per_channel": narrow(0), "no_such_axis": narrow(3), "empty": model([tensor("x", [1, 4])], [0], [0], [], []),
        "gather": gather(), "empty_inside": empty_inside(), "empty_input": chain([1, 0]),
        "elu": model([tensor("x", [1, 4]), tensor("y", [1, 4])], [0], [1], [operator(0, [0], [1])], [ELU]),
        "free_two": model([tensor(n, [1, 4], signature=[-1, 4]) for n in "abs"], [0, 1], [2],
                          [operator(0, [0, 1], [2], ADD_OPTIONS)], [ADD]),
    }
    models |= products(False) | products(True) | {f"tied_{how}": tied(how) for how in ("factor", "branch", "output")}
    models |= {"shaped_by_constant": shaped_by_constant(), "fixed_inside": fixed_inside(), "split": split(True), "split_only": split(False), "in_place": in_place(), "around": around()}
    models |= {f"again_{kind}": again(kind) for kind in ("scales", "names", "operators", "graphs")}
    for name, content in models.items():
        (folder / f"{name}.tflite").write_bytes(content)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
