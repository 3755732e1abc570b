# SPDX-License-Identifier: BSD-3-Clause
"""One class of several: top-1 and top-k, confusion, precision and recall of each class, ROC-AUC."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Any, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidArgumentError, InvalidInputError
from ..._info import ModelInfo
from .metric import Batch, Kept, Metric, Total, need_target, output_of, whole_number
from .ranking import roc_auc


class Classification(Metric):
    """`output`: which one has the scores. `auc` keeps all scores: 4 bytes a class and sample. A single score is that of the second of two classes."""

    name, headline = "classification", "top1"

    def __init__(self, top: Sequence[int] = (1, 5), *, output: int = 0, names: Sequence[str] = (), auc: bool = False) -> None:
        if 1 not in top or min(top) < 1:
            raise InvalidArgumentError(f"top={tuple(top)}, expected numbers from 1 on, 1 among them")
        self._top, self.output, self.auc = sorted(set(top)), output, auc
        self.top = self._top
        self.numbers = ("n", *(f"top{k}" for k in self.top), *(("auc",) if auc else ()))
        self._names = self.names = list(names)
        self.n_classes = 0

    def settings(self) -> dict[str, Any]:
        return {"top": self.top, "output": self.output, "auc": self.auc, "classes": self.n_classes}

    def bind(self, model: ModelInfo, names: Sequence[str]) -> None:
        self.n_classes = max(2, output_of(model.outputs, self.output, self.name).n_elements)
        self.top = [k for k in self._top if k < self.n_classes or k == 1]
        self.names = self._names or list(names)
        if self.names and len(self.names) > self.n_classes:
            raise InvalidInputError(f"there are {len(self.names)} names of classes, and the model knows {self.n_classes} classes")

    def judge(self, batch: Batch) -> list[Kept]:
        values = batch.outputs[self.output]
        scores = values.reshape(len(values), -1)
        if scores.shape[1] == 1:
            scores = np.hstack([1 - scores, scores])
        labels = np.array([self._label(target, index) for target, index in zip(batch.targets, batch.indices)])
        known = np.where(np.isnan(scores), -np.inf, scores)
        own = known[np.arange(len(labels)), labels][:, np.newaxis]
        # Of equal scores the first counts as the larger one, as with argmax.
        before = (known == own) & (np.arange(known.shape[1]) < labels[:, np.newaxis])
        ranks = np.where(own[:, 0] == -np.inf, known.shape[1], ((known > own) | before).sum(axis=1))
        kept: list[Kept] = [{"label": label, "predicted": predicted if any_known else None, "rank": rank} for label, predicted, any_known, rank in
                            zip(labels.tolist(), known.argmax(axis=1).tolist(), (known > -np.inf).any(axis=1).tolist(), ranks.tolist())]
        if self.auc:
            for one, row in zip(kept, np.clip(known, -3e38, 3e38).tolist()):
                one["scores"] = row
        return kept

    def _label(self, target: Any, index: int) -> int:
        target = need_target(target, index, self.name, "the number of its class")
        label = int(np.argmax(target)) if np.size(target) > 1 else whole_number(target, index, self.name, "the number of its class")
        if not 0 <= label < self.n_classes:
            raise InvalidInputError(f"sample {index} is of class {label}, and the model knows 0 to {self.n_classes - 1}")
        return label

    def total(self) -> Total:
        return _Classes(self)

    def hit(self, kept: Kept) -> bool | None:
        return bool(kept["rank"] == 0)


class _Classes(Total):
    def __init__(self, metric: Classification) -> None:
        self._metric = metric
        self._pairs: Counter[tuple[int, int | None]] = Counter()  # label and prediction
        self._within = [0] * len(metric.top)
        self._n = 0
        self._labels, self._scores = array("i"), array("f")

    def add(self, kept: Kept, index: int) -> None:
        self._n += 1
        rank = kept["rank"]
        self._pairs[kept["label"], kept["predicted"]] += 1
        for place, k in enumerate(self._metric.top):
            self._within[place] += rank < k
        if self._metric.auc:
            self._labels.append(kept["label"])
            self._scores.extend(kept["scores"])

    def result(self) -> dict[str, Any]:
        n_classes = self._metric.n_classes
        confusion = np.zeros((n_classes, n_classes), np.int64)
        samples = np.zeros(n_classes, np.int64)  # of each class: more than its row has where nothing but NaN was told
        for (label, predicted), count in self._pairs.items():
            samples[label] += count
            if predicted is not None:
                confusion[label, predicted] = count
        result: dict[str, Any] = {"n": self._n}
        result.update({f"top{k}": _part(within, self._n) for k, within in zip(self._metric.top, self._within)})
        areas = self._areas() if self._metric.auc else []
        if areas:
            known = [area for area in areas if area is not None]
            result["auc"] = sum(known) / len(known) if known else None
        result["classes"] = [self._of_class(number, int(samples[number]), confusion, areas) for number in range(n_classes)]
        result["confusion"] = confusion.tolist()
        return result

    def _areas(self) -> list[float | None]:
        """Of each class against the rest."""
        labels = np.frombuffer(self._labels, np.intc) if self._labels else np.zeros(0, np.intc)
        scores: Array = np.frombuffer(self._scores, np.float32) if self._scores else np.zeros(0, np.float32)
        scores = scores.reshape(len(labels), self._metric.n_classes)
        return [roc_auc(scores[:, number], labels == number) for number in range(scores.shape[1])]

    def _of_class(self, number: int, n: int, confusion: Array, areas: list[float | None]) -> dict[str, Any]:
        hits, predicted = int(confusion[number, number]), int(confusion[:, number].sum())
        names = self._metric.names
        of = {"class": number, "name": names[number] if number < len(names) else str(number), "n": n, "predicted": predicted,
              "precision": _part(hits, predicted), "recall": _part(hits, n), "f1": _part(2 * hits, n + predicted)}
        return {**of, "auc": areas[number]} if areas else of


def _part(count: int, of: int) -> float | None:
    return count / of if of else None
