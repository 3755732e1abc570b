# SPDX-License-Identifier: BSD-3-Clause
"""Which samples are run, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterator

import numpy as np

from .._errors import InvalidArgumentError
from .data import Source, Stream


@dataclass(frozen=True)
class Work:
    """One sample to be run. `place` is where it is in the order, `index` where it is in the data."""

    place: int
    index: int
    sample: Any = None  # of a source that gives samples in its own order only


class Plan:
    def __init__(self, source: Source, samples: int | None, shuffle: int | None) -> None:
        if samples is not None and samples < 1:
            raise InvalidArgumentError(f"samples={samples}, expected at least 1")
        if shuffle is not None and isinstance(source, Stream):
            raise InvalidArgumentError(f"shuffle={shuffle}: {source.rules['kind']} gives its samples in one order only: shuffle them there")
        if source.size == 0:
            raise InvalidArgumentError(f"there are no samples in the data ({source.rules})")
        self._source = source
        self.shuffle = shuffle
        self.size = source.size if samples is None or source.size is None else min(samples, source.size)
        self._limit = samples
        self._order = None if shuffle is None or source.size is None else np.random.default_rng(shuffle).permutation(source.size)[:self.size]

    def works(self, wanted: Callable[[int], bool]) -> Iterator[Work]:
        """Those at the places that are wanted, in order; others are not made."""
        if isinstance(self._source, Stream):
            n = 0
            for place, sample in enumerate(self._source):
                if place == self._limit:
                    break
                n = place + 1
                if wanted(place):
                    yield Work(place, place, sample)
            self.size = n  # now it is known
        else:
            for place in range(self.size or 0):
                if wanted(place):
                    yield Work(place, place if self._order is None else int(self._order[place]))

    def place_of(self, index: int) -> int:
        """Where in the order a sample of the data is."""
        if self._order is None:
            return index
        if not hasattr(self, "_places"):
            self._places = np.empty(self._source.size or 0, np.int64)
            self._places.fill(-1)
            self._places[self._order] = np.arange(len(self._order))
        return int(self._places[index])

    @property
    def described(self) -> str:
        return "as the data has it" if self.shuffle is None else f"shuffled by seed {self.shuffle} (NumPy's default_rng)"
