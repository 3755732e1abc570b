# SPDX-License-Identifier: BSD-3-Clause
"""Capabilities and modes, with ST's names."""

from __future__ import annotations

import enum
from functools import lru_cache

import airunner


class Caps(enum.Enum):
    """What a runtime can do."""

    IO_ONLY = 0
    PER_LAYER = 1
    PER_LAYER_WITH_DATA = 3
    SELF_TEST = 4
    RELOC = 8
    MEMORY_RW = 16
    USBC = 32

    def __str__(self) -> str:
        return f"Caps.{self.name}"


class Mode(enum.Flag):
    """What an invoke does beside computing outputs."""

    IO_ONLY = 0
    PER_LAYER = 1
    PER_LAYER_WITH_DATA = 2
    FIXED_INPUT = 4
    CONST_VALUE = 4
    PERF_ONLY = 8
    DEBUG = 256


def capabilities_of(bits: airunner.Capability) -> list[Caps]:
    """ST's list for airunner's bits."""
    number = int(bits)
    return [caps for caps in Caps if number & caps.value == caps.value]


def to_mode(mode: object) -> Mode:
    """A Mode, or the number of one."""
    if isinstance(mode, Mode):
        return mode
    if isinstance(mode, int):
        return Mode(mode)
    raise TypeError(f"mode is {mode!r}, expected an AiRunner.Mode")


@lru_cache(maxsize=None)
def grant(mode: Mode, bits: int, on_host: bool) -> tuple[Mode, int]:
    """What of a mode is possible, and airunner's bits for it."""
    granted = mode
    if not bits & Caps.PER_LAYER.value:
        granted &= ~Mode.PER_LAYER
    if bits & Caps.PER_LAYER_WITH_DATA.value != Caps.PER_LAYER_WITH_DATA.value:
        granted &= ~Mode.PER_LAYER_WITH_DATA
    elif granted & Mode.PER_LAYER_WITH_DATA:
        granted |= Mode.PER_LAYER
    # On the host the other modes change nothing but the printed report.
    asked = granted & (Mode.PER_LAYER | Mode.PER_LAYER_WITH_DATA) if on_host else granted
    return granted, int(asked.value)
