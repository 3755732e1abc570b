# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions with ST's numbers, and how airunner's become them."""

from __future__ import annotations

import builtins
import os
import re

import airunner


class AiRunnerError(Exception):
    """the runner failed"""

    error = 800
    idx = 0

    def __init__(self, mess: object = None) -> None:
        self.mess = mess
        super().__init__(mess)

    def code(self) -> int:
        return self.error + self.idx

    def __str__(self) -> str:
        mess = (type(self).__doc__ or "") if self.mess is None else self.mess
        return f"E{self.code()}({self._label()}): {mess}"

    @classmethod
    def _label(cls) -> str:
        return cls.__name__


class HwIOError(AiRunnerError):
    """the port, the library or the link does not work"""

    idx = 1


class HwIOTimeoutError(HwIOError, builtins.TimeoutError):
    """a time limit has passed"""

    @classmethod
    def _label(cls) -> str:
        return HwIOError.__name__


class NotInitializedMsgError(AiRunnerError):
    """a message lacks a required field"""

    idx = 2


class InvalidMsgError(AiRunnerError, ValueError):
    """a reply cannot be decoded, or is not the expected one"""

    idx = 3


class InvalidParamError(AiRunnerError):
    """an argument is not valid"""

    idx = 4


class InvalidModelError(AiRunnerError):
    """the model cannot be used on the target"""

    idx = 5


class NotConnectedError(AiRunnerError):
    """there is no connection"""

    idx = 10


_CLASSES: dict[int, type[AiRunnerError]] = {
    kind.error + kind.idx: kind
    for kind in (HwIOError, NotInitializedMsgError, InvalidMsgError, InvalidParamError, InvalidModelError,
                 NotConnectedError)
}


# A sentence of ST's module, for the messages of airunner that mean the same.
INVALID_WEIGHTS = "Invalid weights object: binary file, bytearray, STM.AI object.. are expected"
_SENTENCES = (
    (r"^(Invalid firmware - \S+): ", "{0}"),
    (r"^(No SERIAL COM port detected \(Board is not connected!\))", "{0}"),
    (r"^no serial port (.+?): ", "could not open port '{0}': there is no such port"),
    (r"^(/\S+) (may not be opened|is in use|is not a serial port|cannot be used as a serial port)",
     "could not open port '{0}': it {1}"),
    (r"^(Invalid hostname: .+ \(.+\))", "{0}"),
    (r"^(Invalid requested .+)", "{0}"),
    (r"^(?=weights file ')", INVALID_WEIGHTS),
    (r"(Provided weights (?:count|size) are incompatible \(got: \d+ expected: \d+\))", "{0}"),
    (r"(Shared library should be generated with the weights)", "{0}"),
)


def _lines(first: str, more: str) -> str:
    return "\n".join(text for text in (first, more.lstrip(" :;,")) if text)


def in_st_words(text: str) -> str | None:
    """The sentence of ST's module in the first line, and on the next ones what airunner adds; None where it has no such sentence."""
    for pattern, sentence in _SENTENCES:
        found = re.search(pattern, text)
        if found:
            return _lines(sentence.format(*found.groups()), text if found.start() else text[found.end():])
    return None


def from_airunner(error: airunner.Error) -> AiRunnerError:
    """The exception that scripts for ST's module expect."""
    text = (in_st_words(str(error)) or str(error)).replace("reconnect() restores it", "connect() again")
    code = error.vendor_code
    if code > 0 and text.startswith(os.strerror(code)):  # as Python's own exceptions say it
        text = _lines(f"[Errno {code}] {os.strerror(code)}", text[len(os.strerror(code)):])
    if isinstance(error, airunner.TimeoutError):
        return HwIOTimeoutError(text)
    return _CLASSES.get(error.st_code, AiRunnerError)(text)
