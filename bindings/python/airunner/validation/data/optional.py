# SPDX-License-Identifier: BSD-3-Clause
"""Packages that only some of this needs."""

from __future__ import annotations

import importlib
from typing import Any

from ..._errors import UnsupportedError


def need(module: str, package: str, what: str) -> Any:
    """The module, or an error that tells how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UnsupportedError(f"{what}: the Python package {package} is needed ({error}): pip install {package}") from None
