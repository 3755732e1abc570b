# SPDX-License-Identifier: BSD-3-Clause
"""Runs .onnx files with all their tensors, as they are written, and quantizes float32 ones."""
import logging
import os
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

logging.getLogger().setLevel(logging.ERROR)  # its advice of a preparation that these networks had
# Format, type of activations, weights per channel; `dynamic` and `weights` have none.
SCHEMES = {"qdq": (QuantFormat.QDQ, QuantType.QInt8, True), "qdq_tensor": (QuantFormat.QDQ, QuantType.QInt8, False),
           "qdq_int16": (QuantFormat.QDQ, QuantType.QInt16, True), "qoperator": (QuantFormat.QOperator, QuantType.QUInt8, True)}


def _options(level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return options


def run(data, samples):
    """All values by name, with the samples first."""
    model = onnx.load_from_string(data)
    names = [name for node in model.graph.node for name in node.output if name]
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    options = _options(onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    entry, results = session.get_inputs()[0].name, {}
    for sample in samples:
        for name, value in zip(names, session.run(names, {entry: sample[np.newaxis]})):
            if isinstance(value, np.ndarray) and value.ndim > 0:
                results.setdefault(name, []).append(value)
    return {name: np.concatenate(values) for name, values in results.items()}


class _Reader(CalibrationDataReader):
    def __init__(self, name, samples):
        self.left = iter([{name: sample[np.newaxis]} for sample in samples])

    def get_next(self):
        return next(self.left, None)


def quantized(data, scheme, samples):
    """The network in int8 by ONNX Runtime's own tool, calibrated with these samples."""
    if scheme == "weights":
        return weights_only(data)
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "a.onnx"), os.path.join(folder, "b.onnx")
        model = onnx.load_from_string(data)
        onnx.save(model, source)
        if scheme == "dynamic":
            quantize_dynamic(source, target, weight_type=QuantType.QUInt8)
        else:
            form, activations, per_channel = SCHEMES[scheme]
            quantize_static(source, target, _Reader(model.graph.input[0].name, samples), quant_format=form, per_channel=per_channel,
                            activation_type=activations, weight_type=QuantType.QInt8)
        return onnx.load(target).SerializeToString()


def weights_only(data):
    """Weights of convolutions and matrix products in int8 per channel, each behind a DequantizeLinear; all else stays float32."""
    model = onnx.load_from_string(data)
    constants = {item.name: item for item in model.graph.initializer}
    places = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm") and node.input[1] in constants]
    for node in places:
        weights = numpy_helper.to_array(constants[node.input[1]])
        scale = np.maximum(np.abs(weights.reshape(len(weights), -1)).max(axis=1) / 127, 1e-30).astype(np.float32)
        stored = np.rint(weights / scale.reshape(-1, *[1] * (weights.ndim - 1))).astype(np.int8)
        names = [f"{node.name}_{part}" for part in ("weights", "scale", "zero", "real")]
        for name, values in zip(names, (stored, scale, np.zeros(len(scale), np.int8))):
            model.graph.initializer.append(numpy_helper.from_array(values, name))
        node.input[1] = names[3]
        model.graph.node.insert(0, helper.make_node("DequantizeLinear", names[:3], names[3:], names[3], axis=0))
    used = {name for node in model.graph.node for name in node.input}
    for item in [item for item in model.graph.initializer if item.name not in used]:
        model.graph.initializer.remove(item)
    return model.SerializeToString()


def prepared(data, shape):
    """A published network with an input of this shape, of which one sample runs: constants are initializers and nothing else, normalizations are part
    of the convolutions ahead."""
    model = onnx.load_from_string(data)
    constants = {item.name for item in model.graph.initializer}
    for entry in [entry for entry in model.graph.input if entry.name in constants]:
        model.graph.input.remove(entry)
    sizes = model.graph.input[0].type.tensor_type.shape.dim
    for size, value in zip(sizes, (1, *shape)):
        size.Clear()
        size.dim_value = value
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    with tempfile.TemporaryDirectory() as folder:
        options = _options(onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC)
        options.optimized_model_filepath = os.path.join(folder, "a.onnx")
        onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        model = version_converter.convert_version(onnx.load(options.optimized_model_filepath), 13)  # the first with scales per channel
    for i, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type.lower()}_{i}"
    return model.SerializeToString()
