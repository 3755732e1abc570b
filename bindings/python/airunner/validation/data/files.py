# SPDX-License-Identifier: BSD-3-Clause
"""Samples in files of their own: a folder with one folder for each class, a flat folder, or a .csv with the paths."""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidInputError
from ..._tensor import TensorInfo
from .images import SUFFIXES as IMAGES
from .images import ImageRules
from .source import Sample, Source, add_file
from .wav import SUFFIXES as SOUNDS
from .wav import WavRules

_ARRAYS = (".npy",)


def _of_folder(folder: Path) -> tuple[list[tuple[Path, Any]], list[str]]:
    """Files with the numbers of their classes, which are the folders in alphabetical order; without folders, files without classes."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    places: list[tuple[Path, Any]] = [(folder / name, number) for number, name in enumerate(names)] if names else [(folder, None)]
    return [(path, number) for place, number in places for path in sorted(place.rglob("*") if names else place.iterdir()) if _is_known(path)], names


def _is_known(path: Path) -> bool:
    return path.suffix.lower() in (*IMAGES, *SOUNDS, *_ARRAYS) and not path.name.startswith(".")


def _target(text: str, folder: Path) -> Any:
    """A number, a word, or the path of an .npy or an image with a number for each place (masks). An empty cell is no target."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return folder / text if Path(text).suffix.lower() in (*IMAGES, *_ARRAYS) else text or None


def _of_csv(file: Path) -> tuple[list[tuple[Path, Any]], list[str]]:
    """Lines `path,target`; a first line with these names is left out. Targets that are words are classes, in alphabetical order."""
    try:
        with open(file, newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{file}: it cannot be read as CSV in UTF-8 ({error})") from None
    if rows and rows[0][0].strip().lower() in ("path", "file", "filename"):
        rows = rows[1:]
    for number, row in enumerate(rows):
        if len(row) > 2:
            raise InvalidInputError(f"{file}: line {number + 1} of the samples has {len(row)} cells, expected a path and a target")
    found = [(file.parent / row[0], _target(row[1].strip(), file.parent) if len(row) > 1 else None) for row in rows]
    names = sorted({target for _, target in found if isinstance(target, str)})
    numbers = [target for _, target in found if isinstance(target, (int, float))]
    if names and numbers:
        raise InvalidInputError(f"{file}: some targets are numbers such as {numbers[0]}, others words such as {names[0]!r}: expected either")
    return [(path, names.index(target) if isinstance(target, str) else target) for path, target in found], names


def _read_target(target: Any, images: ImageRules) -> Any:
    if not isinstance(target, Path):
        return target
    if target.suffix.lower() == ".npy":
        return np.load(target, allow_pickle=False)
    from .optional import need

    pillow = need("PIL.Image", "Pillow", "masks")
    try:
        with pillow.open(target) as mask:  # palettes stay numbers; of the size of the input, and no value is mixed
            return np.asarray(mask.resize((images.width, images.height), pillow.NEAREST))
    except (OSError, AttributeError) as error:
        raise InvalidInputError(f"{target}: it cannot be read as a mask ({error})") from None


class Files(Source):
    """`path`: a folder, or a .csv. Files are images, .wav or .npy, each read by the rules for its kind."""

    places = ("path",)

    def __init__(self, path: str | os.PathLike[str], *, images: ImageRules | None = None, sounds: WavRules | None = None) -> None:
        place = Path(path)
        if not place.exists():
            raise InvalidInputError(f"{place} is not there: expected a folder, or a .csv, .npz or .npy file")
        if not place.is_dir() and place.suffix.lower() != ".csv":
            raise InvalidInputError(f"{place}: expected a folder, or a .csv, .npz or .npy file")
        self._files, self._classes = _of_folder(place) if place.is_dir() else _of_csv(place)
        if not self._files:
            raise InvalidInputError(f"{place}: there are no samples in it: expected files that end in {', '.join((*IMAGES, *SOUNDS, *_ARRAYS))}")
        super().__init__(len(self._files), {"kind": "folder" if place.is_dir() else "csv", "path": os.fspath(path)})
        self.names = self._classes
        self._images, self._sounds = images or ImageRules(), sounds or WavRules()

    def bind(self, inputs: Sequence[TensorInfo]) -> None:
        kinds = {file.suffix.lower() for file, _ in self._files}
        if kinds & set(IMAGES):
            self._images.bind(inputs)
            self.rules["images"] = self._images.described
        if kinds & set(SOUNDS):
            self._sounds.bind(inputs)
            self.rules["sounds"] = self._sounds.described
        self.rules["classes"] = self._classes

    def fingerprint(self) -> str:
        """Of all files, and their targets."""
        digest = hashlib.blake2b(digest_size=16)
        for path, target in self._files:
            digest.update(f"{path.name} {'' if isinstance(target, Path) else target}\n".encode())
            add_file(digest, path)
            if isinstance(target, Path):
                add_file(digest, target)
        return digest.hexdigest()

    def __getitem__(self, index: int) -> Sample:
        path, target = self._files[index]
        return self._read(path), _read_target(target, self._images)

    def _read(self, path: Path) -> Array:
        kind = path.suffix.lower()
        if kind in IMAGES:
            return self._images.read(path)
        if kind in SOUNDS:
            return self._sounds.read(path)
        if kind not in _ARRAYS:
            raise InvalidInputError(f"{path}: expected a file that ends in {', '.join((*IMAGES, *SOUNDS, *_ARRAYS))}")
        try:
            array: Array = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise InvalidInputError(f"{path}: it cannot be read as an array ({error})") from None
        return array
