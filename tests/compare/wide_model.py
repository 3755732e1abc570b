# SPDX-License-Identifier: BSD-3-Clause
"""A model whose nodes compute much and have no weights: relu, tanh and sigmoid in turn, as an ONNX file of some hundred bytes."""

OPERATORS = ("Relu", "Tanh", "Sigmoid")


def _varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _message(field, content):
    content = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _value(name, side):
    dimensions = b"".join(_message(1, _number(1, d)) for d in (1, 1, side, side))
    return _message(1, name) + _message(2, _message(1, _number(1, 1) + _message(2, dimensions)))


def wide_model(n_nodes, side):
    """The bytes of a model with n_nodes values of (1, 1, side, side), float32."""
    nodes = b""
    for i in range(n_nodes):
        node = _message(1, f"v{i}") + _message(2, f"v{i + 1}") + _message(3, f"node{i}") + _message(4, OPERATORS[i % 3])
        nodes += _message(1, node)
    graph = nodes + _message(2, "wide") + _message(11, _value("v0", side)) + _message(12, _value(f"v{n_nodes}", side))
    return _number(1, 8) + _message(7, graph) + _message(8, _message(1, "") + _number(2, 13))
