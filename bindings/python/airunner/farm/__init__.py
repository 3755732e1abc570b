# SPDX-License-Identifier: BSD-3-Clause
"""Boards on many machines, by Dask: `python -m airunner.farm SCHEDULER DESCRIPTOR...` offers those of a machine, validate(..., client=Client(...)) uses them."""

from ..validation._labgrid import reserved
from ._boards import boards

__all__ = ["boards", "reserved"]
