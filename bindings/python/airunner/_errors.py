# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions: one class for each status, each derived from the builtin exception that means the same."""

from __future__ import annotations

import builtins

from ._enums import Status


class Error(Exception):
    """A call failed. `str()` tells the whole story: the message, then what was tried."""

    status: Status = Status.INTERNAL

    def __init__(self, message: str, causes: tuple[str, ...] = (), st_code: int = 800, vendor_code: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.causes = causes  # what was tried and why it did not work, in order
        self.st_code = st_code  # the number users of ST's tool know
        self.vendor_code = vendor_code  # code of the network, runtime, target or system

    def __str__(self) -> str:
        return "\n  ".join((self.message, *self.causes))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.causes, self.st_code, self.vendor_code)


class LibraryError(Error, ImportError):
    """libairunner was not found, cannot be loaded, or has another ABI."""

    status = Status.INCOMPATIBLE


class InvalidArgumentError(Error, ValueError):
    status = Status.INVALID_ARGUMENT


class InvalidDescriptorError(Error, ValueError):
    status = Status.INVALID_DESCRIPTOR


class InvalidInputError(Error, ValueError):
    status = Status.INVALID_INPUT


class NotFoundError(Error, LookupError):
    status = Status.NOT_FOUND


class InvalidModelError(Error):
    status = Status.INVALID_MODEL


class WeightsError(Error):
    status = Status.WEIGHTS


class UnsupportedError(Error):
    status = Status.UNSUPPORTED


class IncompatibleError(Error):
    status = Status.INCOMPATIBLE


class RunFailedError(Error):
    status = Status.RUN_FAILED


class CorruptedError(Error):
    status = Status.CORRUPTED


class TimeoutError(Error, builtins.TimeoutError):
    status = Status.TIMEOUT


class CancelledError(Error):
    status = Status.CANCELLED


class BusyError(Error):
    status = Status.BUSY


class PermissionError(Error, builtins.PermissionError):
    status = Status.PERMISSION


class NoDeviceError(Error, OSError):
    status = Status.NO_DEVICE


class NoAnswerError(Error, OSError):
    status = Status.NO_ANSWER


class ProtocolError(Error):
    status = Status.PROTOCOL


class NotInitializedError(Error):
    status = Status.NOT_INITIALIZED


class TargetError(Error):
    status = Status.TARGET


class LinkLostError(Error, ConnectionError):
    status = Status.LINK_LOST


class InputOutputError(Error, OSError):
    status = Status.IO


class NoMemoryError(Error, MemoryError):
    status = Status.NO_MEMORY


class AmbiguousError(Error):
    status = Status.AMBIGUOUS


class NotConnectedError(Error):
    status = Status.NOT_CONNECTED


class InternalError(Error):
    status = Status.INTERNAL


class CallbackError(Error):
    status = Status.CALLBACK


_CLASSES: dict[int, type[Error]] = {kind.status: kind for kind in Error.__subclasses__() if kind is not LibraryError}


def class_of(status: int) -> type[Error]:
    """The exception class of a status."""
    return _CLASSES.get(status, Error)
