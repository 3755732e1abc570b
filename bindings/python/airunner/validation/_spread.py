# SPDX-License-Identifier: BSD-3-Clause
"""Boards at work: a thread for each, or two, takes samples, runs them and hands over what came of them."""

from __future__ import annotations

import hashlib
import queue
import threading
from dataclasses import dataclass
from typing import Any, Callable, Generator, Sequence

import numpy as np

from .._arrays import Array, forms
from .._errors import Error, InvalidInputError
from .._inputs import in_order
from .._tensor import TensorInfo
from .._values import Token
from ._board import NOT_ITS_FAULT, Board, Ran
from ._crew import Crew
from ._feed import Feed
from ._plan import Work
from .data.source import Sample, Source

_CHUNK_S = 0.5  # that a chunk should take: rarely enough to cost nothing, often enough to lose little
_MOST_SAMPLES = 1024
_MOST_BYTES = 16 << 20  # of the inputs and outputs of a chunk
_LOOK_S = 2.0  # for boards that have come


@dataclass
class Chunk:
    """Samples that a board has run."""

    board: Board
    works: list[Work]
    inputs: list[Array]
    targets: list[Any]
    ran: Ran

    def hashes(self) -> list[str]:
        """Of the outputs of each sample."""
        hashes = []
        for place in range(len(self.works)):
            digest = hashlib.blake2b(digest_size=16)
            for output in self.ran.outputs:
                digest.update(np.ascontiguousarray(output[place]).data)
            hashes.append(digest.hexdigest())
        return hashes


class _Size:
    """How many samples a board takes at once: as many as take about half a second."""

    def __init__(self) -> None:
        self._n = 1

    def next(self, remaining: int | None, n_boards: int) -> int:
        """Near the end less, so that all boards end together."""
        return self._n if remaining is None else max(1, min(self._n, remaining // (2 * n_boards)))

    def learn(self, n: int, seconds: float, n_bytes: int) -> None:
        """`n` samples took so long, and had so many bytes of inputs and outputs."""
        fitting = n * min(_CHUNK_S / max(seconds, 1e-9), _MOST_BYTES / max(n_bytes, 1))
        self._n = max(1, min(int(fitting), 2 * self._n, _MOST_SAMPLES))


class Spread:
    """Runs what the feed has on boards that are connected. `welcome` takes in one that comes meanwhile, and may retire it."""

    def __init__(self, crew: Crew, welcome: Callable[[Board], None], source: Source, feed: Feed, shared: list[Work], token: Token, n_wanted: int | None) -> None:
        self._crew, self._welcome, self._source, self._feed, self._shared, self._token = crew, welcome, source, feed, shared, token
        self._results: queue.Queue[Chunk | Board | BaseException | None] = queue.Queue(2 * len(crew.boards))
        self._reading = threading.Lock()
        self._left = threading.Event()
        self._threads: list[threading.Thread] = []
        self._n_working = 0
        self._n_wanted = n_wanted
        self._n_taken = 0  # about: for the size of chunks only

    def chunks(self) -> Generator[Chunk, None, None]:
        """As boards hand them over. When this is left before the end, boards end what they do."""
        for board in self._crew.able:
            self._set_to_work(board)
        if self._crew.may_grow:
            self._start("airunner-validate newcomers", self._look_out)
        try:
            while self._n_working:
                try:
                    result = self._results.get(timeout=0.5)
                except queue.Empty:
                    continue
                if isinstance(result, BaseException):
                    raise result
                if isinstance(result, Board):
                    self._welcome(result)
                    if result.failure is None:
                        self._set_to_work(result)
                elif result is None:
                    self._n_working -= 1
                else:
                    yield result
        finally:
            self._left.set()
            self._feed.stop()
            if self._n_working or self._crew.may_grow:
                self._token.cancel()
            for thread in self._threads:
                thread.join()

    def _start(self, name: str, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, name=name)
        self._threads.append(thread)
        thread.start()

    def _set_to_work(self, board: Board) -> None:
        size = _Size()
        self._n_working += board.n_at_once
        for number in range(board.n_at_once):
            self._start(f"airunner-validate {board.name}", self._work, board, size, [] if number else self._shared)

    def _look_out(self) -> None:
        while not self._left.wait(_LOOK_S):
            try:
                for board in self._crew.newcomers():
                    self._put(board)
            except Error:  # if the cluster is lost, those that work tell it
                pass

    def _work(self, board: Board, size: _Size, works: list[Work]) -> None:
        try:
            while works or (board.failure is None and (works := self._feed.take(size.next(self._remaining(), len(self._crew.boards))))):
                self._n_taken += len(works)
                samples = self._samples(works)
                try:
                    chunk = self._chunk(board, works, samples, size)
                except NOT_ITS_FAULT:
                    raise
                except Error as error:
                    board.failure = error
                    self._feed.give_back(works)
                    return
                self._put(chunk)
                works = []
        except BaseException as error:  # of the data, or because the run ends: no other board would do better
            self._put(error)
        finally:
            self._put(None)

    def _remaining(self) -> int | None:
        return None if self._n_wanted is None else max(0, self._n_wanted - self._n_taken)

    def _samples(self, works: list[Work]) -> list[Sample]:
        if self._source.in_parallel:
            return [self._read(work) for work in works]
        with self._reading:
            return [self._read(work) for work in works]

    def _chunk(self, board: Board, works: list[Work], samples: list[Sample], size: _Size) -> Chunk:
        inputs = _stacked(works, samples, board.info.inputs)
        ran = board.run(inputs)
        size.learn(len(works), ran.host_ms / 1000, sum(array.nbytes for array in (*inputs, *ran.outputs)))
        return Chunk(board, works, inputs, [target for _, target in samples], ran)

    def _read(self, work: Work) -> Sample:
        sample: Sample = self._source[work.index] if work.sample is None else work.sample
        return sample

    def _put(self, result: Any) -> None:
        while not self._left.is_set():
            try:
                self._results.put(result, timeout=0.5)
                return
            except queue.Full:
                pass


def _stacked(works: Sequence[Work], samples: Sequence[Sample], tensors: Sequence[TensorInfo]) -> list[Array]:
    """The inputs of all samples, which have to be alike: NumPy would make real values of integers beside such."""
    parts = [[np.asarray(value) for value in in_order(sample, tensors)] for sample, _ in samples]
    for work, part in zip(works, parts):
        if len(part) != len(tensors):
            raise InvalidInputError(f"sample {work.index} has {len(part)} inputs, expected {len(tensors)}; input and target are a tuple, and a loader, which "
                                    "gives lists of batches, is no data set")
        for array, tensor in zip(part, tensors):
            if array.ndim == len(tensor.shape) and array.shape[0] != 1 and array.shape[1:] == tensor.shape[1:]:
                raise InvalidInputError(f"sample {work.index} has the shape {array.shape} and looks like a batch, expected one sample, {array.shape[1:]}: "
                                        "a data set that is not batched (TensorFlow: unbatch(); PyTorch: the data set, not its loader)")
        if not all(map(_are_alike, part, parts[0])):
            raise InvalidInputError(f"sample {work.index} has inputs {forms(part)}, and sample {works[0].index} {forms(parts[0])}: expected the same")
    return [np.stack(arrays) for arrays in zip(*parts)]


def _are_alike(one: Array, other: Array) -> bool:
    return one.shape == other.shape and (one.dtype == other.dtype or one.dtype.kind == other.dtype.kind == "f")
