# SPDX-License-Identifier: BSD-3-Clause
"""The compiler's description of a Neural-ART network.

Only the names are here: reading the generated C file is not supported, which scripts are told as they are of a missing
file. They go on with what the target reports.
"""

from __future__ import annotations

import os
from typing import Any

from .exceptions import ParserNetworkError


class EpochBlockDesc:
    """One epoch of a network."""


class StreamEngineUnit:
    """One stream engine of the processor."""


class MemoryPool:
    """One memory pool of a network."""


class CNpuNetworkDesc:
    """The description in a generated C file."""

    def __init__(self, filepath: Any, logger: Any = None, c_name: str = "network", mem_only: bool = False) -> None:
        path = os.fspath(filepath)
        if os.path.isdir(path):
            path = os.path.join(path, f"{c_name}.c")
        if not os.path.isfile(path):
            raise ParserNetworkError(f"'{path}' is not a regular file")
        raise ParserNetworkError(f"'{path}': network files are not supported")
