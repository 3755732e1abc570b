# SPDX-License-Identifier: BSD-3-Clause
"""What has been accepted: each index once, in order; and what does not fit together.

Of a sample that was done and added up only its hash and the number of its board stay: ten bytes.
"""

from __future__ import annotations

import heapq
from array import array
from typing import Any, Mapping, Sequence

from .._errors import InvalidArgumentError
from ._divergence import Divergence
from ._interval import Decision
from .metrics import Metric, Total

_TOLD = 20  # of disagreeing samples
TIMES = ("device_ms", "link_ms", "host_ms")  # the first is measured for each sample, the others for a chunk: each of its samples has the mean

Record = Mapping[str, Any]  # a result, as the journal has it


class BoardTally:
    """What one board did."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.totals: list[Total] = [metric.total() for metric in metrics]
        self.accepted = self.executed = 0
        self.times = {key: [0.0, 0, float("inf"), 0.0] for key in TIMES}  # sum, count, min, max
        self.not_deterministic: list[int] = []
        self.n_not_deterministic = 0

    def add_times(self, record: Record) -> None:
        self.executed += 1
        for key, times in self.times.items():
            value = record[key]
            if value is not None:
                times[0] += value
                times[1] += 1
                times[2], times[3] = min(times[2], value), max(times[3], value)


class Tally:
    def __init__(self, metrics: Sequence[Metric], decision: Decision | None, n_worst: int) -> None:
        self.metrics, self.decision = list(metrics), decision
        self.totals: list[Total] = [metric.total() for metric in metrics]
        self._diverging = next((place for place, metric in enumerate(metrics) if isinstance(metric, Divergence)), None)
        self.boards: dict[str, BoardTally] = {}
        self.accepted = self.executed = 0
        self.disagreements: list[dict[str, Any]] = []
        self.n_disagreements = 0
        self._hashes = array("Q")  # by place; 0 is not done
        self._by = array("H")
        self._names: list[str] = []
        self._next = 0  # the first place that is not added up
        self._early: dict[int, Record] = {}  # those behind it
        self._worst: list[tuple[float, int]] = []
        self._n_worst = n_worst

    def has(self, place: int) -> bool:
        return place < len(self._hashes) and self._hashes[place] != 0

    @property
    def is_decided(self) -> bool:
        return self.decision is not None and self.decision.decided_after is not None

    def take(self, place: int, record: Record) -> None:
        """A result: the first one of its place counts, another one has to be the same."""
        self.executed += 1
        name = record["board"]
        board = self.boards.get(name)
        if board is None:
            board = self.boards[name] = BoardTally(self.metrics)
        board.add_times(record)
        digest = int(record["hash"][:16], 16) | 1
        if self.has(place):
            self._compare(place, digest, name, record["index"])
            return
        if place >= len(self._hashes):
            more = place + 1 - len(self._hashes)
            self._hashes.extend([0] * more)
            self._by.extend([0] * more)
        self._hashes[place] = digest
        self._by[place] = self._number(name)
        self.accepted += 1
        board.accepted += 1
        self._early[place] = record
        while self._next in self._early:
            self._add(self._early.pop(self._next))
            self._next += 1

    def add_rest(self) -> None:
        """What is behind a sample that nobody could run."""
        for place in sorted(self._early):
            self._add(self._early.pop(place))

    def _number(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def _compare(self, place: int, digest: int, name: str, index: int) -> None:
        if self._hashes[place] == digest:
            return
        first = self._names[self._by[place]]
        if first == name:
            board = self.boards[name]
            board.n_not_deterministic += 1
            if index not in board.not_deterministic and len(board.not_deterministic) < _TOLD:
                board.not_deterministic.append(index)
        else:
            self.n_disagreements += 1
            if len(self.disagreements) < _TOLD:
                self.disagreements.append({"index": index, "boards": [first, name]})

    def _add(self, record: Record) -> None:
        index = record["index"]
        board = self.boards[record["board"]]
        for place, kept in enumerate(record["kept"]):
            self.totals[place].add(kept, index)
            board.totals[place].add(kept, index)
        if self.decision is not None:
            hit = self.metrics[0].hit(record["kept"][0])
            if hit is None:
                raise InvalidArgumentError(f"decide=...: {self.metrics[0].name} gave {record['kept'][0]} for sample {index}, expected True or False")
            self.decision.add(hit)
        if self._diverging is not None:
            self._note_worst(record["kept"][self._diverging], index)

    def _note_worst(self, divergence: Mapping[str, float | None], index: int) -> None:
        value = divergence["l2r"]
        entry = (float("inf") if value is None else value, -index)  # of equal ones the first
        if len(self._worst) < self._n_worst:
            heapq.heappush(self._worst, entry)
        elif self._worst and entry > self._worst[0]:
            heapq.heapreplace(self._worst, entry)

    def worst(self) -> list[tuple[int, float]]:
        return [(-index, value) for value, index in sorted(self._worst, reverse=True)]
