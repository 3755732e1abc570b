# SPDX-License-Identifier: BSD-3-Clause
"""What an invoke measured: a copy that is the caller's own."""

from __future__ import annotations

import importlib
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from . import _abi
from ._arrays import Array, copy_memory, forms
from ._enums import Mode
from ._info import ModelInfo, NodeInfo, read_node
from ._json import mode_names, profile_to_dict
from ._page import render_html


@dataclass(eq=False)
class Statistics:
    """Summary of a series of values; std is the population standard deviation."""

    count: int
    mean: float
    std: float
    min: float
    max: float
    p50: float
    p90: float
    p99: float

    @staticmethod
    def of(values: Array) -> Statistics:
        """The summary of some values; all zero for none."""
        if not len(values):
            return Statistics(0, *(0.0,) * 7)
        p50, p90, p99 = np.percentile(values, (50, 90, 99))
        return Statistics(len(values), *(float(x) for x in (values.mean(), values.std(), values.min(), values.max(), p50,
                                                            p90, p99)))


@dataclass(eq=False)
class NodeProfile:
    """What an invoke measured at one node."""

    info: NodeInfo
    durations_ms: Array  # one per recorded run
    data: list[Array]  # per output tensor, all samples; empty arrays without data
    counter_type: str  # "CPU cycles", or ""
    counters: Array  # recorded runs x counters
    statistics: list[str]  # what the target told, per recorded run; empty when it told nothing

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def mean_ms(self) -> float:
        return float(self.durations_ms.mean()) if len(self.durations_ms) else 0.0

    def __repr__(self) -> str:
        data = [block for block in self.data if block.size]
        return (f"<airunner.NodeProfile {self.name!r}: {self.info.description}, {self.mean_ms:.3f} ms by sample"
                f"{', data ' + forms(data) if data else ''}>")


@dataclass(eq=False)
class Profile:
    """What one invoke measured. Three times are kept apart: on the device, on the link, on the host."""

    model: ModelInfo
    mode: Mode  # as granted
    n_samples: int  # completed, in the last round
    durations_ms: Array  # time on the device, per recorded run
    exec_times_ms: Array  # time of the run as the host sees it
    stopped: bool  # by a callback
    nodes: list[NodeProfile]
    device_ms: float
    link_ms: float
    host_ms: float
    link_bytes_sent: int
    link_bytes_received: int
    link_packets: int
    link_turnarounds: int
    stack_bytes: int | None
    heap_bytes: int | None
    counter_type: str
    counters: Array
    begin_unix_s: int  # when the invoke began
    io_mode: int
    warmup: int
    repeat: int
    timeout_ms: int
    mode_not_granted: Mode = Mode(0)  # asked for, but the target or runtime does not give it

    @property
    def mean_ms(self) -> float:
        """Mean time of a sample on the device."""
        return float(self.durations_ms.mean()) if len(self.durations_ms) else 0.0

    @property
    def statistics(self) -> Statistics:
        """Of durations_ms."""
        return Statistics.of(self.durations_ms)

    @property
    def outside_nodes_ms(self) -> float:
        """Mean time of a sample spent outside nodes; 0 without nodes."""
        if not self.nodes:
            return 0.0
        rest = self.mean_ms - math.fsum(node.mean_ms for node in self.nodes)
        return rest if rest > 1e-9 * self.mean_ms else 0.0  # less is the rounding of sums

    def to_dict(self, data: bool = False) -> dict[str, Any]:
        """The document `airunner.profile/1` of docs/json.md; `data`: with the tensors of the nodes."""
        return profile_to_dict(self, data)

    def to_json(self, data: bool = False, indent: int | None = None) -> str:
        """The same as text."""
        return json.dumps(self.to_dict(data), indent=indent, ensure_ascii=False, allow_nan=False)

    def to_html(self) -> str:
        """An HTML page that needs no other file: what `airunner profile --html` writes."""
        return render_html(self.to_json())

    def to_pandas(self) -> Any:
        """A pandas.DataFrame: one row for each node, or one for the whole model without nodes."""
        pandas = importlib.import_module("pandas")

        rows = [{"name": n.name, "index": n.info.index, "m_id": n.info.id, "type": n.info.description,
                 "mean_ms": n.mean_ms, **_spread(n.durations_ms), "share": n.mean_ms / self.mean_ms if self.mean_ms else 0.0,
                 "shape": "; ".join("x".join(map(str, t.shape)) for t in n.info.outputs)} for n in self.nodes]
        return pandas.DataFrame(rows or [{"name": self.model.name, "mean_ms": self.mean_ms, **_spread(self.durations_ms)}])

    def __str__(self) -> str:
        lines = [f"{self.model.name}: {self.n_samples} samples, {self.mean_ms:.3f} ms by sample "
                 f"(device {self.device_ms:.3f}, link {self.link_ms:.3f}, host {self.host_ms:.3f} ms)"]
        if self.mode_not_granted:
            names = "|".join(mode_names(self.mode_not_granted))
            lines.append(f"  not granted: {names}: the target or runtime does not give it")
        width = max((len(node.name) for node in self.nodes), default=0)
        lines += [f"  {n.name:<{width}}  {n.mean_ms:9.3f} ms  {n.info.description}" for n in self.nodes]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (f"<airunner.Profile of {self.model.name!r}: {self.n_samples} samples, {self.mean_ms:.3f} ms by sample, "
                f"{len(self.nodes)} nodes>")

    def _repr_html_(self) -> str:
        from ._html import profile_to_html

        return profile_to_html(self)


def _spread(durations: Array) -> dict[str, float]:
    summary = Statistics.of(durations)
    return {"std_ms": summary.std, "min_ms": summary.min, "max_ms": summary.max}


_mode = lru_cache(Mode)
_PER_LAYER, _WITH_DATA = int(Mode.PER_LAYER), int(Mode.PER_LAYER_WITH_DATA)


def _read_counters(address: int | None, n_runs: int, n_counters: int) -> Array:
    if not n_counters:
        return np.empty((n_runs, 0), np.uint64)
    return copy_memory(address, np.uint64, (n_runs, n_counters))


def _read_node(address: int, n_samples: int, n_runs: int, nodes: dict[int, NodeInfo]) -> NodeProfile:
    profile = _abi.read_struct(_abi.NodeProfile, address)
    info = nodes.get(profile.info)
    if info is None:
        info = nodes[profile.info] = read_node(profile.info)
    blocks = _abi.addresses(profile.data, len(info.outputs)) if profile.data else (None,) * len(info.outputs)
    data = [copy_memory(block if n_samples else None, tensor.dtype, (n_samples, *tensor.storage_shape[1:]))
            for block, tensor in zip(blocks, info.outputs)]
    return NodeProfile(info, copy_memory(profile.durations_ms, np.float64, (n_runs,)), data,
                       _abi.text(profile.counter_type), _read_counters(profile.counters, n_runs, profile.n_counters),
                       list(_abi.texts(profile.statistics, n_runs)))


def read_profile(profile: Any, model: ModelInfo, nodes: dict[int, NodeInfo], asked: int) -> Profile:
    """A copy of an air_profile; `nodes` keeps the descriptions that were read before."""
    n_samples, n_runs = profile.n_samples, profile.n_durations
    if asked & _WITH_DATA:
        asked |= _PER_LAYER
    return Profile(
        model, _mode(profile.mode), n_samples, copy_memory(profile.durations_ms, np.float64, (n_runs,)),
        copy_memory(profile.exec_times_ms, np.float64, (n_runs,)), bool(profile.stopped),
        [_read_node(node, n_samples, n_runs, nodes) for node in _abi.addresses(profile.nodes, profile.n_nodes)],
        profile.device_ms, profile.link_ms, profile.host_ms, profile.link_bytes_sent, profile.link_bytes_received,
        profile.link_packets, profile.link_turnarounds, profile.stack_bytes if profile.stack_bytes >= 0 else None,
        profile.heap_bytes if profile.heap_bytes >= 0 else None, _abi.text(profile.counter_type),
        _read_counters(profile.counters, n_runs, profile.n_counters), profile.begin_unix_s, profile.io_mode,
        profile.warmup, profile.repeat, profile.timeout_ms, _mode(asked & ~profile.mode))
