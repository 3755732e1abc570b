# SPDX-License-Identifier: BSD-3-Clause
"""Boxes around things: COCO's mean average precision, computed by its makers' own library, pycocotools."""

from __future__ import annotations

import contextlib
import io
from typing import Any, Callable, Iterable, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidInputError
from ..._info import ModelInfo
from ..data.optional import need
from .metric import Batch, Kept, Metric, Total, need_target, output_of

Box = Sequence[float]  # x1, y1, x2, y2 in pixels of the input, score, class
Decode = Callable[[list[Array]], Iterable[Box]]

# COCOeval's numbers, in its order.
_STATISTICS = ("map", "map50", "map75", "map_small", "map_medium", "map_large", "mar1", "mar10", "mar100", "mar_small", "mar_medium", "mar_large")


class Detection(Metric):
    """Targets are those of `Coco` data: the image with its true boxes, and where it lies in the input.

    `decode` makes boxes of the outputs of one sample (a list of arrays): rows x1, y1, x2, y2 in pixels of the input, score, class. Without it the
    first output has such rows, as of networks that select boxes themselves; rows with score 0 are none.
    """

    name, headline = "detection", "map"
    numbers = ("n", *_STATISTICS)

    def __init__(self, decode: Decode | None = None) -> None:
        self.decode = decode

    def settings(self) -> dict[str, Any]:
        return {"decode": "rows" if self.decode is None else getattr(self.decode, "__qualname__", "function")}

    def bind(self, model: ModelInfo, names: Sequence[str]) -> None:
        self.names = list(names)
        need("pycocotools.cocoeval", "pycocotools", "COCO's mAP")
        shape = output_of(model.outputs, 0, self.name).shape
        if self.decode is None and (len(shape) < 3 or shape[-1] != 6):
            raise InvalidInputError(f"detection: the first output is {shape}, expected rows of 6 (x1, y1, x2, y2, score, class): give decode")

    def judge(self, batch: Batch) -> list[Kept]:
        kept = []
        for place, (index, target) in enumerate(zip(batch.indices, batch.targets)):
            target = need_target(target, index, self.name, "the true boxes, as Coco data has them")
            if not isinstance(target, dict) or "boxes" not in target:
                raise InvalidInputError(f"detection: sample {index} has a target of type {type(target).__name__}, expected that of Coco data")
            outputs = [output[place] for output in batch.outputs]
            rows = outputs[0].reshape(-1, 6) if self.decode is None else self.decode(outputs)
            kept.append({"truth": target["boxes"], "size": target["size"], "found": [_placed(row, target) for row in rows if row[4] > 0]})
        return kept

    def total(self) -> Total:
        return _Boxes(self.names)


def _placed(row: Box, target: dict[str, Any]) -> list[float]:
    """Class, score, and x, y, width, height in pixels of the image, cut at its border."""
    x1, y1, x2, y2, score, number = (float(value) for value in row)
    width, height = target["size"]
    left, right = (min(max((x - target["left"]) / target["scale_x"], 0), width) for x in (x1, x2))
    top, bottom = (min(max((y - target["top"]) / target["scale_y"], 0), height) for y in (y1, y2))
    return [int(number), score, *(round(value, 3) for value in (left, top, right - left, bottom - top))]


class _Boxes(Total):
    """Everything is kept until the end: COCO's average precision is over the order of all scores."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._truth: list[dict[str, Any]] = []
        self._found: list[list[float]] = []
        self._images: list[int] = []
        self._classes: set[int] = set()

    def add(self, kept: Kept, index: int) -> None:
        self._images.append(index)
        for number, x, y, width, height, area, crowd in kept["truth"]:
            self._classes.add(number)
            self._truth.append({"id": len(self._truth) + 1, "image_id": index, "category_id": number, "bbox": [x, y, width, height],
                                "area": area, "iscrowd": crowd})
        self._found.extend([index, x, y, width, height, score, number] for number, score, x, y, width, height in kept["found"])

    def result(self) -> dict[str, Any]:
        if not self._truth:
            return {"n": len(self._images), **dict.fromkeys(_STATISTICS)}
        coco, evaluation = need("pycocotools.coco", "pycocotools", "COCO's mAP"), need("pycocotools.cocoeval", "pycocotools", "COCO's mAP")
        with contextlib.redirect_stdout(io.StringIO()):
            truth = coco.COCO()
            truth.dataset = {"images": [{"id": index} for index in self._images], "annotations": self._truth, "info": {},
                             "categories": [{"id": number} for number in sorted(self._classes)]}
            truth.createIndex()
            found = truth.loadRes(np.array(self._found)) if self._found else coco.COCO()
            run = evaluation.COCOeval(truth, found, "bbox")
            run.params.imgIds = sorted(self._images)
            run.params.catIds = sorted(self._classes)
            run.evaluate()
            run.accumulate()
            run.summarize()
        numbers = {name: float(value) if value >= 0 else None for name, value in zip(_STATISTICS, run.stats)}
        return {"n": len(self._images), **numbers, "classes": self._of_classes(run)}

    def _of_classes(self, run: Any) -> list[dict[str, Any]]:
        precision = run.eval["precision"][:, :, :, 0, -1]  # thresholds, recalls, classes; all areas, 100 boxes
        classes = []
        for place, number in enumerate(sorted(self._classes)):
            known = precision[:, :, place][precision[:, :, place] >= 0]
            name = self._names[number] if number < len(self._names) else str(number)
            n = sum(one["category_id"] == number for one in self._truth)
            classes.append({"class": number, "name": name, "n": n, "map": float(known.mean()) if known.size else None})
        return classes
