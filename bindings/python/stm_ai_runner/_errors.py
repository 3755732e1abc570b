# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions with ST's numbers, and how airunner's become them."""

from __future__ import annotations

import builtins

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


def from_airunner(error: airunner.Error) -> AiRunnerError:
    """The exception that scripts for ST's module expect."""
    if isinstance(error, airunner.TimeoutError):
        return HwIOTimeoutError(str(error))
    return _CLASSES.get(error.st_code, AiRunnerError)(str(error))
