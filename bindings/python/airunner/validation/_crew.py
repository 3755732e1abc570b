# SPDX-License-Identifier: BSD-3-Clause
"""The boards of a run: those that it begins with, and those of a farm that come while it goes on."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Sequence

from .._errors import Error, InvalidArgumentError, InvalidModelError
from .._info import ModelInfo
from ._board import Board, Reach

Look = Callable[[], Sequence[Reach]]  # those that are there now


def _open_or_retire(board: Board) -> None:
    try:
        board.open()
    except Error as error:
        board.failure = error


class Crew:
    """At least one of them can be used, and all that can have the same network's shapes."""

    def __init__(self, look: Look, retries: int, may_grow: bool, stack: contextlib.ExitStack) -> None:
        self._look, self._retries, self.may_grow, self._stack = look, retries, may_grow, stack
        self._known: set[str] = set()
        self.boards = self._opened(Board.open)
        if not self.boards:
            raise InvalidArgumentError("boards is empty, expected at least one descriptor" if not may_grow else
                                       "no worker of the cluster announces a board: start one by python -m airunner.farm SCHEDULER DESCRIPTOR")
        if not self.able:
            assert self.boards[0].failure is not None
            raise self.boards[0].failure
        for board in self.able[1:]:
            if (wrong := self._misfit(board)) is not None:
                raise wrong

    @property
    def able(self) -> list[Board]:
        return [board for board in self.boards if board.failure is None]

    @property
    def info(self) -> ModelInfo:
        """Of the network that all have."""
        return self._first.info

    @property
    def _first(self) -> Board:
        return next(board for board in self.boards if board.known is not None)

    def newcomers(self) -> list[Board]:
        """Those that it has not looked at before; what cannot be connected, for whatever reason, is retired."""
        return self._opened(_open_or_retire)

    def _opened(self, open_one: Callable[[Board], object]) -> list[Board]:
        """All at the same time."""
        boards = [Board(reach, self._retries) for reach in self._look() if reach.name not in self._known]
        names = [board.name for board in boards]
        if len(set(names)) != len(names):
            raise InvalidArgumentError(f"boards are {', '.join(names)}: expected each once")
        self._known.update(names)
        for board in boards:
            self._stack.callback(board.close)
        with ThreadPoolExecutor(max(1, len(boards))) as pool:
            list(pool.map(open_one, boards))
        return boards

    def take_in(self, board: Board) -> None:
        """A newcomer. One with another network is told as retired."""
        if board.failure is None:
            board.failure = self._misfit(board)
        self.boards.append(board)

    def _misfit(self, board: Board) -> InvalidModelError | None:
        expected, found = ([(tuple(size for size in t.shape if size != 1), t.dtype.name) for t in (*one.inputs, *one.outputs)] for one in (self.info, board.info))
        if found == expected:
            return None
        return InvalidModelError(f"{board.name} has another network than {self._first.name}: {found}, expected {expected}; a deployment of another "
                                 "type can be the reference")
