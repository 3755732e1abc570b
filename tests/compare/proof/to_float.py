# SPDX-License-Identifier: BSD-3-Clause
"""A float32 network that quantizes to a given int8 one: weights are dequantized, with what rounding took away drawn from a seed.

Makers ship some networks in int8 only. What they were made of had weights anywhere within half a step of these."""
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from litert_file import File, name_of


def _dequantized(file, index, rng):
    values = file.constant(index).astype(np.float64)
    scale, zero = file.scale(index)
    axis = file.tensors[index].quantization.quantizedDimension
    shape = [1] * values.ndim
    shape[axis] = -1
    scales, zeros = (scale.reshape(shape), zero.reshape(shape)) if len(scale) > 1 else (scale[0], zero[0])
    if values.ndim > 1:  # weights; biases are stored finely enough
        lost = rng.uniform(-0.5, 0.5, values.shape)
        extreme = np.abs(values - zeros) >= 127  # they set the scale
        values = values + np.where(extreme, 0, lost)
    return ((values - zeros) * scales).astype(np.float32)


def to_float(data, seed=1):
    file, rng = File(data), np.random.default_rng(seed)
    same = {}  # QUANTIZE and DEQUANTIZE at the border go: their output is their input
    kept = []
    for operator in file.operators:
        if file.op(operator) in ("QUANTIZE", "DEQUANTIZE"):
            same[operator.outputs[0]] = same.get(operator.inputs[0], operator.inputs[0])
        else:
            operator.inputs = np.array([same.get(i, i) for i in operator.inputs], np.int32)
            kept.append(operator)
    file.graph.operators = kept
    file.graph.outputs = np.array([same.get(i, i) for i in file.graph.outputs], np.int32)
    for index, tensor in enumerate(file.tensors):
        if file.scale(index)[0] is not None:
            if file.constant(index) is not None:
                file.set_constant(index, _dequantized(file, index, rng))
            tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
    file.model.signatureDefs = []
    return file.data()


def to_float16(data):
    """The weights of a float32 network in float16, each behind a DEQUANTIZE."""
    file = File(data)
    made = {}
    for operator in [operator for operator in file.operators if file.op(operator) in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")]:
        index = int(operator.inputs[1])
        if file.constant(index) is not None and index not in made:
            made[index] = file.add_tensor(index, file.shape(index), name_of(file, index) + "/float32")
            file.set_constant(index, file.constant(index).astype(np.float16))
            dequantize = schema.OperatorT()
            dequantize.opcodeIndex = file.opcode("DEQUANTIZE")
            dequantize.inputs, dequantize.outputs = np.array([index], np.int32), np.array([made[index]], np.int32)
            file.operators.insert(0, dequantize)
        if index in made:
            operator.inputs = np.array([operator.inputs[0], made[index], *operator.inputs[2:]], np.int32)
    return file.data()


def unfold_float16(data):
    """The same network with its float16 weights as float32 constants."""
    file = File(data)
    kept = []
    for operator in file.operators:
        values = file.constant(operator.inputs[0])
        if file.op(operator) == "DEQUANTIZE" and values is not None and values.dtype == np.float16:
            file.set_constant(int(operator.outputs[0]), values.astype(np.float32))
        else:
            kept.append(operator)
    file.graph.operators = kept
    return file.data()
