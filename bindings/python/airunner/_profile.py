# SPDX-License-Identifier: BSD-3-Clause
"""What an invoke measured: read from its result when first asked for, without a copy."""

from __future__ import annotations

import importlib
import json
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from . import _abi, _library
from ._arrays import Array, address_of, forms, view_memory, view_tensor
from ._enums import Mode, mode_names
from ._errors import InvalidArgumentError
from ._info import Description, NodeInfo
from ._page import render_html
from ._values import Held

_FLOAT64 = np.dtype(np.float64)
_PER_LAYER, _WITH_DATA = int(Mode.PER_LAYER), int(Mode.PER_LAYER_WITH_DATA)  # operators of enum.Flag take microseconds

_mode = lru_cache(Mode)


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
        """The summary of some values; NaN is left out, and all is zero for none."""
        source = np.ascontiguousarray(values, _FLOAT64)
        library, struct = _library.load(), _abi.Statistics()
        library.check(library.air_get_statistics(address_of(source), source.size, struct))
        return Statistics(*(getattr(struct, name) for name, *_ in struct._fields_))


class _Measured:
    """What a result tells of a node or of the whole run. Arrays are read-only views, which keep the result.

    A copy or a pickle has what can be read, and no result.
    """

    def __init__(self, result: Held, description: Description, node: int, n_runs: int) -> None:
        self._result, self._description, self._node, self._n_runs = result, description, node, n_runs

    def _values(self, column: str) -> Array:
        """One for each recorded run; none where nothing was measured."""
        place = self._description.columns.get(column)
        address = place is not None and self._result.library.air_get_values(self._result.handle, place, self._node)
        return view_memory(address or None, _FLOAT64, (self._n_runs,), self._result)

    @cached_property
    def durations_ms(self) -> Array:
        """Time on the device, per recorded run."""
        return self._values("time.device")

    @cached_property
    def _counters(self) -> tuple[str, Array]:
        told = [(text, values) for name, text in self._description.counters if len(values := self._values(name))]
        if not told:
            return "", np.empty((self._n_runs, 0), np.uint64)
        texts, columns = zip(*told)
        return ", ".join(dict.fromkeys(texts)), np.nan_to_num(np.stack(columns, axis=1)).astype(np.uint64)

    @property
    def counter_type(self) -> str:
        """What the counters count, such as "CPU cycles"; "" without."""
        return self._counters[0]

    @property
    def counters(self) -> Array:
        """Hardware counters: recorded runs x counters."""
        return self._counters[1]

    @property
    def mean_ms(self) -> float:
        """Mean time of a sample on the device."""
        return Statistics.of(self.durations_ms).mean

    def __getstate__(self) -> dict[str, Any]:
        for kind in type(self).__mro__:
            for name, member in vars(kind).items():
                if isinstance(member, cached_property):
                    getattr(self, name)
        return {name: value for name, value in vars(self).items() if name not in ("_result", "_description")}


class NodeProfile(_Measured):
    """What an invoke measured at one node."""

    def __init__(self, result: Held, description: Description, info: NodeInfo, n_runs: int, has_data: bool) -> None:
        super().__init__(result, description, info.index, n_runs)
        self.info = info
        self._has_data = has_data

    @cached_property
    def data(self) -> list[Array]:
        """Per output tensor, all samples; empty arrays without data."""
        arrays = [view_tensor(self._result, _abi.PLACE_NODE, self._node, index) if self._has_data else None
                  for index in range(len(self.info.outputs))]
        return [np.empty(0, tensor.dtype) if array is None else array for tensor, array in zip(self.info.outputs, arrays)]

    @cached_property
    def statistics(self) -> list[str]:
        """What the target told, per recorded run; empty when it told nothing."""
        note = self._result.library.air_get_note
        texts = [_abi.text(note(self._result.handle, self._node, run)) for run in range(self._n_runs)]
        return texts if any(texts) else []

    @property
    def name(self) -> str:
        return self.info.name

    def __repr__(self) -> str:
        data = [block for block in self.data if block.size]
        return (f"<airunner.NodeProfile {self.name!r}: {self.info.description}, {self.mean_ms:.3f} ms by sample"
                f"{', data ' + forms(data) if data else ''}>")


class Profile(_Measured):
    """What one invoke measured. Three times are kept apart: on the device, on the link, on the host."""

    def __init__(self, result: Held, description: Description) -> None:
        told = result.library.air_get_profile(result.handle).contents
        super().__init__(result, description, _abi.WHOLE_RUN, told.n_runs)
        asked = told.asked_mode | (_PER_LAYER if told.asked_mode & _WITH_DATA else 0)
        self.model = description.info
        self.mode = _mode(told.mode & _abi.MODES_OF_USERS)  # as granted
        self.mode_not_granted = _mode(asked & ~told.mode & _abi.MODES_OF_USERS)  # the target or runtime does not give it
        self.n_samples: int = told.n_samples  # completed, in the last round
        self.stopped = bool(told.stopped)  # by a callback
        self.device_ms: float = told.device_ms
        self.link_ms: float = told.link_ms
        self.host_ms: float = told.host_ms
        self.begin_unix_s: int = told.begin_unix_ms // 1000  # when the invoke began
        self.io_mode: int = told.io_mode
        self.warmup: int = told.warmup
        self.repeat: int = told.repeat
        self.timeout_ms: int = told.timeout_ms

    @cached_property
    def exec_times_ms(self) -> Array:
        """Time of the run as the host sees it, per recorded run."""
        return self._values("time.run")

    @cached_property
    def nodes(self) -> list[NodeProfile]:
        """Those that were run; none without PER_LAYER."""
        mode, result, device = int(self.mode), self._result, self._description.columns["time.device"]
        infos = self._description.nodes.values() if mode & _PER_LAYER else ()
        return [NodeProfile(result, self._description, info, self._n_runs, bool(mode & _WITH_DATA)) for info in infos
                if result.library.air_get_values(result.handle, device, info.index)]

    @cached_property
    def link_bytes_sent(self) -> int:
        return self._sum("link.sent")

    @cached_property
    def link_bytes_received(self) -> int:
        return self._sum("link.received")

    @cached_property
    def link_packets(self) -> int:
        return self._sum("link.packets")

    @cached_property
    def link_turnarounds(self) -> int:
        return self._sum("link.turnarounds")

    @cached_property
    def stack_bytes(self) -> int | None:
        """Used on the target, as it told last."""
        return self._last("memory.stack")

    @cached_property
    def heap_bytes(self) -> int | None:
        return self._last("memory.heap")

    def _sum(self, column: str) -> int:
        return round(float(np.nansum(self._values(column))))

    def _last(self, column: str) -> int | None:
        values = self._values(column)
        known = values[~np.isnan(values)]
        return int(known[-1]) if len(known) else None

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

    def report(self, verbose: bool = False) -> str:
        """All of it as tables for people: what `airunner profile` prints."""
        return self._text("air_result_to_text", _abi.TextOptions(verbose=verbose))

    @cached_property
    def _json(self) -> str:
        return self._text("air_result_to_json", _abi.JSON_COMPACT)

    def _text(self, function: str, argument: Any) -> str:
        library = self._result.library
        return library.text(getattr(library, function), self._result.handle, argument)

    def to_dict(self, data: bool = False) -> dict[str, Any]:
        """The document `airunner.profile/1` of docs/json.md; `data`: with the tensors of the nodes."""
        if data and "_result" not in vars(self):
            raise InvalidArgumentError("a copy of a profile has no document with data: take it from the profile itself")
        document: dict[str, Any] = json.loads(self._text("air_result_to_json", _abi.JSON_COMPACT | _abi.JSON_DATA) if data else self._json)
        return document

    def to_json(self, data: bool = False, indent: int | None = None) -> str:
        """The same as text."""
        return json.dumps(self.to_dict(data), indent=indent, ensure_ascii=False, allow_nan=False)

    def to_html(self) -> str:
        """An HTML page that needs no other file: what `airunner profile --html` writes."""
        return render_html(self._json)

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
