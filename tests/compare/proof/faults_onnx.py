# SPDX-License-Identifier: BSD-3-Clause
"""Plants faults in the layers of an .onnx file: float32, or quantized as QDQ or QOperator."""
import numpy as np
import onnx
from faults import KINDS, SCALES, Planted, changed_weights
from onnx import helper, numpy_helper

# Where operators have their weights, the scales of these, and their biases.
_PLACES = {"Conv": (1, None, 2), "Gemm": (1, None, 2), "MatMul": (1, None, None), "QLinearConv": (3, 4, 8), "QGemm": (3, 4, 6)}
_ACTIVATIONS = ("Relu", "Clip")
_SUMS = ("Add", "QLinearAdd")


class Onnx:
    def __init__(self, data, shapes):
        """`shapes` are those of all values."""
        self.graph, self.shapes = _Graph(data), shapes
        self.layers = [i for i, node in enumerate(self.graph.nodes) if self.graph.weights(node) is not None or self.graph.is_sum(node)]

    def kinds(self, layer):
        """Those that may apply; plant() tells."""
        if self.graph.nodes[layer].op_type in _SUMS:
            return ["skip connection", "activation lost", "activation added"]
        return [kind for kind in KINDS if kind != "skip connection"]

    def plant(self, layer, kind, rng):
        """The faulty deployment, None where there can be no such fault in this layer."""
        graph = self.graph.copy()
        graph.shapes = self.shapes
        node = graph.nodes[layer]
        planted = Planted(kind, node.name, b"", {node.name}, self.graph.stored(node.output[0]), None)
        plant = {"channels swapped": _swap, "bias lost": _lose_bias, "zero point": _shift_zero_point, "padding": _shift_padding,
                 "skip connection": _exchange_operand, "activation lost": _lose_activation, "activation added": _add_activation,
                 "activation differs": _change_activation}.get(kind, _change_weights)
        output = plant(graph, node, planted, rng)
        if output is None:
            return None
        planted.after = graph.stored(output)
        planted.data = graph.model.SerializeToString()
        return planted

    @staticmethod
    def edges(data):
        """Nodes as airunner names them: name, inputs, outputs."""
        return [(node.name, list(node.input), list(node.output)) for node in onnx.load_from_string(data).graph.node if node.op_type != "Constant"]

    @staticmethod
    def real(data, tensor, stored):
        """What was stored as real numbers, and the step of that type: None where it is a float."""
        scale = _Graph(data).scale_of(tensor)
        if scale is None:
            return stored.astype(np.float64), None
        return (stored.astype(np.float64) - float(scale[1])) * float(scale[0]), float(scale[0])

    @staticmethod
    def channels_last(values):
        return np.moveaxis(values, 1, -1) if values.ndim == 4 else values


class _Graph:
    def __init__(self, data):
        self.model = onnx.load_from_string(data)
        self.nodes = self.model.graph.node
        self.constants = {item.name: item for item in self.model.graph.initializer}
        self.makers = {name: node for node in self.nodes for name in node.output}

    def copy(self):
        return _Graph(self.model.SerializeToString())

    def readers(self, name):
        return [node for node in self.nodes if name in node.input]

    def is_constant(self, name):
        maker = self.makers.get(name)
        return name in self.constants or (maker is not None and maker.op_type == "DequantizeLinear" and maker.input[0] in self.constants)

    def is_sum(self, node):
        """Whether it adds what other layers computed, as a skip connection does."""
        places = {"Add": (0, 1), "QLinearAdd": (0, 3)}.get(node.op_type)
        return places is not None and not any(self.is_constant(node.input[place]) for place in places)

    def array(self, name):
        return numpy_helper.to_array(self.constants[name]) if name in self.constants else None

    def holder(self, node, place):
        """The node and place that hold a constant input: behind its DequantizeLinear, if it has one. None without a constant."""
        if place is None or len(node.input) <= place:
            return None
        name = node.input[place]
        if name in self.constants:
            return node, place
        maker = self.makers.get(name)
        return (maker, 0) if maker is not None and maker.op_type == "DequantizeLinear" and maker.input[0] in self.constants else None

    def weights(self, node):
        """Where an operator has its weights."""
        return self.holder(node, _PLACES[node.op_type][0]) if node.op_type in _PLACES else None

    def bias(self, node):
        return self.holder(node, _PLACES[node.op_type][2]) if node.op_type in _PLACES else None

    def scales(self, node):
        """Where the scales of its weights are."""
        holder = self.weights(node)
        place = (holder[0], 1) if holder[0] is not node else (node, _PLACES[node.op_type][1])
        return place if place[1] is not None else None

    def get(self, holder):
        return self.array(holder[0].input[holder[1]])

    def set(self, holder, values):
        """Under a name of its own: others may share the constant."""
        node, place = holder
        name = f"{node.input[place]}_of_{node.name}_{place}"
        item = numpy_helper.from_array(np.array(values, order="C"), name)  # a scalar stays one
        self.model.graph.initializer.append(item)
        self.constants[name], node.input[place] = item, name

    def axis(self, node):
        if node.op_type in ("Gemm", "QGemm"):
            return 0 if next((a.i for a in node.attribute if a.name == "transB"), 0) else 1
        return 1 if node.op_type == "MatMul" else 0

    def stored(self, name):
        """The tensor that a deployment keeps of this one: behind activation and QuantizeLinear, where nobody else reads what is between."""
        while True:
            readers = self.readers(name)
            if len(readers) != 1 or readers[0].op_type not in (*_ACTIVATIONS, "QuantizeLinear"):
                return name
            name = readers[0].output[0]
            if readers[0].op_type == "QuantizeLinear":
                return name

    def scale_places(self, node):
        """Where an operator has scale and zero point of its output."""
        places = {"QuantizeLinear": (1, 2), "QLinearConv": (6, 7), "QLinearAdd": (6, 7), "QGemm": (7, 8)}.get(node.op_type, ())
        return places if places and len(node.input) > places[1] else ()

    def scale_of(self, name):
        """Scale and zero point of a stored tensor: of who makes it."""
        maker = self.makers.get(name)
        places = () if maker is None else self.scale_places(maker)
        return [self.array(maker.input[place]).reshape(-1)[0] for place in places] or None

    def insert(self, node, before):
        """Adds a node ahead of another; the one that is in the graph then."""
        place = next(i for i, other in enumerate(self.nodes) if other.output[0] == before.output[0])
        self.nodes.insert(place, node)
        return self.nodes[place]


def _first(weights, axis):
    return np.moveaxis(weights, axis, 0)


def _change_weights(graph, node, planted, rng):
    holder, scales = graph.weights(node), graph.scales(node)
    planted.touched.add(holder[0].name)  # dequantized ones are those of a node
    if planted.kind in SCALES and scales is not None and graph.get(scales).size > 1:
        values = graph.get(scales).copy()
        values[int(rng.integers(len(values)))] *= SCALES[planted.kind]
        graph.set(scales, values)
        return node.output[0]
    axis = graph.axis(node)
    changed = changed_weights(planted.kind, _first(graph.get(holder), axis), rng)
    if changed is None:
        return None
    graph.set(holder, np.moveaxis(changed, 0, axis))
    return node.output[0]


def _swap(graph, node, planted, rng):
    axis, holder = graph.axis(node), graph.weights(node)
    weights = graph.get(holder)
    if weights.shape[axis] < 2:
        return None
    order = np.arange(weights.shape[axis])
    a, b = rng.choice(len(order), 2, replace=False)
    order[[a, b]] = order[[b, a]]
    scales, bias = graph.scales(node), graph.bias(node)
    planted.touched |= {place[0].name for place in (holder, bias) if place is not None}
    if scales is not None and graph.get(scales).size > 1:
        graph.set(scales, graph.get(scales)[order])
        if holder[0] is not node and len(holder[0].input) > 2:
            graph.set((holder[0], 2), graph.get((holder[0], 2))[order])
    if bias is not None:
        graph.set(bias, graph.get(bias)[order])
        if bias[0] is not node and graph.get((bias[0], 1)).size > 1:
            graph.set((bias[0], 1), graph.get((bias[0], 1))[order])
    graph.set(holder, np.take(weights, order, axis))
    return node.output[0]


def _lose_bias(graph, node, planted, rng):
    holder = graph.bias(node)
    if holder is None or not graph.get(holder).any():
        return None
    planted.touched.add(holder[0].name)
    graph.set(holder, np.zeros_like(graph.get(holder)))
    return node.output[0]


def _shift_zero_point(graph, node, planted, rng):
    """Of what this layer reads: its own idea of it differs from that of who wrote it."""
    amount = int(rng.integers(8, 25)) * int(rng.choice([-1, 1]))
    if node.op_type in ("QLinearConv", "QGemm"):
        holder = (node, 2)
    else:
        maker = graph.makers.get(node.input[0])
        if maker is None or maker.op_type != "DequantizeLinear":
            return None
        copy = maker
        if len(graph.readers(maker.output[0])) > 1:
            name = maker.name + "_of_" + node.name
            copy = graph.insert(helper.make_node("DequantizeLinear", list(maker.input), [name], name), node)
            node.input[0] = name
        planted.touched.add(copy.name)
        # A disagreement of two may be told of either: of what this layer reads, or of the layer whose value is read so.
        before = graph.makers.get(maker.input[0])
        if before is not None:
            planted.touched.add(before.name)
            if copy is maker and before.input[0] in graph.makers:
                planted.touched.add(graph.makers[before.input[0]].name)
        holder = (copy, 2)
    zero = graph.get(holder)
    info = np.iinfo(zero.dtype)
    moved = int(zero) + amount
    graph.set(holder, np.array(moved if info.min <= moved <= info.max else int(zero) - amount, zero.dtype))
    return node.output[0]


def _shift_padding(graph, node, planted, rng):
    pads = next((a for a in node.attribute if a.name == "pads"), None)
    if pads is None or not any(pads.ints):
        return None
    values, half = list(pads.ints), len(pads.ints) // 2
    for axis in range(half):
        front, back = values[axis], values[axis + half]
        if front + back > 0:
            step = -1 if front > 0 and (back == 0 or rng.integers(2)) else 1
            step = step if back - step >= 0 else -step
            values[axis], values[axis + half] = front + step, back - step
    pads.ints[:] = values
    return node.output[0]


def _exchange_operand(graph, node, planted, rng):
    """Another tensor of that shape which is there already: of another layer, or the other operand."""
    width = 3 if node.op_type == "QLinearAdd" else 1  # with scale and zero point
    place, fit = int(rng.integers(2)) * width, []
    for other in graph.nodes:
        if other.name == node.name:
            break
        name = other.output[0]
        if width == 3:
            scale = graph.scale_of(name)
            if scale is None or other.op_type == "QuantizeLinear":
                continue
        elif graph.makers[node.input[place]].op_type == "DequantizeLinear" != other.op_type:
            continue
        if graph.shapes.get(name) == graph.shapes.get(node.output[0]) and name not in node.input and not graph.is_constant(name):
            fit.append(other)
    new = list(node.input[width - place:2 * width - place])
    if fit:
        chosen = fit[int(rng.integers(len(fit)))]
        new = [chosen.output[0], *(chosen.input[i] for i in graph.scale_places(chosen))][:width]
    for i, name in enumerate(new):
        node.input[place + i] = name
    return node.output[0]


def _activation(graph, node):
    readers = graph.readers(node.output[0])
    return readers[0] if len(readers) == 1 and readers[0].op_type in _ACTIVATIONS else None


def _lose_activation(graph, node, planted, rng):
    activation = _activation(graph, node)
    if activation is None:
        return _widen(graph, node, planted)
    if activation.output[0] in [output.name for output in graph.model.graph.output]:
        return None
    planted.before = activation.output[0]
    planted.touched |= {reader.name for reader in graph.readers(activation.output[0])}
    for reader in graph.readers(activation.output[0]):
        reader.input[:] = [node.output[0] if name == activation.output[0] else name for name in reader.input]
    graph.nodes.remove(activation)
    return node.output[0]


def _widen(graph, node, planted):
    """Where the range of the stored numbers is the activation: whoever lost it calibrated without it."""
    stored = graph.stored(node.output[0])
    quantizer = graph.makers[stored]
    if quantizer.op_type != "QuantizeLinear" or quantizer.input[0] != node.output[0]:
        return None
    scale, zero = (graph.get((quantizer, place)) for place in (1, 2))
    if zero.dtype != np.int8 or int(zero) != -128:
        return None
    for user in _users_of_range(graph, quantizer):
        if user.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            return None
        planted.touched.add(user.name)
        graph.set((user, 1), (scale * np.float32(255 / 127)).astype(np.float32))
        graph.set((user, 2), np.zeros_like(zero))
    return node.output[0]


def _users_of_range(graph, quantizer):
    """Who stores values in that range, and reads them. A maximum of some of them is stored in the same: calibrated without the activation, too. Else its
    range would still be the activation, which may as well follow a maximum as come before it."""
    users = [quantizer]
    for reader in graph.readers(quantizer.output[0]):
        users.append(reader)
        for pool in [pool for pool in graph.readers(reader.output[0]) if pool.op_type == "MaxPool"]:
            users += [user for behind in graph.readers(pool.output[0]) if behind.op_type == "QuantizeLinear" for user in _users_of_range(graph, behind)]
    return users


def _add_activation(graph, node, planted, rng):
    if _activation(graph, node) is not None or node.op_type.startswith("Q") or node.output[0] in [o.name for o in graph.model.graph.output]:
        return None
    new = helper.make_node("Relu", [node.output[0]], [node.output[0] + "_added"], node.name + "_added")
    readers = graph.readers(node.output[0])
    for reader in readers:
        reader.input[:] = [new.output[0] if name == node.output[0] else name for name in reader.input]
    graph.insert(new, readers[0])
    planted.touched |= {new.name, *(reader.name for reader in readers)}
    return new.output[0]


def _change_activation(graph, node, planted, rng):
    activation = _activation(graph, node)
    if activation is None:
        return None
    planted.touched |= {activation.name, *(reader.name for reader in graph.readers(activation.output[0]))}
    if activation.op_type == "Clip":
        activation.op_type, activation.input[:] = "Relu", [activation.input[0]]
    else:
        low, high = (numpy_helper.from_array(np.float32(value), f"{activation.name}_{value}") for value in (0, 6))
        graph.model.graph.initializer.extend([low, high])
        activation.op_type, activation.input[:] = "Clip", [activation.input[0], low.name, high.name]
    return activation.output[0]
