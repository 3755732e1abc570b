# SPDX-License-Identifier: BSD-3-Clause
"""Plain callables as callbacks of an invoke, and what they are told."""

from __future__ import annotations

import ctypes
from typing import Any, Callable, Optional

from . import _abi
from ._arrays import Array, copy_memory
from ._info import NodeInfo, read_node
from ._interrupt import Interruptible
from ._tensor import TensorInfo

OnSampleBegin = Callable[[int], Optional[bool]]
OnSampleEnd = Callable[["SampleEvent"], Optional[bool]]
OnNode = Callable[["NodeEvent"], Optional[bool]]
OnProgress = Callable[[int, int], Optional[bool]]


class NodeEvent:
    """What happened at a node."""

    __slots__ = ("sample", "node", "duration_ms", "counters", "counter_type", "statistics", "_address", "_tensors",
                 "_data")

    def __init__(self, event: Any, node: NodeInfo, tensors: tuple[TensorInfo, ...]) -> None:
        self.sample: int = event.sample
        self.node = node
        self.duration_ms: float = event.duration_ms
        self.counters = _abi.numbers(ctypes.c_uint64, event.counters, event.n_counters)
        self.counter_type = _abi.text(event.counter_type)
        self.statistics = tuple(_abi.text(event.statistics).splitlines())
        self._address: int | None = event.data
        self._tensors = tensors
        self._data: list[Array] | None = None

    @property
    def data(self) -> list[Array]:
        """The node's tensors: inputs at its begin, outputs at its end; empty arrays where the mode gives no data.

        They are copied when first asked for, which has to be within the callback.
        """
        if self._data is None:
            self._data = [copy_memory(address, tensor.dtype, tensor.storage_shape)
                          for address, tensor in zip(self._pointers(), self._tensors)]
        return self._data

    def _pointers(self) -> tuple[int | None, ...]:
        if self._address is None:
            return (None,) * len(self._tensors)
        return _abi.addresses(self._address, len(self._tensors))

    def _end(self) -> None:
        """The memory is the network's own, and soon holds something else."""
        if self._data is None:
            self._address = None


class SampleEvent:
    """What happened to a sample."""

    __slots__ = ("sample", "duration_ms", "outputs")

    def __init__(self, sample: int, duration_ms: float, outputs: list[Array]) -> None:
        self.sample = sample
        self.duration_ms = duration_ms
        self.outputs = outputs  # of this sample: views of what invoke() returns


class CallbackSet:
    """The C functions of one invoke. What a callable raises ends the invoke and is raised from there."""

    def __init__(self, nodes: dict[int, NodeInfo], interruptible: Interruptible) -> None:
        self.struct = _abi.Callbacks()
        self.failure: BaseException | None = None
        self._nodes = nodes
        self._begun: dict[int, NodeInfo] = {}  # some runtimes tell a node's outputs at its end only
        self._interruptible = interruptible

    def add(self, on_sample_begin: OnSampleBegin | None, on_sample_end: OnSampleEnd | None, on_node_begin: OnNode | None,
            on_node_end: OnNode | None, on_progress: OnProgress | None, outputs: list[Array]) -> None:
        """Makes C functions of those that are given."""
        struct = self.struct
        if on_sample_begin:
            function = on_sample_begin
            struct.on_sample_begin = _abi.SampleBeginFunction(lambda _, sample: self._call(function, sample))
        if on_sample_end:
            struct.on_sample_end = _abi.SampleEndFunction(self._sample_end(on_sample_end, outputs))
        if on_node_begin:
            struct.on_node_begin = _abi.NodeFunction(self._node(on_node_begin, self._begun, lambda node: node.inputs))
        if on_node_end:
            struct.on_node_end = _abi.NodeFunction(self._node(on_node_end, self._nodes, lambda node: node.outputs))
        if on_progress:
            progress = on_progress
            struct.on_progress = _abi.ProgressFunction(lambda _, done, total: self._call(progress, done, total))

    def _call(self, function: Callable[..., bool | None], *arguments: Any) -> int:
        """The callable's wish: False stops, anything else goes on."""
        try:
            self._interruptible.in_user_code = True
            wish = function(*arguments)
            self._interruptible.in_user_code = False
            return _abi.STOP if wish is False else _abi.CONTINUE
        except BaseException as error:  # it is raised again when the C call has ended
            self._interruptible.in_user_code = False
            self.failure = error
            return _abi.STOP

    def _sample_end(self, function: OnSampleEnd, outputs: list[Array]) -> Callable[[Any, Any], int]:
        def call(_: Any, pointer: Any) -> int:
            event = pointer.contents
            index = event.sample % len(outputs[0]) if outputs else 0  # with repeats the batch runs several times
            views = [output[index:index + 1] for output in outputs]
            return self._call(function, SampleEvent(event.sample, event.duration_ms, views))

        return call

    def _node(self, function: OnNode, known: dict[int, NodeInfo],
              tensors: Callable[[NodeInfo], tuple[TensorInfo, ...]]) -> Callable[[Any, Any], int]:
        def call(_: Any, pointer: Any) -> int:
            try:
                event = _abi.check_size(pointer.contents)
                node = known.get(event.node)
                if node is None:
                    node = known[event.node] = read_node(event.node)
                told = NodeEvent(event, node, tensors(node))
            except Exception as error:
                self.failure = error
                return _abi.STOP
            action = self._call(function, told)
            told._end()
            return action

        return call
