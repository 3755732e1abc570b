# SPDX-License-Identifier: BSD-3-Clause
"""The .onnx file of a float32 .tflite network: channels first, activations as nodes of their own, other names."""
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from litert_file import File
from onnx import TensorProto, helper, numpy_helper

_ACTIVATIONS = {schema.ActivationFunctionType.NONE: None, schema.ActivationFunctionType.RELU: "Relu", schema.ActivationFunctionType.RELU6: "Clip"}


class _Writer:
    def __init__(self, file):
        self.file, self.nodes, self.constants = file, [], []
        self.names = {}  # the file's tensors

    def constant(self, values):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, op, inputs, **attributes):
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name + "_out"], name, **attributes))
        return name + "_out"

    def activation(self, value, kind):
        op = _ACTIVATIONS[kind]
        if op is None:
            return value
        return self.node("Relu", [value]) if op == "Relu" else self.node("Clip", [value, self.constant(np.float32(0)), self.constant(np.float32(6))])

    def value(self, index):
        """Name of a tensor; a constant with four dimensions gets its channels first, too."""
        if index not in self.names:
            values = self.file.constant(index)
            self.names[index] = self.constant(values.transpose(0, 3, 1, 2) if values.ndim == 4 else values)
        return self.names[index]


def _pads(options, size, kernel, stride, dilation=(1, 1)):
    begin, end = [], []
    for n, k, s, d in zip(size, kernel, stride, dilation):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0) if options.padding == schema.Padding.SAME else 0
        begin.append(total // 2)
        end.append(total - total // 2)
    return begin + end


def _convolution(out, operator, options, depthwise):
    x, w = operator.inputs[0], out.file.constant(operator.inputs[1])
    size = out.file.shape(x)
    stride, dilation = (options.strideH, options.strideW), (options.dilationHFactor, options.dilationWFactor)
    if depthwise:  # 1, h, w, channels
        kernel, group, weights = w.shape[1:3], size[3], w.transpose(3, 0, 1, 2)
    else:  # channels, h, w, inputs
        kernel, group, weights = w.shape[1:3], size[3] // w.shape[3], w.transpose(0, 3, 1, 2)
    inputs = [out.value(x), out.constant(weights)]
    if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        inputs.append(out.constant(out.file.constant(operator.inputs[2])))
    value = out.node("Conv", inputs, kernel_shape=list(kernel), strides=list(stride), dilations=list(dilation), group=group,
                     pads=_pads(options, size[1:3], kernel, stride, dilation))
    return out.activation(value, options.fusedActivationFunction)


def _pool(out, operator, options, op):
    size, kernel, stride = out.file.shape(operator.inputs[0])[1:3], [options.filterHeight, options.filterWidth], [options.strideH, options.strideW]
    more = {} if op == "MaxPool" else {"count_include_pad": 0}
    value = out.node(op, [out.value(operator.inputs[0])], kernel_shape=kernel, strides=stride, pads=_pads(options, size, kernel, stride), **more)
    return out.activation(value, options.fusedActivationFunction)


def _flat(out, index, shape):
    """A tensor in the file's own order of elements, and another shape."""
    value = out.value(index)
    if len(out.file.shape(index)) == 4:
        value = out.node("Transpose", [value], perm=[0, 2, 3, 1])
    value = out.node("Reshape", [value, out.constant(np.array(shape, np.int64))])
    return out.node("Transpose", [value], perm=[0, 3, 1, 2]) if len(shape) == 4 else value


def _dense(out, operator, options):
    w = out.file.constant(operator.inputs[1])
    x = out.value(operator.inputs[0])
    if len(out.file.shape(operator.inputs[0])) != 2:
        x = _flat(out, operator.inputs[0], [-1, w.shape[1]])
    inputs = [x, out.constant(w)]
    if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        inputs.append(out.constant(out.file.constant(operator.inputs[2])))
    return out.activation(out.node("Gemm", inputs, transB=1), options.fusedActivationFunction)


def _pad(out, operator):
    pads = out.file.constant(operator.inputs[1])[[0, 3, 1, 2]]
    return out.node("Pad", [out.value(operator.inputs[0]), out.constant(pads.T.reshape(-1).astype(np.int64))])


def _operator(out, operator):
    op, options, inputs = out.file.op(operator), operator.builtinOptions, operator.inputs
    if op in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return _convolution(out, operator, options, op != "CONV_2D")
    if op in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        return _pool(out, operator, options, "MaxPool" if op == "MAX_POOL_2D" else "AveragePool")
    if op == "FULLY_CONNECTED":
        return _dense(out, operator, options)
    if op in ("ADD", "MUL"):
        return out.activation(out.node(op.title(), [out.value(i) for i in inputs]), options.fusedActivationFunction)
    if op == "RESHAPE":
        return _flat(out, inputs[0], out.file.shape(operator.outputs[0]))
    if op == "MEAN" and sorted(out.file.constant(inputs[1]).reshape(-1)) == [1, 2]:
        return out.node("ReduceMean", [out.value(inputs[0])], axes=[2, 3], keepdims=int(options.keepDims))
    if op == "PAD":
        return _pad(out, operator)
    if op in ("SOFTMAX", "LOGISTIC", "RELU"):
        return out.node({"SOFTMAX": "Softmax", "LOGISTIC": "Sigmoid", "RELU": "Relu"}[op], [out.value(inputs[0])])
    if op == "CONCATENATION":
        axis = options.axis if len(out.file.shape(operator.outputs[0])) < 4 else (0, 2, 3, 1)[options.axis]
        return out.node("Concat", [out.value(i) for i in inputs], axis=axis)
    raise ValueError(f"no .onnx for {op}")


def _described(out, index):
    shape = list(out.file.shape(index))
    if len(shape) == 4:
        shape = [shape[0], shape[3], shape[1], shape[2]]
    return helper.make_tensor_value_info(out.names[index], TensorProto.FLOAT, shape)


def to_onnx(data):
    file = File(data)
    out = _Writer(file)
    entry = file.graph.inputs[0]
    out.names[entry] = "input"
    for operator in file.operators:
        if file.op(operator) not in ("SHAPE", "STRIDED_SLICE", "PACK"):  # they compute shapes, which are known
            out.names[operator.outputs[0]] = _operator(out, operator)
    graph = helper.make_graph(out.nodes, "network", [_described(out, entry)], [_described(out, i) for i in file.graph.outputs], out.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return model.SerializeToString()
