# SPDX-License-Identifier: BSD-3-Clause
"""What an invoke measured: read from its result when first asked for, without a copy."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np

from . import _abi, _library
from ._arrays import Array, address_of, forms, view_memory
from ._documents import Page, indented, shown
from ._enums import Mode
from ._errors import InvalidArgumentError
from ._info import Description, NodeInfo
from ._result_tensor import ResultTensor, tensors_of
from ._values import Held

_FLOAT64 = np.dtype(np.float64)
_PER_LAYER, _WITH_DATA = int(Mode.PER_LAYER), int(Mode.PER_LAYER_WITH_DATA)  # operators of enum.Flag take microseconds

_mode = lru_cache(Mode)
Self = TypeVar("Self", bound="_Measured")


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

    A copy is the same object, which nobody changes. A pickle has what can be read, and no result.
    """

    def __init__(self, result: Held, description: Description, node: int, n_runs: int) -> None:
        self._result, self._description, self._node, self._n_runs = result, description, node, n_runs

    def _values(self, column: bytes) -> Array:
        """One for each recorded run; none where nothing was measured."""
        library, handle = self._result.library, self._result.handle
        place = library.air_find_column(self._description.model.handle, column)
        return view_memory(library.air_get_values(handle, place, self._node), _FLOAT64, (self._n_runs,), self._result)

    @cached_property
    def durations_ms(self) -> Array:
        """Time on the device, per recorded run."""
        return self._values(b"time.device")

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

    @cached_property
    def columns(self) -> dict[str, Array]:
        """Everything that was measured here, by the name of its column, such as "npu.port.0.read": one value per recorded run."""
        found = {name: self._values(name.encode()) for name in self._description.columns}
        return {name: values for name, values in found.items() if len(values)}

    @property
    def mean_ms(self) -> float:
        """Mean time of a sample on the device."""
        return Statistics.of(self.durations_ms).mean

    def __copy__(self: Self) -> Self:
        return self

    def __deepcopy__(self: Self, memo: Any) -> Self:
        return self

    @property
    def _held(self) -> Held:
        """The result, which is not in a pickle."""
        if "_result" not in vars(self):
            raise InvalidArgumentError("a pickled profile has no tensors, no trace and no document with data: take them from the profile itself, "
                                       "or pickle a capture")
        return self._result

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

    @property
    def tensors(self) -> list[ResultTensor]:
        """The outputs of the node, all samples; none without data."""
        infos = self.info.outputs if self._has_data else ()
        return tensors_of(self._held, _abi.PLACE_NODE, self._node, infos)

    @cached_property
    def data(self) -> list[Array]:
        """Views of the tensors; empty arrays without data."""
        return [tensor.array for tensor in self.tensors] or [np.empty(0, tensor.dtype) for tensor in self.info.outputs]

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


class Profile(_Measured, Page):
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
        return self._values(b"time.run")

    @cached_property
    def not_finite_inputs(self) -> dict[str, tuple[int, int]]:
        """Inputs that were given values that are no numbers: how many NaN and infinite ones, by name."""
        told = self._held.library.air_get_profile(self._held.handle).contents
        counts = (_abi.NotFinite * told.n_not_finite).from_address(told.not_finite) if told.n_not_finite else ()
        return {self.model.inputs[i].name: (found.n_nan, found.n_infinite)
                for i, found in enumerate(counts) if found.n_nan + found.n_infinite}

    @cached_property
    def nodes(self) -> list[NodeProfile]:
        """Those that were run; none without PER_LAYER."""
        mode = int(self.mode)
        infos = self._description.nodes.values() if mode & _PER_LAYER else ()
        nodes = (NodeProfile(self._result, self._description, info, self._n_runs, bool(mode & _WITH_DATA)) for info in infos)
        return [node for node in nodes if len(node.durations_ms)]

    @cached_property
    def link_bytes_sent(self) -> int:
        return self._sum(b"link.sent")

    @cached_property
    def link_bytes_received(self) -> int:
        return self._sum(b"link.received")

    @cached_property
    def link_packets(self) -> int:
        return self._sum(b"link.packets")

    @cached_property
    def link_turnarounds(self) -> int:
        return self._sum(b"link.turnarounds")

    @cached_property
    def stack_bytes(self) -> int | None:
        """Used on the target, as it told last."""
        return self._last(b"memory.stack")

    @cached_property
    def heap_bytes(self) -> int | None:
        return self._last(b"memory.heap")

    def _sum(self, column: bytes) -> int:
        return round(float(np.nansum(self._values(column))))

    def _last(self, column: bytes) -> int | None:
        values = self._values(column)
        known = values[~np.isnan(values)]
        return int(known[-1]) if len(known) else None

    @property
    def statistics(self) -> Statistics:
        """Of durations_ms."""
        return Statistics.of(self.durations_ms)

    @cached_property
    def outside_nodes_ms(self) -> float:
        """Median time of a sample less those of its nodes; 0 without nodes."""
        return self.to_dict()["outside_nodes_ms"] or 0.0

    def report(self, verbose: bool = False) -> str:
        """All of it as tables for people: what `airunner profile` prints."""
        return self._details if verbose else self._report

    @cached_property
    def _report(self) -> str:
        return self._text("air_result_to_text", _abi.TextOptions())

    @cached_property
    def _details(self) -> str:
        return self._text("air_result_to_text", _abi.TextOptions(verbose=True))

    @cached_property
    def _json(self) -> str:
        return self._text("air_result_to_json", _abi.JSON_COMPACT)

    def _text(self, function: str, *arguments: Any) -> str:
        library = self._held.library
        return library.text(getattr(library, function), self._held.handle, *arguments)

    def to_dict(self, data: bool = False) -> dict[str, Any]:
        """The document `airunner.profile/1` of docs/json.md; `data`: with the tensors of the nodes."""
        document: dict[str, Any] = json.loads(self.to_json(data))
        return document

    def to_json(self, data: bool = False, indent: int | None = None) -> str:
        """The same as text."""
        return indented(self._text("air_result_to_json", _abi.JSON_COMPACT | _abi.JSON_DATA) if data else self._json, indent)

    @cached_property
    def _csv(self) -> str:
        return self._text("air_result_to_csv")

    def to_csv(self) -> str:
        """A line for each node, or one for the whole model without nodes: what `airunner profile --csv` prints."""
        return self._csv

    def to_trace(self) -> str:
        """For Perfetto and chrome://tracing: what `airunner profile --trace` writes."""
        return self._text("air_result_to_trace")

    def to_pandas(self) -> Any:
        """A pandas.DataFrame: one row for each node, or one for the whole model without nodes."""
        pandas = importlib.import_module("pandas")

        document = self.to_dict()
        rows = [{"name": node["name"], "index": node["index"], "m_id": node["m_id"], "type": node["layer_desc"],
                 **_spread(node["statistics"]), "share": node["share"],
                 "shape": "; ".join("x".join(map(str, shape)) for shape in node["shape"])} for node in document["c_nodes"]]
        return pandas.DataFrame(rows or [{"name": self.model.name, **_spread(document["statistics"])}])

    def __str__(self) -> str:
        return shown(self._report)

    def __repr__(self) -> str:
        odd = "".join(f"input {name} with {n_nan} NaN and {n_infinite} infinite values, "
                      for name, (n_nan, n_infinite) in self.not_finite_inputs.items())
        return (f"<airunner.Profile of {self.model.name!r}: {odd}{self.n_samples} samples, {self.mean_ms:.3f} ms by sample, "
                f"{len(self.nodes)} nodes>")


def _spread(statistics: dict[str, float]) -> dict[str, float]:
    return {f"{name}_ms": statistics[name] for name in ("mean", "std", "min", "max")}
