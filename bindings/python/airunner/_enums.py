# SPDX-License-Identifier: BSD-3-Clause
"""Enumerations of the public API. Their values are those of airunner.h."""

from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """What became of a call: whose fault it is and whether to try again."""

    OK = 0
    INVALID_ARGUMENT = 1
    INVALID_DESCRIPTOR = 2
    INVALID_INPUT = 3
    NOT_FOUND = 4
    INVALID_MODEL = 5
    WEIGHTS = 6
    UNSUPPORTED = 7
    INCOMPATIBLE = 8
    RUN_FAILED = 9
    CORRUPTED = 10
    TIMEOUT = 11
    CANCELLED = 12
    BUSY = 13
    PERMISSION = 14
    NO_DEVICE = 15
    NO_ANSWER = 16
    PROTOCOL = 17
    NOT_INITIALIZED = 18
    TARGET = 19
    LINK_LOST = 20
    IO = 21
    NO_MEMORY = 22
    AMBIGUOUS = 23
    NOT_CONNECTED = 24
    INTERNAL = 25
    CALLBACK = 26


class Mode(enum.IntFlag):
    """What an invoke does beside computing outputs."""

    IO_ONLY = 0
    PER_LAYER = 1
    PER_LAYER_WITH_DATA = 2
    FIXED_INPUT = 4
    PERF_ONLY = 8
    EVENTS_ONLY = 16  # with PER_LAYER_WITH_DATA: data of nodes for on_node_end alone
    UNTIMED = 128  # with PER_LAYER_WITH_DATA: times of nodes may be left out (NaN), where measuring takes time
    DEBUG = 256


class Capability(enum.IntFlag):
    """What a runner can do for a model."""

    IO_ONLY = 0
    PER_LAYER = 1
    PER_LAYER_DATA = 2
    SELF_TEST = 4
    RELOC = 8
    MEMORY_RW = 16
    USBC = 32
    NODE_BEGIN = 1 << 16
    CANCEL_RUN = 1 << 17
    RESET_STATES = 1 << 18
    GIVEN = 1 << 19


class Encoding(enum.IntEnum):
    """How stored elements represent real numbers."""

    PLAIN = 0
    QUANTIZED = 1
    FIXED_POINT = 2
    PACKED_BITS = 3


class LogLevel(enum.IntEnum):
    """Importance of a log line."""

    NONE = 0  # no lines at all
    ERROR = 1
    WARNING = 2
    INFO = 3
    DEBUG = 4
