# SPDX-License-Identifier: BSD-3-Clause
"""The profiler dictionary of ST's module, from airunner's profile."""

from __future__ import annotations

from typing import Any

import numpy as np

import airunner

from ._families import Family
from ._info import Role, class_of, make_io_tensor
from ._modes import Mode
from .stm_ai_utils import IOTensor

_NODE_TENSOR_NAMES = {Family.HL: "ai_tens_n_{}_{}", Family.HS: "stai_tens_n_{}_{}"}


class NodeTensors:
    """The IOTensor objects of nodes, made once for each."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._known: dict[int, tuple[airunner.NodeInfo, list[IOTensor]]] = {}  # by identity

    def of(self, node: airunner.NodeInfo) -> list[IOTensor]:
        found = self._known.get(id(node))
        if found is None:
            pattern = _NODE_TENSOR_NAMES.get(self._family)
            found = node, [
                make_io_tensor(tensor, self._family, Role.NODE, pattern.format(node.index, k) if pattern else None)
                for k, tensor in enumerate(node.outputs)]
            self._known[id(node)] = found
        return found[1]


def model_id(node: airunner.NodeInfo) -> Any:
    """ST's m_id."""
    return "-" if node.id is None else node.id


def _own(block: Any, tensor: airunner.TensorInfo) -> Any:
    """The caller's own, to be written to; nothing where samples differ in shape, which ST's module does not know."""
    return np.empty(0, tensor.dtype) if block.dtype.hasobject else np.array(block)


def _node_dict(node: airunner.NodeProfile, family: Family, tensors: list[IOTensor]) -> dict[str, Any]:
    info = node.info
    durations = node.durations_ms.tolist()
    result: dict[str, Any] = {"name": info.name}
    if family is Family.TG:
        result["counters"] = {"type": node.counter_type, "values": node.counters.tolist()}
        result["c_durations"] = durations
    else:
        result = {"c_durations": durations, "clks": [], "name": info.name}
    result.update(m_id=model_id(info), layer_type=info.type, layer_desc=info.description,
                  type=[class_of(t.dtype) for t in info.outputs], shape=[t.shape for t in info.outputs],
                  scale=[t.quant_params["scale"] for t in tensors],
                  zero_point=[t.quant_params["zero_point"] for t in tensors], io_tensors=list(tensors),
                  data=[_own(block, t) for block, t in zip(node.data, info.outputs)])
    if family is Family.TG:
        statistics = node.statistics or [""] * len(durations)
        result["extra"] = [text.splitlines() for text in statistics]
    return result


def make_profiler(profile: airunner.Profile, mode: Mode, info: dict[str, Any], family: Family,
                  nodes: NodeTensors) -> dict[str, Any]:
    """The dictionary of one invoke."""
    if family is Family.TG:
        counters: dict[str, Any] = {"type": profile.counter_type, "values": profile.counters.tolist()}
        stack = -1 if profile.stack_bytes is None else profile.stack_bytes
        heap = -1 if profile.heap_bytes is None else profile.heap_bytes
    else:
        counters, stack, heap = {"type": 0, "values": []}, None, None
    return {
        "info": info, "mode": mode, "c_durations": profile.durations_ms.tolist(),
        "c_nodes": [_node_dict(node, family, nodes.of(node.info)) for node in profile.nodes],
        "debug": {"exec_times": profile.exec_times_ms.tolist(), "host_duration": profile.host_ms, "counters": counters,
                  "stack_usage": stack, "heap_usage": heap}}
