# SPDX-License-Identifier: BSD-3-Clause
"""Callback objects of ST's module as callables of airunner."""

from __future__ import annotations

from typing import Any

import numpy as np

import airunner

from ._profiler import model_id


class AiRunnerCallback:
    """Base class of callbacks: does nothing."""

    def on_sample_begin(self, idx: int) -> None:
        """Before each sample."""

    def on_sample_end(self, idx: int, data: list[Any], logs: Any = None) -> bool:
        """After each sample; anything false ends the batch."""
        return True

    def on_node_begin(self, idx: int, data: list[Any], logs: Any = None) -> None:
        """Before each node, with its inputs."""

    def on_node_end(self, idx: int, data: list[Any], logs: Any = None) -> None:
        """After each node, with its outputs."""


def callback_arguments(callback: Any, per_layer: bool) -> dict[str, Any]:
    """The arguments of airunner's invoke() for a callback object."""

    def sample_begin(idx: int) -> None:
        callback.on_sample_begin(idx)

    def sample_end(event: airunner.SampleEvent) -> bool:
        data = [np.array(output) if output.size else np.empty(0, output.dtype) for output in event.outputs]
        return bool(callback.on_sample_end(event.sample, data, logs={"dur": event.duration_ms}))

    def node_begin(event: airunner.NodeEvent) -> None:
        logs = {"m_id": model_id(event.node), "layer_type": event.node.type}
        callback.on_node_begin(event.node.index, [array.ravel() for array in event.data], logs=logs)

    def node_end(event: airunner.NodeEvent) -> None:
        logs = {"m_id": model_id(event.node), "layer_type": event.node.type,
                "shape": [tensor.shape for tensor in event.node.outputs], "c_duration": event.duration_ms,
                "dur": event.duration_ms}
        callback.on_node_end(event.node.index, event.data, logs=logs)

    arguments: dict[str, Any] = {"on_sample_begin": sample_begin, "on_sample_end": sample_end}
    if per_layer:
        arguments.update(on_node_begin=node_begin, on_node_end=node_end)
    return arguments
