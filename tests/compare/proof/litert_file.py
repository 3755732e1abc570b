# SPDX-License-Identifier: BSD-3-Clause
"""Reads and writes .tflite files as objects, by the code that LiteRT's own package has for its schema, and runs them with all their tensors."""
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
DTYPES = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT8: np.int8, schema.TensorType.UINT8: np.uint8,
          schema.TensorType.INT16: np.int16, schema.TensorType.INT32: np.int32, schema.TensorType.INT64: np.int64,
          schema.TensorType.FLOAT16: np.float16, schema.TensorType.BOOL: np.bool_}


class File:
    def __init__(self, data):
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data), 0))
        self.graph = self.model.subgraphs[0]

    @property
    def operators(self):
        return self.graph.operators

    @property
    def tensors(self):
        return self.graph.tensors

    def op(self, operator):
        """The name of an operator's kind, such as CONV_2D."""
        code = self.model.operatorCodes[operator.opcodeIndex]
        return _NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def opcode(self, name):
        """Index of the code of this kind, which is added where it is missing."""
        value = getattr(schema.BuiltinOperator, name)
        for index, code in enumerate(self.model.operatorCodes):
            if max(code.builtinCode, code.deprecatedBuiltinCode) == value:
                return index
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = value, min(value, 127), 2
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def constant(self, index):
        """The values of a constant tensor, None for others."""
        if index < 0:
            return None
        tensor = self.tensors[index]
        data = self.model.buffers[tensor.buffer].data
        if data is None or len(data) == 0:
            return None
        return np.frombuffer(bytes(bytearray(data)), DTYPES[tensor.type]).reshape(self.shape(index))

    def set_constant(self, index, values):
        """Gives the tensor a buffer of its own: others may share the old one."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        self.tensors[index].buffer = len(self.model.buffers) - 1
        self.tensors[index].shape = np.array(values.shape, np.int32)
        self.tensors[index].type = next(t for t, dtype in DTYPES.items() if dtype == values.dtype.type)

    def add_tensor(self, like, shape, name):
        """A further tensor of the type and quantization of another; its index."""
        old, tensor = self.tensors[like], schema.TensorT()
        tensor.type, tensor.quantization, tensor.buffer = old.type, old.quantization, 0
        tensor.shape, tensor.name = np.array(shape, np.int32), name.encode()
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def shape(self, index):
        shape = self.tensors[index].shape
        return tuple(int(n) for n in shape) if shape is not None else ()

    def scale(self, index):
        """Scales and zero points, both None where nothing is quantized."""
        quantization = self.tensors[index].quantization
        if quantization is None or quantization.scale is None or len(quantization.scale) == 0:
            return None, None
        return np.array(quantization.scale, np.float32), np.array(quantization.zeroPoint, np.int64)

    def copy(self):
        return File(self.data())

    def data(self):
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def name_of(file, tensor):
    return file.tensors[tensor].name.decode()


def run(data, samples):
    """All tensors by index, with the samples first; `samples` is one float array, quantized where the model is."""
    interpreter = Interpreter(model_content=bytes(data), experimental_preserve_all_tensors=True, num_threads=1,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]
    scale, zero = entry["quantization"]
    results = {}
    indices = [detail["index"] for detail in interpreter.get_tensor_details()]
    for sample in samples:
        if entry["dtype"] != np.float32:
            info = np.iinfo(entry["dtype"])
            sample = np.clip(np.rint(sample / scale) + zero, info.min, info.max).astype(entry["dtype"])
        interpreter.set_tensor(entry["index"], sample[np.newaxis])
        interpreter.invoke()
        for index in indices:
            try:
                value = interpreter.get_tensor(index).copy()
            except ValueError:  # of no operator that ran
                continue
            if value.ndim > 0:
                results.setdefault(index, []).append(value)
    return {index: np.concatenate(values) for index, values in results.items()}
