# SPDX-License-Identifier: BSD-3-Clause
"""The source of what validate() was given as data."""

from __future__ import annotations

import os
from typing import Any, Mapping

import numpy as np

from ..._errors import InvalidArgumentError
from .arrays import Arrays
from .files import Files
from .source import Indexed, Source, Stream


def source_of(data: Any, targets: Any = None) -> Source:
    """A path, arrays, a data set, or what gives samples one after the other."""
    if isinstance(data, Source):
        source = data
    elif isinstance(data, (str, os.PathLike)):
        is_arrays = os.fspath(data).lower().endswith((".npz", ".npy"))
        return Arrays(data, targets) if is_arrays else Files(data)
    elif isinstance(data, (np.ndarray, Mapping)):
        return Arrays(data, targets)
    elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        source = Indexed(data)
    elif hasattr(data, "__iter__"):
        source = Stream(data)
    else:
        raise InvalidArgumentError(f"data is a {type(data).__name__}, expected a path, arrays, a data set, or what gives samples one after the other")
    if targets is not None:
        raise InvalidArgumentError("targets=...: they are for arrays; other data gives pairs of input and target")
    return source
