# SPDX-License-Identifier: BSD-3-Clause
"""Any function of the outputs of a sample and its target, as a metric: the mean of what it gives."""

from __future__ import annotations

import json
from numbers import Real
from typing import Any, Callable, Mapping

import numpy as np

from ..._errors import InvalidArgumentError
from .metric import Batch, Kept, Metric, Total


class Function(Metric):
    """`function(outputs, target)` gives a number, True or False, or a dict of them by name. `outputs` is an array, or a list of a model with
    several outputs."""

    def __init__(self, function: Callable[[Any, Any], Any], name: str = "") -> None:
        self.function = function
        self.name = name or str(getattr(function, "__name__", type(function).__name__)).strip("<>")
        self.headline = "value"

    def judge(self, batch: Batch) -> list[Kept]:
        kept = []
        for place, (index, target) in enumerate(zip(batch.indices, batch.targets)):
            outputs = [output[place] for output in batch.outputs]
            kept.append(self._checked(self.function(outputs[0] if len(outputs) == 1 else outputs, target), index))
        return kept

    def _checked(self, given: Any, index: int) -> Kept:
        if type(given) in (bool, float):  # what most give
            return {"value": given}
        values = dict(given) if isinstance(given, Mapping) else {"value": given}
        for name, value in values.items():
            if isinstance(value, (bool, np.bool_)):
                values[name] = bool(value)
            elif isinstance(value, (Real, np.number)) or (isinstance(value, np.ndarray) and value.ndim == 0):
                values[name] = float(value)
            else:
                raise InvalidArgumentError(f"{self.name}: it gave {value!r} for sample {index}, expected a number, True or False, or a dict of them")
        json.dumps(values)  # names that are no texts
        return values

    def total(self) -> Total:
        return _Means()

    def hit(self, kept: Kept) -> bool | None:
        value = kept.get("value")
        return value if isinstance(value, bool) else None


class _Means(Total):
    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}
        self._n = 0

    def add(self, kept: Kept, index: int) -> None:
        self._n += 1
        for name, value in kept.items():
            total = self._sums.setdefault(name, [0.0, 0])
            total[0] += value
            total[1] += 1

    def result(self) -> dict[str, Any]:
        return {"n": self._n, **{name: total / n for name, (total, n) in self._sums.items()}}
