# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions of the parser."""

from __future__ import annotations


class ErrorException(Exception):
    """an error"""

    error = 0
    idx = 0

    def __init__(self, mess: object = None) -> None:
        self.mess = mess
        super().__init__(mess)

    @property
    def code(self) -> int:
        return self.error + self.idx

    def __str__(self) -> str:
        mess = (type(self).__doc__ or "").split("\n")[0] if self.mess is None else self.mess
        return f"E{self.code:03d}({type(self).__name__}): {mess}"


class RelocError(ErrorException):
    """a relocatable model cannot be handled"""

    error = 600


class ParserNetworkError(RelocError):
    """a network file cannot be parsed"""

    idx = 5
