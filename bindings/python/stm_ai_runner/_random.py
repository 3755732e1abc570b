# SPDX-License-Identifier: BSD-3-Clause
"""Random inputs: the values of ST's module for equal seeds.

The draw uses the generator's default integer dtype and casts afterwards; a narrow dtype would take other values from
the stream.
"""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np


def _integers(rng: Any, low: int, high: int, size: tuple[int, ...], dtype: Any = None) -> Any:
    """Integers low..high, by a RandomState or a Generator."""
    if isinstance(rng, np.random.Generator):
        return rng.integers(low, high, size=size, dtype=dtype or np.int64, endpoint=True)
    if dtype is not None:
        return rng.randint(low, high + 1, size=size, dtype=dtype)
    return rng.randint(low, high + 1, size=size)


def draw(dtype: Any, shape: Sequence[int], batch_size: int, rng: Any, val: Any) -> np.ndarray[Any, Any]:
    """One array of `batch_size` samples."""
    size = (max(1, batch_size), *shape[1:])
    kind = np.dtype(dtype)
    if val is not None and len(val) == 1:
        with np.errstate(invalid="ignore"):
            return np.full(size, np.asarray(val[0]).astype(kind), dtype=kind)
    if val is not None and len(val) == 0:
        raise ValueError("val is empty, expected one value or a range")
    if kind == np.bool_:
        drawn = _integers(rng, 0, 1, size)
    elif kind.kind == "f":
        low, high = (-1.0, 1.0) if val is None else (min(val), max(val))
        drawn = rng.uniform(low, high, size=size)
    else:
        limits = np.iinfo(kind)
        low, high = int(limits.min), int(limits.max)
        if val is not None:
            low, high = max(low, min(min(val), high)), min(high, max(val))
        drawn = _integers(rng, low, high, size, np.uint64 if kind == np.uint64 else None)
    return np.ascontiguousarray(np.asarray(drawn).astype(kind))


_DEFAULT_RNG = np.random.RandomState(42)


def generate_rnd(types: Any, shapes: Any, batch_size: int = 4, rng: Any = _DEFAULT_RNG, val: Any = None) -> Any:
    """Random arrays for lists of types and shapes; one array for a single type and shape."""
    if not isinstance(types, list) and not isinstance(shapes, list):
        return draw(types, shapes, batch_size, rng, val)
    return [draw(dtype, shape, batch_size, rng, val) for dtype, shape in zip(types, shapes)]
