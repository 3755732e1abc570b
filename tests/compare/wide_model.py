# SPDX-License-Identifier: BSD-3-Clause
"""A model whose nodes compute much and have no weights: relu, tanh and sigmoid in turn, as an ONNX file of some hundred bytes."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from protobuf_bytes import block, number  # noqa: E402

OPERATORS = ("Relu", "Tanh", "Sigmoid")


def _value(name, shape):
    dimensions = b"".join(block(1, number(1, d)) for d in shape)
    return block(1, name) + block(2, block(1, number(1, 1) + block(2, dimensions)))


def wide_model(n_nodes, shape):
    """The bytes of a model with n_nodes values of a shape, float32."""
    nodes = b""
    for i in range(n_nodes):
        node = block(1, f"v{i}") + block(2, f"v{i + 1}") + block(3, f"node{i}") + block(4, OPERATORS[i % 3])
        nodes += block(1, node)
    graph = nodes + block(2, "wide") + block(11, _value("v0", shape)) + block(12, _value(f"v{n_nodes}", shape))
    return number(1, 8) + block(7, graph) + block(8, block(1, "") + number(2, 13))
