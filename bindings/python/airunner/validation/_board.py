# SPDX-License-Identifier: BSD-3-Clause
"""One of the boards that samples are spread over, and what is done when it fails."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

from .._arrays import Array
from .._errors import CancelledError, Error, InvalidArgumentError, InvalidInputError
from .._info import ModelInfo

NOT_ITS_FAULT = (InvalidInputError, InvalidArgumentError, CancelledError)
_PAUSE_S = 1.0  # before a board is tried again, and 2 s longer each time: one that was reset or plugged in anew is back by then


@dataclass(frozen=True)
class Known:
    """What a connection tells of its model: as an object, and as the document **info** of docs/json.md."""

    info: ModelInfo
    document: dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a model made of some samples: real values, and milliseconds on the device for each, on the link and of the call for all."""

    outputs: list[Array]
    device_ms: list[float]
    link_ms: float
    host_ms: float


class Reach(Protocol):
    """How a model is reached: from here, or through a worker of the farm."""

    name: str
    n_at_once: int  # calls that are worth while: one that waits for its turn costs no time

    def connect(self, is_again: bool) -> Known:
        """Connects where it is not connected; `is_again` after a failure."""

    def invoke(self, inputs: list[Array]) -> Ran: ...

    def drop(self) -> None:
        """A new connection is the surest way to meet a board that is well."""

    def close(self) -> None:
        """For good."""


class Board:
    def __init__(self, reach: Reach, retries: int) -> None:
        self._reach, self._retries = reach, retries
        self.name, self.n_at_once = reach.name, reach.n_at_once
        self.known: Known | None = None  # once it was connected
        self.n_retries = 0
        self.last_failure: Error | None = None
        self.failure: Error | None = None  # for which it was retired
        self._ended = threading.Event()

    @property
    def info(self) -> ModelInfo:
        assert self.known is not None
        return self.known.info

    def open(self) -> bool:
        """Connects; whether it could."""
        try:
            self._with_retries(lambda: None)
        except NOT_ITS_FAULT:
            raise
        except Error as error:
            self.failure = error
        return self.failure is None

    def run(self, inputs: list[Array]) -> Ran:
        """What it makes of some samples; after all retries it raises what was wrong last."""
        ran: Ran = self._with_retries(lambda: self._reach.invoke(inputs))
        return ran

    def _with_retries(self, work: Any) -> Any:
        for attempt in range(self._retries + 1):
            try:
                self.known = self._reach.connect(attempt > 0)
                return work()
            except NOT_ITS_FAULT:
                raise
            except Error as error:
                self.last_failure = error
                if attempt == self._retries:
                    raise
                self.n_retries += 1
                self._reach.drop()
                self._ended.wait(_PAUSE_S + 2 * attempt)

    def close(self) -> None:
        self._ended.set()
        self._reach.close()
