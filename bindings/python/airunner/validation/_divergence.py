# SPDX-License-Identifier: BSD-3-Clause
"""How far the outputs of a sample are from those of a reference, another descriptor that runs the same samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._arrays import Array
from .._errors import InvalidModelError
from .._info import ModelInfo
from .._model import Model
from .metrics.metric import Batch, Kept, Metric, Total


class Divergence(Metric):
    """A metric without targets. `model` is the reference, `boards` what the samples are made for."""

    name, headline = "divergence", "l2r_mean"
    numbers = ("n", "n_equal", "n_not_finite", "l2r_mean", "l2r_max", "max_error")

    def __init__(self, model: Model, boards: ModelInfo, timeout: float) -> None:
        self._model, self._timeout = model, timeout
        self._given = boards.inputs
        for mine, theirs, what in ((model.inputs, boards.inputs, "inputs"), (model.outputs, boards.outputs, "outputs")):
            sizes = [[t.n_elements for t in tensors] for tensors in (mine, theirs)]
            if sizes[0] != sizes[1]:
                raise InvalidModelError(f"the {what} of the reference {model.info.descriptor} have {sizes[0]} elements, those of the boards {sizes[1]}: "
                                        "expected the same network")

    def settings(self) -> dict[str, Any]:
        return {"reference": self._model.info.descriptor, "hash": self._model.info.hash}

    def judge(self, batch: Batch) -> list[Kept]:
        """norm(output - reference) / norm(reference) of a sample, and its largest difference, over all outputs."""
        given = [self._input(array, place) for place, array in enumerate(batch.inputs)]
        wanted = self._model.invoke(given, quantize=True, dequantize=True, timeout=self._timeout * len(given[0])).outputs
        other, reference = (np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1).astype(np.float64)
                            for arrays in (batch.outputs, wanted))
        with np.errstate(all="ignore"):
            error = other - reference
            relative = np.where((error == 0).all(axis=1), 0.0, np.linalg.norm(error, axis=1) / np.linalg.norm(reference, axis=1))
        return [{"l2r": _finite(l2r), "max": _finite(worst)} for l2r, worst in zip(relative.tolist(), abs(error).max(axis=1).tolist())]

    def total(self) -> Total:
        return _Divergences()

    def _input(self, array: Array, place: int) -> Array:
        """Real values where the reference stores others than the boards do."""
        mine, theirs = self._model.inputs[place], self._given[place]
        if array.dtype == mine.dtype and (mine.scales, mine.zero_points) == (theirs.scales, theirs.zero_points):
            return array.reshape(len(array), *mine.storage_shape[1:])
        real = array if array.dtype.kind == "f" else theirs.dequantize(array)
        return real.astype(np.float32, copy=False).reshape(len(array), *mine.shape[1:])


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


class _Divergences(Total):
    """Mean and largest of all samples; `n_equal` have the same outputs."""

    def __init__(self) -> None:
        self._n = self._n_equal = self._n_unknown = 0
        self._sum = self._largest = self._max = 0.0

    def add(self, kept: Kept, index: int) -> None:
        self._n += 1
        if kept["l2r"] is None or kept["max"] is None:
            self._n_unknown += 1
            return
        self._n_equal += kept["max"] == 0
        self._sum += kept["l2r"]
        self._largest, self._max = max(self._largest, kept["l2r"]), max(self._max, kept["max"])

    def result(self) -> dict[str, Any]:
        known = self._n - self._n_unknown
        return {"n": self._n, "n_equal": self._n_equal, "n_not_finite": self._n_unknown, "l2r_mean": self._sum / known if known else None,
                "l2r_max": self._largest, "max_error": self._max}
