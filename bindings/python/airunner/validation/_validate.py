# SPDX-License-Identifier: BSD-3-Clause
"""airunner.validate(): a data set through one board or several, judged, kept in a journal."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any, Iterator, Mapping, Sequence

from .. import _library
from .._errors import InvalidArgumentError
from .._model import Model
from .._runner import Runner, connect
from .._values import Token
from ._board import Board
from ._crew import Crew, Look
from ._divergence import Divergence
from ._feed import Feed
from ._interval import Decision
from ._journal import Journal
from ._local import BoardLike, Local
from ._plan import Plan, Work
from ._progress import OnProgress, Reporter
from ._report import Validation, document_of
from ._spread import Chunk, Spread
from ._tally import Tally
from .data import Source, source_of
from .metrics import Batch, Metric, metrics_of


def validate(boards: BoardLike | Sequence[BoardLike] | None, data: Any, metrics: Any = (), *, targets: Any = None,
             journal: str | os.PathLike[str] | None = None, reference: BoardLike | None = None, samples: int | None = None,
             shuffle: int | None = None, decide: float | None = None, confidence: float = 0.95, shared: int = 1, retries: int = 2,
             timeout: float = 60.0, worst: int = 10, budget: float | None = None, progress: OnProgress = None, connect: Mapping[str, Any] | None = None,
             client: Any = None) -> Validation:
    """Runs a model on all samples of a data set, spread over all boards, and judges what comes out.

    `boards`: descriptors, or connected models. `data`: a path (.npz, .npy, .csv, folder), arrays, a data set, or any iterable of pairs of input and
    target. `metrics`: names ("classification", "regression", "anomaly", "segmentation", "detection"), objects of airunner.validation, or functions
    of outputs and target. `journal`: a file that keeps each result; the same call goes on from it. `reference`: a descriptor whose outputs those of
    the boards are compared with, or a model that is connected; of several models the one of the same name. `samples`: only so many. `shuffle`: a seed. `decide`: stop when the accuracy is known to be above or below this
    number, with that `confidence`. `shared`: so many samples are run by each board, of several or when a journal goes on, to see whether they agree.
    A board that fails is connected anew and tried `retries` times more; then its samples go to others. `timeout` in seconds is the limit of
    connecting, and of each sample. `budget` in seconds: then nothing more is handed out, and with a journal
    another run goes on. `worst`: how many of the samples that diverge most are told. `progress`: True, or a function of a Progress.
    `connect`: arguments of airunner.connect(), for the boards. `client`: a dask.distributed.Client; boards are then some of those that its workers
    announce (airunner.farm), or None: all, and those that come while the run goes on.
    """
    _check_numbers({"retries": retries, "worst": worst, "shared": shared, "shuffle": shuffle}, {"timeout": timeout, "budget": budget})
    judges = metrics_of(metrics)
    decision = None if decide is None else _decision(decide, confidence, judges)
    source = source_of(data, targets)
    plan = Plan(source, samples, shuffle)
    token = Token(_library.load())
    begin, until = time.time(), float("inf") if budget is None else time.monotonic() + budget
    with contextlib.ExitStack() as stack:
        crew = Crew(_look(boards, connect or {}, timeout, token, client), retries, boards is None and client is not None, stack)
        source.bind(crew.info.inputs)
        if reference is not None:
            judges.append(Divergence(_reference(reference, crew.info.name, timeout, stack), crew.info, timeout))
        for metric in judges:
            metric.bind(crew.info, source.names)
        tally = Tally(judges, decision, worst)
        kept = stack.enter_context(Journal(journal))
        is_resumed = kept.begin(_header(source, plan, judges, journal is not None))
        for board in crew.able:
            kept.note_model(board.name, board.info.hash)
        for record in kept.results():
            tally.take(plan.place_of(record["index"]), record)
        try:
            _run(crew, source, plan, tally, kept, token, shared if len(crew.boards) > 1 or crew.may_grow or is_resumed else 0, until, progress)
        except KeyboardInterrupt as interrupt:
            goes_on = "" if kept.path is None else f"; the same call goes on from {kept.path}"
            interrupt.args = (f"interrupted after {tally.accepted} {'' if plan.size is None else f'of {plan.size} '}samples{goes_on}",)
            raise
        tally.add_rest()
        found = Validation(document_of(crew.boards, source, plan, tally, kept, begin), kept)
    return found


def _check_numbers(counts: Mapping[str, int | None], seconds: Mapping[str, float | None]) -> None:
    for name, count in counts.items():
        if count is not None and count < 0:
            raise InvalidArgumentError(f"{name}={count}, expected at least 0")
    for name, limit in seconds.items():
        if limit is not None and not 0 < limit < float("inf"):
            raise InvalidArgumentError(f"{name}={limit}, expected seconds, more than 0")


def _look(boards: BoardLike | Sequence[BoardLike] | None, arguments: Mapping[str, Any], timeout: float, token: Token, client: Any) -> Look:
    several = [boards] if isinstance(boards, (str, os.PathLike, Model, Runner)) else boards
    if client is None:
        return lambda: [Local(board, arguments, timeout, token) for board in several or ()]
    from ..farm._boards import announced, check_client
    from ..farm._remote import Remote

    check_client(client)
    return lambda: [Remote(client, board, arguments, timeout, token) for board in (announced(client) if several is None else several)]


def _decision(decide: float, confidence: float, metrics: Sequence[Metric]) -> Decision:
    if not metrics or type(metrics[0]).hit is Metric.hit:
        raise InvalidArgumentError(f"decide={decide}: the first metric has to be classification, or a function that gives True or False")
    return Decision(decide, confidence)


def _reference(reference: BoardLike, name: str, timeout: float, stack: contextlib.ExitStack) -> Model:
    """Of several models of a descriptor the one that is called as that of the boards."""
    if isinstance(reference, (Model, Runner)):
        return reference if isinstance(reference, Model) else reference.model
    runner = stack.enter_context(connect(reference, timeout=timeout))
    return runner.model if len(runner) == 1 else runner[name]


def _header(source: Source, plan: Plan, metrics: Sequence[Metric], is_kept: bool) -> dict[str, Any]:
    """What has to be the same for a journal to go on."""
    content = source.fingerprint() if is_kept else None
    data = {key: rule for key, rule in source.rules.items() if content is None or key not in source.places}
    return {"data": data, "samples": plan.size, "order": plan.described, "metrics": {metric.name: metric.settings() for metric in metrics},
            "content": content}


def _run(crew: Crew, source: Source, plan: Plan, tally: Tally, journal: Journal, token: Token, shared: int,
         until: float, progress: OnProgress) -> None:
    works = plan.works(lambda place: place < shared or not tally.has(place))
    first = _first(works, shared)
    feed = Feed(iter(()) if tally.is_decided else works, until)
    feed.hand_out([work.place for work in first if not tally.has(work.place)])
    remaining = None if plan.size is None else plan.size - tally.accepted

    def welcome(board: Board) -> None:
        crew.take_in(board)
        try:
            if board.failure is None:
                journal.note_model(board.name, board.info.hash)
        except InvalidArgumentError as error:
            board.failure = error

    spread = Spread(crew, welcome, source, feed, first, token, remaining)
    reporter = Reporter(progress, tally.accepted)
    with contextlib.closing(spread.chunks()) as chunks:
        for chunk in chunks:
            records = list(_records(chunk, tally.metrics))
            journal.append(records)
            for work, record in zip(chunk.works, records):
                tally.take(work.place, record)
            feed.done([work.place for work in chunk.works])
            if tally.is_decided:
                feed.stop()
            reporter.note(tally.accepted, plan.size, len(crew.able))
    reporter.note(tally.accepted, plan.size, len(crew.able), is_last=True)


def _first(works: Iterator[Work], n: int) -> list[Work]:
    """What each board begins with."""
    return [work for _, work in zip(range(n), works)]


def _records(chunk: Chunk, metrics: Sequence[Metric]) -> Iterator[dict[str, Any]]:
    """The lines of the journal."""
    indices = [work.index for work in chunk.works]
    batch = Batch(indices, chunk.inputs, chunk.ran.outputs, chunk.targets)
    judged = [metric.judge(batch) for metric in metrics]
    n = len(indices)
    link, host = (round(value / n, 6) for value in (chunk.ran.link_ms, chunk.ran.host_ms))
    durations = chunk.ran.device_ms
    for place, digest in enumerate(chunk.hashes()):
        device = durations[place] if place < len(durations) else float("nan")
        yield {"index": indices[place], "hash": digest, "board": chunk.board.name, "device_ms": round(device, 6) if device == device else None,
               "link_ms": link, "host_ms": host, "kept": [of[place] for of in judged]}
