# SPDX-License-Identifier: BSD-3-Clause
"""Normal or not, by a score: ROC-AUC as MLPerf Tiny's benchmark of anomaly detection defines it."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidInputError
from ..._info import ModelInfo
from .metric import Batch, Kept, Metric, Total, whole_number
from .ranking import roc_auc


class Anomaly(Metric):
    """Targets are 0 (normal) or 1, or pairs (0 or 1, recording): the score of a recording is then the mean of its samples.

    `score` is a function of the outputs of a sample; without it the score is the output itself where it is one number, else the mean square of
    output less input, as of an autoencoder.
    """

    name, headline = "anomaly", "auc"
    numbers = ("n", "n_anomalous", "auc")

    def __init__(self, score: Callable[[list[Array]], float] | None = None) -> None:
        self.score = score

    def settings(self) -> dict[str, Any]:
        return {"score": "reconstruction" if self.score is None else getattr(self.score, "__qualname__", "function")}

    def bind(self, model: ModelInfo, names: Sequence[str]) -> None:
        self._input = model.inputs[0]
        if self.score is None and model.outputs[0].n_elements not in (1, model.inputs[0].n_elements):
            raise InvalidInputError(f"anomaly: the output has {model.outputs[0].n_elements} values, expected one, or those of the input "
                                    f"({self._input.n_elements}): give a score")

    def judge(self, batch: Batch) -> list[Kept]:
        return [{"score": score, **_target(target, index)} for score, target, index in zip(self._scores(batch), batch.targets, batch.indices)]

    def _scores(self, batch: Batch) -> list[float]:
        if self.score is not None:
            return [float(self.score([output[place] for output in batch.outputs])) for place in range(len(batch.indices))]
        n = len(batch.indices)
        output = batch.outputs[0].reshape(n, -1).astype(np.float64)
        if output.shape[1] == 1:
            return [float(value) for value in output[:, 0]]
        given = batch.inputs[0]
        real = given if given.dtype.kind == "f" else self._input.dequantize(given)
        return [float(value) for value in ((output - real.reshape(n, -1))**2).mean(axis=1)]

    def total(self) -> Total:
        return _Scores()


def _target(target: Any, index: int) -> Kept:
    label, group = target if isinstance(target, tuple) else (target, None)
    label = whole_number(label, index, "anomaly", "0 (normal) or 1")
    if label not in (0, 1):
        raise InvalidInputError(f"sample {index}: the target is {label}, expected 0 (normal) or 1")
    return {"label": label} if group is None else {"label": label, "group": group}


class _Scores(Total):
    def __init__(self) -> None:
        self._groups: dict[Any, list[Any]] = {}  # sum, count, label

    def add(self, kept: Kept, index: int) -> None:
        group = self._groups.setdefault(kept["group"] if "group" in kept else (index,), [0.0, 0, kept["label"]])
        if group[2] != kept["label"]:
            raise InvalidInputError(f"recording {kept['group']!r} has samples that are normal and others that are not")
        group[0] += kept["score"]
        group[1] += 1

    def result(self) -> dict[str, Any]:
        scores = np.array([total / n for total, n, _ in self._groups.values()], np.float64)
        anomalous = np.array([label == 1 for _, _, label in self._groups.values()], bool)
        return {"n": len(scores), "n_anomalous": int(anomalous.sum()), "auc": roc_auc(scores, anomalous) if np.isfinite(scores).all() else None}
