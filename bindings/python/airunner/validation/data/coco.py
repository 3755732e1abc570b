# SPDX-License-Identifier: BSD-3-Clause
"""Images with true boxes, in COCO's format: a .json with images, annotations and categories."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Sequence

from ..._errors import InvalidInputError
from ..._tensor import TensorInfo
from .images import ImageRules
from .source import Sample, Source, add_file


def _number(one: dict[str, Any]) -> int:
    return int(one["id"])


class Coco(Source):
    """`annotations`: the .json; `images`: the folder of its images. Classes are counted in the order of the numbers of the categories."""

    places = ("path", "images")

    def __init__(self, annotations: str | os.PathLike[str], images: str | os.PathLike[str], rules: ImageRules | None = None) -> None:
        try:
            document = json.loads(Path(annotations).read_text(encoding="utf-8"))
            self._images = sorted(document["images"], key=_number)
            categories = sorted(document["categories"], key=_number)
            number = {category["id"]: place for place, category in enumerate(categories)}
            self._boxes: dict[Any, list[list[Any]]] = {}
            for one in document["annotations"]:
                area = one.get("area", one["bbox"][2] * one["bbox"][3])
                box = [number[one["category_id"]], *one["bbox"], area, int(one.get("iscrowd", 0))]
                self._boxes.setdefault(one["image_id"], []).append(box)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(f"{annotations}: it cannot be read as COCO's annotations ({type(error).__name__}: {error})") from None
        super().__init__(len(self._images), {"kind": "coco", "path": os.fspath(annotations), "images": os.fspath(images)})
        self.names = [category["name"] for category in categories]
        self._file, self._folder = Path(annotations), Path(images)
        self._rules = rules or ImageRules(resize="letterbox")

    def bind(self, inputs: Sequence[TensorInfo]) -> None:
        self._rules.bind(inputs)
        self.rules["rules"] = self._rules.described
        self.rules["classes"] = self.names

    def fingerprint(self) -> str:
        """Of the annotations, and all images."""
        digest = hashlib.blake2b(digest_size=16)
        for path in (self._file, *(self._folder / image["file_name"] for image in self._images)):
            add_file(digest, path)
        return digest.hexdigest()

    def __getitem__(self, index: int) -> Sample:
        image = self._images[index]
        values, placed = self._rules.place(self._folder / image["file_name"])
        return values, {"boxes": self._boxes.get(image["id"], []), "size": [image["width"], image["height"]], **placed}
