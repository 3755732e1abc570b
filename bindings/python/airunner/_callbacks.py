# SPDX-License-Identifier: BSD-3-Clause
"""Plain callables as callbacks of an invoke, and what they are told."""

from __future__ import annotations

import ctypes
import math
from typing import Any, Callable, Mapping, Optional, Sequence

from . import _abi
from ._arrays import DTYPES, Array, copy_memory, shape_of
from ._errors import InvalidArgumentError
from ._info import NodeInfo, read_node
from ._interrupt import Interruptible
from ._tensor import TensorInfo

OnSampleBegin = Callable[[int], Optional[bool]]
OnSampleEnd = Callable[["SampleEvent"], Optional[bool]]
OnNode = Callable[["NodeEvent"], Optional[bool]]
OnProgress = Callable[[int, int], Optional[bool]]


class NodeEvent:
    """What happened at a node."""

    __slots__ = ("sample", "node", "duration_ms", "counters", "counter_type", "statistics", "_tensors", "_views", "_library", "_data")

    def __init__(self, event: Any, node: NodeInfo, tensors: tuple[TensorInfo, ...], library: Any) -> None:
        self.sample: int = event.sample
        self.node = node
        self.duration_ms: float = event.duration_ms
        self.counter_type, self.counters = _counters_of(event)
        self.statistics = tuple(_abi.text(event.note).splitlines())
        self._tensors = tensors
        self._views: list[Any] | None = event.tensors[:event.n_tensors]  # None when the callback has ended
        self._library = library
        self._data: list[Array] | None = None

    @property
    def data(self) -> list[Array]:
        """The node's tensors: inputs at its begin, outputs at its end; empty arrays where the mode gives no data.

        They are copied when first asked for, which has to be within the callback.
        """
        if self._data is None:
            if self._views is None:
                raise InvalidArgumentError(f"node {self.node.index} {self.node.name!r}: its data is asked for after the callback: ask within it")
            self._data = [copy_memory(view.data, tensor.dtype, (1, *shape_of(view, self._library, False)))
                          for tensor, view in zip(self._tensors, self._views)]
            self._data += [copy_memory(None, tensor.dtype, ()) for tensor in self._tensors[len(self._views):]]
        return self._data

    def _end(self) -> None:
        """The memory is the network's own, and soon holds something else."""
        self._views = None


def _counters_of(event: Any) -> tuple[str, tuple[int, ...]]:
    """What hardware counters of the event count, and their values."""
    columns = [_abi.Column.from_address(address) for address in _abi.addresses(event.columns, event.n_columns)]
    values = _abi.numbers(ctypes.c_double, event.values, event.n_columns)
    told = [(column, value) for column, value in zip(columns, values)
            if column.name.startswith(b"counter.") and not math.isnan(value)]
    return _abi.text(told[0][0].text) if told else "", tuple(int(value) for _, value in told)


class SampleEvent:
    """What happened to a sample."""

    __slots__ = ("sample", "duration_ms", "outputs")

    def __init__(self, sample: int, duration_ms: float, outputs: list[Array]) -> None:
        self.sample = sample
        self.duration_ms = duration_ms
        self.outputs = outputs  # of this sample: views of what invoke() returns, or copies where samples differ in shape


class CallbackSet:
    """The C functions of one invoke. What a callable raises ends the invoke and is raised from there."""

    def __init__(self, library: Any, nodes: Mapping[int, NodeInfo], interruptible: Interruptible) -> None:
        self._library = library
        self.struct = _abi.Callbacks()
        self.failure: BaseException | None = None
        self._nodes = nodes  # by the address of their description
        self._interruptible = interruptible

    def add(self, on_sample_begin: OnSampleBegin | None, on_sample_end: OnSampleEnd | None, on_node_begin: OnNode | None,
            on_node_end: OnNode | None, on_progress: OnProgress | None, outputs: list[Array] | None) -> None:
        """Makes C functions of those that are given. `outputs`: where the samples go; None: each has a shape of its own."""
        struct = self.struct
        if on_sample_begin:
            function = on_sample_begin
            struct.on_sample_begin = _abi.SampleBeginFunction(lambda _, sample: self._call(function, lambda: (sample,)))
        if on_sample_end:
            struct.on_sample_end = _abi.SampleEndFunction(self._sample_end(on_sample_end, outputs))
        if on_node_begin:
            struct.on_node_begin = _abi.NodeFunction(self._node(on_node_begin, lambda node: node.inputs))
        if on_node_end:
            struct.on_node_end = _abi.NodeFunction(self._node(on_node_end, lambda node: node.outputs))
        if on_progress:
            progress = on_progress
            struct.on_progress = _abi.ProgressFunction(lambda _, done, total: self._call(progress, lambda: (done, total)))

    def _call(self, function: Callable[..., bool | None], make_arguments: Callable[[], Sequence[Any]]) -> int:
        """The callable's wish: False stops, anything else goes on, and what it or making its arguments raises fails."""
        try:
            arguments = make_arguments()
            self._interruptible.in_user_code = True
            wish = function(*arguments)
            self._interruptible.in_user_code = False
            return _abi.STOP if wish is False else _abi.CONTINUE
        except BaseException as error:  # it is raised again when the C call has ended
            self._interruptible.in_user_code = False
            self.failure = error
            return _abi.FAIL

    def _sample_end(self, function: OnSampleEnd, outputs: list[Array] | None) -> Callable[[Any, Any], int]:
        def make(event: Any) -> Sequence[Any]:
            if outputs is None:
                return (SampleEvent(event.sample, event.duration_ms, [
                    copy_memory(view.data, DTYPES[view.dtype], (1, *shape_of(view, self._library, False)))
                    for view in event.outputs[:event.n_outputs]]),)
            # With repeats the batch runs several times; PERF_ONLY has no outputs.
            index = event.sample % max(1, len(outputs[0])) if outputs else 0
            views = [output[index:index + 1] for output in outputs]
            return (SampleEvent(event.sample, event.duration_ms, views),)

        return lambda _, pointer: self._call(function, lambda: make(pointer.contents))

    def _node(self, function: OnNode, tensors: Callable[[NodeInfo], tuple[TensorInfo, ...]]) -> Callable[[Any, Any], int]:
        known = dict(self._nodes)  # begins and ends apart: a runtime may tell a node's outputs at its first end only

        def make(event: Any) -> NodeEvent:
            node = known.get(event.description)
            if node is None or node.index != event.node:  # its memory may have been another's
                node = known[event.description] = read_node(event.description, event.node, {})
            return NodeEvent(event, node, tensors(node), self._library)

        def call(_: Any, pointer: Any) -> int:
            told: list[NodeEvent] = []

            def arguments() -> Sequence[Any]:
                told.append(make(pointer.contents))
                return told

            action = self._call(function, arguments)
            for event in told:
                event._end()
            return action

        return call
