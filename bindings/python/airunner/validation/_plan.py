# SPDX-License-Identifier: BSD-3-Clause
"""Which samples are run, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Callable, Iterator

import numpy as np

from .._arrays import Array
from .._errors import CorruptedError, InvalidArgumentError
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
        place = index if self._order is None else int(self._places[index]) if 0 <= index < len(self._places) else -1
        if not 0 <= place < (place + 1 if self.size is None else self.size):
            raise CorruptedError(f"the journal has sample {index}, which is none of the {self.size} of this run: give another file")
        return place

    @cached_property
    def _places(self) -> Array:
        places = np.full(self._source.size or 0, -1, np.int64)
        places[self._order] = np.arange(self.size or 0)
        return places

    @property
    def described(self) -> str:
        return "as the data has it" if self.shuffle is None else f"shuffled by seed {self.shuffle} (NumPy's default_rng)"
