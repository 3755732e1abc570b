# SPDX-License-Identifier: BSD-3-Clause
"""Networks of our own, with weights drawn from a seed, that time and memory are measured with: one of the shape and size of YOLOv8n at 640x640, since
the trained one has a licence of its own, and one of very many nodes."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 640


class _Graph:
    def __init__(self):
        self.rng = np.random.default_rng(0)
        self.nodes, self.weights, self.n = [], [], 0

    def add(self, kind, inputs, n_outputs=1, **attributes):
        name = f"{kind.lower()}{self.n}"
        outputs = [f"{name}_{i}" for i in range(n_outputs)]
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=name, **attributes))
        self.n += 1
        return outputs if n_outputs > 1 else outputs[0]

    def constant(self, values):
        name = f"weights{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def conv(self, x, n_in, n_out, size=3, stride=1):
        """With SiLU."""
        spread = 1.3 * np.sqrt(2 / (n_in * size * size))
        weights = self.constant(self.rng.standard_normal((n_out, n_in, size, size)) * spread)
        bias = self.constant(self.rng.standard_normal(n_out) * 0.05)
        y = self.add("Conv", [x, weights, bias], kernel_shape=[size] * 2, strides=[stride] * 2, pads=[size // 2] * 4)
        return self.add("Mul", [y, self.add("Sigmoid", [y])])

    def c2f(self, x, n_in, n_out, n_blocks, is_residual=True):
        half = n_out // 2
        parts = self.add("Split", [self.conv(x, n_in, n_out, 1)], 2, axis=1, num_outputs=2)
        for _ in range(n_blocks):
            y = self.conv(self.conv(parts[-1], half, half), half, half)
            parts.append(self.add("Add", [parts[-1], y]) if is_residual else y)
        return self.conv(self.concat(*parts), half * (n_blocks + 2), n_out, 1)

    def concat(self, *parts):
        return self.add("Concat", list(parts), axis=1)

    def twice_as_large(self, x):
        return self.add("Resize", [x, "", self.constant(np.array([1, 1, 2, 2]))], mode="nearest")


def save_yolo(path):
    graph = _Graph()
    x = graph.c2f(graph.conv(graph.conv("images", 3, 16, stride=2), 16, 32, stride=2), 32, 32, 1)
    p3 = graph.c2f(graph.conv(x, 32, 64, stride=2), 64, 64, 2)
    p4 = graph.c2f(graph.conv(p3, 64, 128, stride=2), 128, 128, 2)
    p5 = graph.c2f(graph.conv(p4, 128, 256, stride=2), 256, 256, 1)
    up4 = graph.c2f(graph.concat(graph.twice_as_large(p5), p4), 384, 128, 1, False)
    out3 = graph.c2f(graph.concat(graph.twice_as_large(up4), p3), 192, 64, 1, False)
    out4 = graph.c2f(graph.concat(graph.conv(out3, 64, 64, stride=2), up4), 192, 128, 1, False)
    out5 = graph.c2f(graph.concat(graph.conv(out4, 128, 128, stride=2), p5), 384, 256, 1, False)
    outputs = []
    for x, n_in in ((out3, 64), (out4, 128), (out5, 256)):
        for n_out in (64, 80):  # boxes, classes
            outputs.append(graph.conv(graph.conv(x, n_in, n_out), n_out, n_out))
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    model = helper.make_model(helper.make_graph(graph.nodes, "yolo", [images], told, graph.weights),
                              opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)


def save_chain(path, n_nodes):
    """Of as many nodes as a network may have, each with little to compute."""
    graph, x = _Graph(), "x"
    for _ in range(n_nodes // 2):
        x = graph.add("Tanh", [graph.add("MatMul", [x, graph.constant(graph.rng.standard_normal((16, 16)) / 4)])])
    shape = [1, 16]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "chain", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                          [helper.make_tensor_value_info(x, TensorProto.FLOAT, shape)], graph.weights),
        opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)
