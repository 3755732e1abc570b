# SPDX-License-Identifier: BSD-3-Clause
"""Numbers against numbers: mean errors, and how much of the spread is explained."""

from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..._errors import InvalidInputError
from ..._info import ModelInfo
from .metric import Batch, Kept, Metric, Total, need_target, output_of


class Regression(Metric):
    """The error is output less target, over all values of the output."""

    name, headline = "regression", "mae"
    numbers = ("n", "mae", "rmse", "bias", "max_error", "r2")

    def __init__(self, *, output: int = 0) -> None:
        self.output = output

    def settings(self) -> dict[str, Any]:
        return {"output": self.output}

    def bind(self, model: ModelInfo, names: Sequence[str]) -> None:
        output_of(model.outputs, self.output, self.name)

    def judge(self, batch: Batch) -> list[Kept]:
        return [self._of(values, target, index) for values, target, index in zip(batch.outputs[self.output], batch.targets, batch.indices)]

    def _of(self, output: Any, target: Any, index: int) -> Kept:
        values = np.asarray(output, np.float64).ravel()
        wanted = np.asarray(need_target(target, index, self.name, "the number that is to be computed"), np.float64).ravel()
        if values.shape != wanted.shape:
            raise InvalidInputError(f"sample {index}: the target has {wanted.size} numbers, and the output {values.size}")
        error = values - wanted
        mean = float(wanted.mean())
        return {"n": error.size, "error": float(error.mean()), "abs": float(abs(error).mean()), "square": float((error**2).mean()),
                "max": float(abs(error).max()), "mean": mean, "spread": float(((wanted - mean)**2).sum())}

    def total(self) -> Total:
        return _Errors()


class _Errors(Total):
    def __init__(self) -> None:
        self._n = self._samples = 0
        self._error = self._abs = self._square = self._max = 0.0
        self._mean = self._spread = 0.0  # of the targets

    def add(self, kept: Kept, index: int) -> None:
        n = kept["n"]
        self._samples += 1
        self._error += kept["error"] * n
        self._abs += kept["abs"] * n
        self._square += kept["square"] * n
        self._max = float(np.maximum(self._max, kept["max"]))  # NaN stays
        # Chan's way to join two groups: no difference of large sums.
        apart = kept["mean"] - self._mean
        self._spread += kept["spread"] + apart**2 * self._n * n / (self._n + n)
        self._n += n
        self._mean += apart * n / self._n

    def result(self) -> dict[str, Any]:
        n = self._n
        if not n:
            return {"n": 0, "mae": None, "rmse": None, "bias": None, "max_error": None, "r2": None}
        return {"n": self._samples, "mae": self._abs / n, "rmse": math.sqrt(self._square / n), "bias": self._error / n, "max_error": self._max,
                "r2": 1 - self._square / self._spread if self._spread else None}
