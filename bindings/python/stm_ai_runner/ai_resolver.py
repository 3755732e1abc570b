# SPDX-License-Identifier: BSD-3-Clause
"""Which descriptors are understood."""

from __future__ import annotations

from typing import Any

from ._descriptor import is_valid_exec_domain, to_airunner

__all__ = ["ai_runner_resolver", "is_valid_exec_domain"]


def ai_runner_resolver(parent: Any, desc: Any, **kwargs: Any) -> str:
    """The descriptor as airunner takes it."""
    return to_airunner(desc, kwargs.get("port"), kwargs.get("baudrate"), kwargs.get("dll_name"))
