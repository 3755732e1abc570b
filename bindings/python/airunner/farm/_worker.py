# SPDX-License-Identifier: BSD-3-Clause
"""What a worker of Dask does for a board: it holds its connection, between chunks and from run to run, and lets go when nobody has used it for a while."""

from __future__ import annotations

import atexit
import pickle
import threading
from typing import Any, Callable, Mapping, TypeVar

from .._arrays import Array
from .._values import Token
from ..validation._board import Known, Ran
from ..validation._local import Local

_IDLE_S = 10.0  # after which others may have the port, or the place of labgrid

T = TypeVar("T")


class _Held:
    """The board of a name: used by one at a time."""

    def __init__(self, name: str) -> None:
        self._descriptor = name.rpartition("@")[0]
        self._lock = threading.Lock()
        self._local: Local | None = None
        self._asked = b""  # for what it is connected
        self._n_uses = 0

    def use(self, arguments: Mapping[str, Any], timeout: float, work: Callable[[Local], T]) -> T:
        asked = pickle.dumps((arguments, timeout))  # arrays, as of weights, cannot be compared otherwise
        with self._lock:
            if self._asked != asked:
                self.let_go()
            if self._local is None:
                self._local, self._asked = Local(self._descriptor, arguments, timeout, Token()), asked
            self._n_uses += 1
            try:
                return work(self._local)
            except BaseException:
                self._local.drop()
                raise
            finally:
                timer = threading.Timer(_IDLE_S, self._is_idle, [self._n_uses])
                timer.daemon = True
                timer.start()

    def _is_idle(self, n_uses: int) -> None:
        with self._lock:
            if n_uses == self._n_uses:
                self.let_go()

    def let_go(self) -> None:
        local, self._local = self._local, None
        if local is not None:
            local.close()


_boards: dict[str, _Held] = {}


@atexit.register
def _let_go_of_all() -> None:
    for board in _boards.values():
        board.let_go()


def _board(name: str) -> _Held:
    return _boards.setdefault(name, _Held(name))


def connect(name: str, arguments: Mapping[str, Any], timeout: float) -> Known:
    return _board(name).use(arguments, timeout, lambda local: local.connect(False))


def invoke(name: str, arguments: Mapping[str, Any], timeout: float, inputs: list[Array]) -> Ran:
    def work(local: Local) -> Ran:
        local.connect(False)
        return local.invoke(inputs)

    return _board(name).use(arguments, timeout, work)
