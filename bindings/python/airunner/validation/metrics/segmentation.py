# SPDX-License-Identifier: BSD-3-Clause
"""A class for each place of an image: mIoU."""

from __future__ import annotations

from collections import Counter
from typing import Any, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidInputError
from ..._info import ModelInfo
from .metric import Batch, Kept, Metric, Total, need_target, output_of


class Segmentation(Metric):
    """Targets are arrays of class numbers, of the size of the output. Places whose target is `ignore` do not count.

    The output has scores of the classes, first or last, or numbers of classes, or one score: that of the second of two classes.
    """

    name, headline = "segmentation", "miou"
    numbers = ("n", "miou", "pixel_accuracy")

    def __init__(self, *, output: int = 0, ignore: int = 255, names: Sequence[str] = ()) -> None:
        self.output, self.ignore = output, ignore
        self._names = self.names = list(names)

    def settings(self) -> dict[str, Any]:
        return {"output": self.output, "ignore": self.ignore}

    def bind(self, model: ModelInfo, names: Sequence[str]) -> None:
        output_of(model.outputs, self.output, self.name)
        self.names = self._names or list(names)

    def judge(self, batch: Batch) -> list[Kept]:
        return [self._of(output, target, index) for output, target, index in zip(batch.outputs[self.output], batch.targets, batch.indices)]

    def _of(self, output: Array, target: Any, index: int) -> Kept:
        wanted = np.squeeze(np.asarray(need_target(target, index, self.name, "an array of class numbers")))
        if wanted.dtype.kind == "f" and not (wanted == np.floor(wanted)).all():
            raise InvalidInputError(f"sample {index}: the target has numbers such as 0.5 or NaN, expected those of classes")
        classes = _classes(output, wanted.shape, index)
        counted = wanted != self.ignore
        pairs = _pairs(wanted[counted], classes[counted])
        hits, n = sum(count for (t, p), count in pairs.items() if t == p), sum(pairs.values())
        return {"accuracy": hits / n if n else None, "pairs": [[*pair, count] for pair, count in sorted(pairs.items())]}

    def total(self) -> Total:
        return _Places(self.names)


def _pairs(wanted: Array, classes: Array) -> Counter[tuple[int, int]]:
    """How often target and class come together."""
    both, counts = np.unique(wanted.astype(np.int64) << 32 | classes.astype(np.int64), return_counts=True)
    return Counter({(int(pair >> 32), int(pair & 0xffffffff)): int(count) for pair, count in zip(both, counts)})


def _classes(output: Array, shape: tuple[int, ...], index: int) -> Array:
    """The class of each place: the largest of the scores, or the number that the output has."""
    squeezed = np.squeeze(output)
    if squeezed.shape == shape:  # numbers of classes; what is between them is a score of the second of two
        return squeezed if (squeezed == np.floor(squeezed)).all() else squeezed > 0.5
    for scores in (output, squeezed):
        if scores.shape[:-1] == shape:
            found: Array = scores.argmax(axis=-1)
            return found
        if scores.shape[1:] == shape:
            found = scores.argmax(axis=0)
            return found
    raise InvalidInputError(f"sample {index}: the target is {shape}, and the output {output.shape}: expected targets of the size of the output")


class _Places(Total):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._n = 0

    def add(self, kept: Kept, index: int) -> None:
        self._n += 1
        for target, found, count in kept["pairs"]:
            self._pairs[target, found] += count

    def result(self) -> dict[str, Any]:
        """A class that neither targets nor outputs have is left out."""
        wanted: Counter[int] = Counter()
        found: Counter[int] = Counter()
        for (target, other), count in self._pairs.items():
            wanted[target] += count
            found[other] += count
        classes: list[dict[str, Any]] = []
        for number in sorted(set(wanted) | set(found)):
            both = self._pairs[number, number]
            name = self._names[number] if number < len(self._names) else str(number)
            classes.append({"class": number, "name": name, "n": wanted[number], "iou": both / (wanted[number] + found[number] - both)})
        places = sum(self._pairs.values())
        hits = sum(count for (target, other), count in self._pairs.items() if target == other)
        return {"n": self._n, "miou": sum(one["iou"] for one in classes) / len(classes) if classes else None,
                "pixel_accuracy": hits / places if places else None, "classes": classes}
