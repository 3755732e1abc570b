# SPDX-License-Identifier: BSD-3-Clause
"""Samples in arrays: .npz and .npy files, or arrays in memory. The first dimension counts the samples."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any, Mapping, Sequence

import numpy as np

from ..._arrays import Array
from ..._errors import InvalidInputError
from ..._tensor import TensorInfo
from .source import Sample, Source

_TARGETS = ("y", "y_test", "labels", "targets", "label", "target")
_INPUTS = ("x", "x_test", "images", "inputs", "data")


def _member(path: Path, info: zipfile.ZipInfo) -> Array | None:
    """An array of an .npz that is stored as it is, where it lies in the file: of a large one only what is used comes into memory."""
    if info.compress_type != zipfile.ZIP_STORED:
        return None
    with open(path, "rb") as file:
        file.seek(info.header_offset + 26)
        file.seek(int.from_bytes(file.read(2), "little") + int.from_bytes(file.read(2), "little"), os.SEEK_CUR)
        form: Any = np.lib.format
        read = form.read_array_header_1_0 if form.read_magic(file) == (1, 0) else form.read_array_header_2_0
        shape, fortran, dtype = read(file)
        if dtype.hasobject or not shape or 0 in shape:
            return None
        return np.memmap(path, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def _load(path: Path) -> dict[str, Array]:
    """The arrays of a file by their names; those of an .npy under ''."""
    if path.suffix.lower() == ".npy":
        return {"": np.load(path, mmap_mode="r", allow_pickle=False)}
    with zipfile.ZipFile(path) as archive, np.load(path, allow_pickle=False) as arrays:
        found = {}
        for info in archive.infolist():
            name = info.filename[:-4] if info.filename.endswith(".npy") else info.filename
            stored = _member(path, info)
            found[name] = arrays[name] if stored is None else stored
        return found


def _add_array(digest: Any, array: Array) -> None:
    """A part at a time: it may be larger than the memory."""
    digest.update(f"{array.dtype} {array.shape}".encode())
    if array.dtype.hasobject:
        digest.update(repr(array.tolist()).encode())
        return
    n = max(1, (1 << 20) // max(1, array[:1].nbytes))
    for first in range(0, len(array), n):
        digest.update(array[first:first + n].tobytes())


def _load_targets(path: str | os.PathLike[str]) -> Array:
    try:
        targets: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"{os.fspath(path)}: it cannot be read as an array of targets ({error})") from None
    return targets


class Arrays(Source):
    """`inputs`: an array, a dict by the names of the model's inputs (with `y` or `labels` as targets), or the path of an .npy or .npz with them."""

    places = ("path", "targets")

    def __init__(self, inputs: Any, targets: Any = None) -> None:
        rules: dict[str, Any] = {"kind": "arrays"}
        if isinstance(inputs, (str, os.PathLike)):
            path = Path(inputs)
            rules = {"kind": path.suffix.lower()[1:], "path": os.fspath(inputs)}
            try:
                inputs = _load(path)
            except (OSError, ValueError, zipfile.BadZipFile) as error:
                raise InvalidInputError(f"{path}: it cannot be read as arrays ({error})") from None
        arrays = dict(inputs) if isinstance(inputs, Mapping) else {"": inputs}
        if isinstance(targets, (str, os.PathLike)):
            rules["targets"] = os.fspath(targets)
            targets = _load_targets(targets)
        if targets is None:
            targets = next((arrays.pop(name) for name in _TARGETS if name in arrays), None)
        self._groups = arrays.pop("group", None)  # of anomaly scores: which samples are of one recording
        self._arrays = {name: np.asanyarray(array) for name, array in arrays.items()}
        self._targets = None if targets is None else np.asanyarray(targets)
        counted = {**{name or "inputs": array for name, array in self._arrays.items()}, **{name: np.asanyarray(array) for name, array in (("targets", self._targets), ("group", self._groups)) if array is not None}}
        if flat := [name for name, array in counted.items() if array.ndim == 0]:
            raise InvalidInputError(f"{flat[0]} is a single value, expected an array whose first dimension counts the samples")
        sizes = {name: len(array) for name, array in counted.items()}
        if len(set(sizes.values())) != 1:
            raise InvalidInputError(f"arrays of different numbers of samples: {', '.join(f'{name} {size}' for name, size in sizes.items())}")
        super().__init__(next(iter(sizes.values())), rules)

    def bind(self, inputs: Sequence[TensorInfo]) -> None:
        names = [tensor.name for tensor in inputs]
        if len(names) == len(self._arrays) == 1:
            self._order = list(self._arrays.values())
        elif set(self._arrays) >= set(names):
            self._order = [self._arrays[name] for name in names]
        elif len(names) == 1 and (known := [name for name in _INPUTS if name in self._arrays]):
            self._order = [self._arrays[known[0]]]
        else:
            has = f"arrays are named {', '.join(map(repr, self._arrays))}, expected"
            has = "there is one array, expected an .npz or a dict with" if list(self._arrays) == [""] else has
            own = f" (or {', '.join(_INPUTS)})" if len(names) == 1 else ""
            raise InvalidInputError(f"{has} {', '.join(map(repr, names))}{own}, and one of {', '.join(_TARGETS)} for the targets")

    def fingerprint(self) -> str:
        """Of all that is in the arrays."""
        digest = hashlib.blake2b(digest_size=16)
        for name, array in (*self._arrays.items(), ("targets", self._targets), ("group", self._groups)):
            if array is not None:
                digest.update(name.encode())
                _add_array(digest, np.asanyarray(array))
        return digest.hexdigest()

    def __getitem__(self, index: int) -> Sample:
        target: Any = None if self._targets is None else self._targets[index]
        if self._groups is not None:
            target = (target, self._groups[index].item())
        return [array[index] for array in self._order], target
