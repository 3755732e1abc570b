# SPDX-License-Identifier: BSD-3-Clause
"""Plants faults in the layers of a .tflite file."""
import copy

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from faults import KINDS, SCALES, Planted, changed_weights
from litert_file import File, name_of

_CHANNELS_AT = {"CONV_2D": 0, "FULLY_CONNECTED": 0, "DEPTHWISE_CONV_2D": 3}
_TO_OIHW = {"CONV_2D": (0, 3, 1, 2), "FULLY_CONNECTED": (0, 1), "DEPTHWISE_CONV_2D": (3, 0, 1, 2)}
_SAME_SCALE = {"RESHAPE", "MAX_POOL_2D", "AVERAGE_POOL_2D", "PAD"}  # their outputs are quantized as their inputs are
_NONE, _RELU, _RELU6 = (getattr(schema.ActivationFunctionType, name) for name in ("NONE", "RELU", "RELU6"))


class Litert:
    def __init__(self, data, shapes=None):
        self.file = File(data)
        self.layers = [i for i, operator in enumerate(self.file.operators) if self.file.op(operator) in (*_CHANNELS_AT, "ADD")]

    def kinds(self, layer):
        """Those that may apply; plant() tells."""
        if self.file.op(self.file.operators[layer]) == "ADD":
            return ["skip connection", "activation lost", "activation added"]
        return [kind for kind in KINDS if kind != "skip connection"]

    def plant(self, layer, kind, rng):
        """The faulty deployment, None where there can be no such fault in this layer."""
        file = self.file.copy()
        operator = file.operators[layer]
        plant = {"channels swapped": _swap, "bias lost": _lose_bias, "zero point": _shift_zero_point, "padding": _shift_padding,
                 "skip connection": _exchange_operand}.get(kind)
        if plant is None and kind.startswith("activation"):
            plant = _change_activation
        if not (plant or _change_weights)(file, operator, kind, rng):
            return None
        output = int(operator.outputs[0])
        touched = {name_of(file, output)}
        if kind.startswith("activation"):  # of its own in the reference, it may be taken to what reads it
            touched |= {name_of(file, int(other.outputs[0])) for other in file.operators if output in list(other.inputs)}
        return Planted(kind, name_of(file, output), file.data(), touched, output, output)

    @staticmethod
    def edges(data):
        """Nodes as airunner names them: name, inputs, outputs."""
        file = File(data)
        return [(name_of(file, int(operator.outputs[0])), list(operator.inputs), list(operator.outputs)) for operator in file.operators]


    @staticmethod
    def real(data, tensor, stored):
        """What was stored as real numbers, and the step of that type: None where it is a float."""
        scale, zero = File(data).scale(tensor)
        if scale is None:
            return stored.astype(np.float64), None
        return (stored.astype(np.float64) - zero[0]) * float(scale[0]), float(scale[0])

    @staticmethod
    def channels_last(values):
        return values


def _own_tensor(file, operator, place):
    """A copy of a constant input that nobody else reads."""
    index = int(operator.inputs[place])
    file.tensors.append(copy.deepcopy(file.tensors[index]))
    operator.inputs = np.array(operator.inputs, np.int32)
    operator.inputs[place] = len(file.tensors) - 1
    return len(file.tensors) - 1


def _change_weights(file, operator, kind, rng):
    old, op = file.constant(operator.inputs[1]), file.op(operator)
    if old is None:
        return False
    index = _own_tensor(file, operator, 1)
    scale, _ = file.scale(index)
    if kind in SCALES and scale is not None and len(scale) > 1:
        channel = int(rng.integers(len(scale)))
        for tensor in [index] + ([_own_tensor(file, operator, 2)] if _bias(file, operator) is not None else []):
            scales = np.array(file.scale(tensor)[0])
            scales[channel] *= SCALES[kind]
            file.tensors[tensor].quantization.scale = scales
        return True
    order = _TO_OIHW[op]
    changed = changed_weights(kind, old.transpose(order), rng)
    if changed is None:
        return False
    file.set_constant(index, np.ascontiguousarray(changed.transpose(np.argsort(order))))
    return True


def _bias(file, operator):
    return file.constant(operator.inputs[2]) if len(operator.inputs) > 2 else None


def _swap(file, operator, kind, rng):
    weights = file.constant(operator.inputs[1])
    if weights is None:
        return False
    axis = _CHANNELS_AT[file.op(operator)]
    if weights.shape[axis] < 2:
        return False
    order = np.arange(weights.shape[axis])
    a, b = rng.choice(len(order), 2, replace=False)
    order[[a, b]] = order[[b, a]]
    for place in (1, 2):
        values = file.constant(operator.inputs[place]) if len(operator.inputs) > place else None
        if values is None:
            continue
        index = _own_tensor(file, operator, place)
        scale, _ = file.scale(index)
        if scale is not None and len(scale) > 1:
            file.tensors[index].quantization.scale = scale[order]
        file.set_constant(index, np.take(values, order, axis if place == 1 else 0))
    return True


def _lose_bias(file, operator, kind, rng):
    bias = _bias(file, operator)
    if bias is None or not bias.any():
        return False
    file.set_constant(_own_tensor(file, operator, 2), np.zeros_like(bias))
    return True


def _shift_zero_point(file, operator, kind, rng):
    """What a deployment does whose bias was made for another zero point of its input."""
    bias, weights = _bias(file, operator), file.constant(operator.inputs[1])
    if bias is None or weights is None or bias.dtype != np.int32:
        return False
    axis = _CHANNELS_AT[file.op(operator)]
    sums = weights.astype(np.int64).sum(axis=tuple(i for i in range(weights.ndim) if i != axis))
    amount = int(rng.integers(8, 25)) * int(rng.choice([-1, 1]))
    file.set_constant(_own_tensor(file, operator, 2), np.clip(bias + amount * sums, -2**31, 2**31 - 1).astype(np.int32))
    return True


def _shift_padding(file, operator, kind, rng):
    """One row and column more in front, one less behind, or the other way round: an operator PAD of its own."""
    options = operator.builtinOptions
    if file.op(operator) == "FULLY_CONNECTED" or options.padding != schema.Padding.SAME:
        return False
    entry, weights = int(operator.inputs[0]), file.shape(operator.inputs[1])
    pads = np.zeros((4, 2), np.int32)
    for axis, stride, dilation in ((1, options.strideH, options.dilationHFactor), (2, options.strideW, options.dilationWFactor)):
        n = file.shape(entry)[axis]
        total = max((-(-n // stride) - 1) * stride + (weights[axis] - 1) * dilation + 1 - n, 0)
        front = total // 2
        if total > 0:
            front = front - 1 if front > 0 and (front == total or rng.integers(2)) else front + 1
        pads[axis] = front, total - front
    if not pads.any():
        return False
    shape = [n + int(pads[i].sum()) for i, n in enumerate(file.shape(entry))]
    padded = file.add_tensor(entry, shape, "padded")
    table = file.add_tensor(entry, pads.shape, "pads")
    file.tensors[table].quantization = None
    file.set_constant(table, pads)
    pad = schema.OperatorT()
    pad.opcodeIndex, pad.inputs, pad.outputs = file.opcode("PAD"), np.array([entry, table], np.int32), np.array([padded], np.int32)
    pad.builtinOptionsType, pad.builtinOptions = schema.BuiltinOptions.PadOptions, schema.PadOptionsT()
    place = next(i for i, other in enumerate(file.operators) if other is operator)
    file.operators.insert(place, pad)
    operator.inputs = np.array([padded, *operator.inputs[1:]], np.int32)
    options.padding = schema.Padding.VALID
    return True


def _exchange_operand(file, operator, kind, rng):
    """Another tensor of that shape which is there already: of another layer, or the other operand."""
    earlier = [int(i) for i in file.graph.inputs]
    for other in file.operators:
        if other is operator:
            break
        earlier += [int(i) for i in other.outputs]
    side, output = int(rng.integers(2)), int(operator.outputs[0])
    earlier = [i for i in earlier if i not in list(operator.inputs)]
    fit = [i for i in earlier if file.shape(i) == file.shape(output) and file.tensors[i].type == file.tensors[output].type]
    if any(file.constant(i) is not None for i in operator.inputs):
        return False
    fit = fit or [int(operator.inputs[1 - side])]
    operator.inputs = np.array(operator.inputs, np.int32)
    operator.inputs[side] = int(rng.choice(fit))
    return True


def _change_activation(file, operator, kind, rng):
    options, output = operator.builtinOptions, int(operator.outputs[0])
    had, scale = options.fusedActivationFunction, file.scale(output)[0]
    if kind == "activation added":
        options.fusedActivationFunction = _RELU
        return had == _NONE
    if kind == "activation differs":
        options.fusedActivationFunction = _RELU6 if had == _RELU else _RELU
        return had != _NONE
    options.fusedActivationFunction = _NONE
    if had == _NONE:
        return False
    return scale is None or _widen(file, output)


def _widen(file, tensor):
    """Whoever lost the activation calibrated without it: the range has negative numbers, and who reads the tensor knows."""
    scale, zero = file.scale(tensor)
    if len(scale) > 1 or file.tensors[tensor].type != schema.TensorType.INT8 or tensor in file.graph.outputs:
        return False
    wide = float(scale[0]) * 255 / 127
    follow, done = [tensor], set()
    while follow:
        index = follow.pop()
        done.add(index)
        quantization = copy.deepcopy(file.tensors[index].quantization)
        quantization.scale, quantization.zeroPoint = np.array([wide], np.float32), np.array([0], np.int64)
        file.tensors[index].quantization = quantization
        for operator in file.operators:
            if index not in list(operator.inputs):
                continue
            op = file.op(operator)
            if op in _SAME_SCALE:
                follow.append(int(operator.outputs[0]))
            elif op in _CHANNELS_AT and index == operator.inputs[0]:
                _rescale_bias(file, operator, float(scale[0]) / wide)
            elif op != "ADD":
                return False
    return not any(i in done for i in file.graph.outputs)


def _rescale_bias(file, operator, factor):
    bias = _bias(file, operator)
    if bias is None:
        return
    index = _own_tensor(file, operator, 2)
    file.set_constant(index, np.rint(bias.astype(np.float64) * factor).astype(np.int32))
    quantization = copy.deepcopy(file.tensors[index].quantization)
    quantization.scale = np.array(quantization.scale, np.float32) / np.float32(factor)
    file.tensors[index].quantization = quantization
