# SPDX-License-Identifier: BSD-3-Clause
"""Where ST's module differs by kind of runtime: host library legacy (HL), host library st-ai (HS), target (TG)."""

from __future__ import annotations

import enum

import airunner


class Family(enum.Enum):
    HL = "host, legacy api"
    HS = "host, st-ai api"
    TG = "target"
    OTHER = "host, a runtime that ST's module does not know"

    @property
    def on_host(self) -> bool:
        return self is not Family.TG


def family_of(info: airunner.ModelInfo) -> Family:
    if info.backend == "aivalidation":
        return Family.TG
    if info.backend == "stlib":
        return Family.HL if "legacy" in info.runtime.name else Family.HS
    return Family.OTHER
