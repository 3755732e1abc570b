# SPDX-License-Identifier: BSD-3-Clause
"""What a data set is to the rest: samples by their index, or one after the other, each with its target."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, Sequence

import numpy as np

from ..._errors import InvalidArgumentError, InvalidInputError
from ..._tensor import TensorInfo

Sample = tuple[Any, Any]  # what the model is given, without the dimension of the samples; and what it should answer, or None


class Source:
    """Samples by their index. `rules` tell what they are and how they are made: the report states them."""

    in_parallel = True  # several threads may read it at the same time
    places: Sequence[str] = ()  # rules that tell where the data lies: the same data elsewhere is the same

    def __init__(self, size: int | None, rules: Mapping[str, Any]) -> None:
        self.size = size
        self.rules: dict[str, Any] = dict(rules)
        self.names: list[str] = []  # of the classes, where the data has them

    def bind(self, inputs: Sequence[TensorInfo]) -> None:
        """Told once, before the first sample: the inputs of the model."""

    def __getitem__(self, index: int) -> Sample:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(self.size or 0))

    def fingerprint(self) -> str | None:
        """What other data has another one of. Here of the first, the middle and the last sample, since each may cost as much as running it."""
        digest = hashlib.blake2b(digest_size=16)
        for index in sorted({0, (self.size or 1) // 2, (self.size or 1) - 1}):
            _add(digest, self[index])
        return digest.hexdigest()


class Indexed(Source):
    """A data set with `len()` and `[]`, such as torch's: each item is a pair of input and target."""

    in_parallel = False  # nobody promises it

    def __init__(self, items: Any) -> None:
        super().__init__(len(items), {"kind": _kind(items)})
        self._items = items

    def __getitem__(self, index: int) -> Sample:
        return _pair(self._items[index])


class Stream(Source):
    """Samples that come one after the other: their index is the order in which they come. Each pass has to give the same."""

    in_parallel = False

    def __init__(self, items: Iterable[Any]) -> None:
        size = _length(items)
        super().__init__(size, {"kind": _kind(items)})
        self._items = items

    def __getitem__(self, index: int) -> Sample:
        raise InvalidArgumentError(f"{self.rules['kind']} gives its samples in one order only: it cannot be shuffled")

    def fingerprint(self) -> None:
        """They may come once only."""

    def __iter__(self) -> Iterator[Sample]:
        items = self._items.as_numpy_iterator() if hasattr(self._items, "as_numpy_iterator") else iter(self._items)
        return map(_pair, items)


def _add(digest: Any, value: Any) -> None:
    """A sample, or a part of one."""
    if isinstance(value, Mapping):
        value = [part for pair in sorted(value.items()) for part in pair]
    if isinstance(value, (list, tuple)):
        for part in value:
            _add(digest, part)
    else:
        array = np.asarray(value)
        digest.update(f"{array.dtype} {array.shape}".encode())
        if not array.dtype.hasobject:
            digest.update(array.tobytes())
        elif value is None or isinstance(value, str):  # texts of other objects may be others next time
            digest.update(repr(value).encode())


def add_file(digest: Any, path: Path) -> None:
    """Its bytes. One that is not there is told when its sample is read."""
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        pass


def _kind(items: Any) -> str:
    return f"{type(items).__module__.split('.')[0]}.{type(items).__name__}"


def _length(items: Any) -> int | None:
    """Where it is told: tf.data tells negative numbers where it does not know."""
    try:
        size = int(items.cardinality()) if hasattr(items, "cardinality") else len(items)
    except TypeError:
        return None
    return size if size >= 0 else None


def _pair(item: Any) -> Sample:
    if isinstance(item, tuple):
        if len(item) != 2:
            raise InvalidInputError(f"a sample is a tuple of {len(item)}, expected a pair of input and target")
        return plain(item[0]), plain(item[1])
    return plain(item), None


def plain(value: Any) -> Any:
    """Tensors of other packages as NumPy's arrays."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return np.asarray(value) if hasattr(value, "__array__") and not isinstance(value, (np.ndarray, np.generic)) else value
