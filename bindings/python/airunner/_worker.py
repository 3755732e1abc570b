# SPDX-License-Identifier: BSD-3-Clause
"""A thread of one's own that calls one thing after the other."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Callable, TypeVar

T = TypeVar("T")


class Worker:
    """Its thread begins with the first call for it. A daemon: that of ThreadPoolExecutor is waited for at the interpreter's exit, before
    anything could end its call."""

    def __init__(self) -> None:
        # end() may come from a finalizer, which interrupts anything: the lock of other queues may be taken then.
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._has_begun = False

    def submit(self, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._queue.put((future, call))
        with self._lock:
            if not self._has_begun:
                threading.Thread(target=_serve, args=(self._queue,), name="airunner", daemon=True).start()
                self._has_begun = True
        return future

    def end(self) -> None:
        """The thread ends when it has called what came before."""
        self._queue.put(None)


def _serve(queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    while (work := queue.get()) is not None:
        _fulfil(*work)
        del work  # while it waits it keeps nothing, or a runner would never go


def _fulfil(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # it is that of whoever waits
        future.set_exception(error)
        del future, call  # the error knows this frame
    else:
        future.set_result(result)
