# SPDX-License-Identifier: BSD-3-Clause
"""A board of the farm, as validate() uses it: what Local does here, the worker that holds the board does there."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any, Callable, Mapping

from .._arrays import Array
from .._errors import AmbiguousError, CancelledError, Error, InvalidArgumentError, LinkLostError, NotFoundError, RunFailedError, TimeoutError
from .._values import Token
from ..validation._board import Known, Ran
from ._boards import announced

_BACK_S = 10.0  # within which a lost worker is back: Dask's nanny starts it again
_LOOK_S = 0.5
_SPARE_S = 60.0  # for what is beyond the limits that the worker itself keeps: sending, and starting a process


def _at_worker(work: str) -> Callable[..., Any]:
    """A function of _worker, for the worker alone: one within one goes there by value, so that the scheduler needs no airunner."""

    def call(*arguments: Any) -> Any:
        import importlib

        return getattr(importlib.import_module("airunner.farm._worker"), work)(*arguments)

    return call


class Remote:
    """Each call is a task that asks for the board as a resource. `timeout` is the limit of connecting, and of each sample."""

    n_at_once = 2  # while one is run the next one is on its way

    def __init__(self, client: Any, name: Any, arguments: Mapping[str, Any], timeout: float, token: Token) -> None:
        if not isinstance(name, str):
            raise InvalidArgumentError(f"a board of the farm is a {type(name).__name__}, expected its name, as airunner.farm.boards(client) gives them")
        self.name = name
        self._client, self._token = client, token
        self._arguments, self._timeout = dict(arguments), timeout
        self._known: Known | None = None
        self._patience = 0.0  # nobody waits for a worker that never was there

    def connect(self, is_again: bool) -> Known:
        if self._known is None or is_again:
            known: Known = self._do("connect", self._timeout)
            self._known, self._patience = known, _BACK_S
        return self._known

    def invoke(self, inputs: list[Array]) -> Ran:
        ran: Ran = self._do("invoke", self._timeout * (len(inputs[0]) + 1), inputs)
        return ran

    def drop(self) -> None:
        """After an error the worker does."""

    def close(self) -> None:
        """The worker does, when nobody has used the board for a while."""

    def _do(self, work: str, limit: float, *data: Any) -> Any:
        """What the worker makes of it. A task whose worker is lost is taken back: the board's retries decide what follows, not Dask's."""
        address, until = self._worker(), time.monotonic() + self.n_at_once * limit + _SPARE_S
        task = None
        try:
            sent = self._client.scatter(list(data), workers=[address], hash=False) if data else []
            task = self._client.submit(_at_worker(work), self.name, self._arguments, self._timeout, *sent, resources={self.name: 1}, pure=False)
            is_done = threading.Event()
            task.add_done_callback(lambda _: is_done.set())
            while not is_done.wait(_LOOK_S):
                self._check(address, until)
            return task.result(timeout=_SPARE_S)  # when the worker was lost meanwhile Dask runs the task again
        except Error:
            raise
        except (Exception, asyncio.CancelledError) as error:
            self._check(address, until)  # Dask cancels a task whose data went with the worker
            raise RunFailedError(f"{self.name}: its worker at {address} failed: {type(error).__name__}: {error}") from error
        finally:
            if task is not None and not task.done() and self._client.status == "running":
                task.cancel()

    def _worker(self) -> str:
        """The one that announces the board. Dask would wait for ever for one that nobody announces."""
        until = time.monotonic() + self._patience
        while self.name not in (found := announced(self._client)):
            if time.monotonic() >= until:
                self._patience = 0.0
                raise NotFoundError(f"no worker of the cluster announces the board {self.name}; announced are: {', '.join(found) or 'none'}. Start one where the board is: "
                                    "python -m airunner.farm SCHEDULER DESCRIPTOR")
            self._check_wanted()
            time.sleep(_LOOK_S)
        if len(found[self.name]) > 1:
            raise AmbiguousError(f"{len(found[self.name])} workers announce the board {self.name}, expected one: give others another name by --at")
        return found[self.name][0]

    def _check(self, address: str, until: float) -> None:
        """Whether waiting makes sense."""
        self._check_wanted()
        if address not in announced(self._client).get(self.name, ()):
            raise LinkLostError(f"{self.name}: its worker at {address} is lost")
        if time.monotonic() > until:
            raise TimeoutError(f"{self.name}: the worker at {address} has not answered in time, and is still there")

    def _check_wanted(self) -> None:
        if self._token.is_cancelled:
            raise CancelledError(f"{self.name}: the run has ended")
