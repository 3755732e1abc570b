# SPDX-License-Identifier: BSD-3-Clause
"""What a validation found, as a document (its keys stand in docs/validate.md), a text, lines of CSV, and a page."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from functools import cached_property
from typing import Any, Iterator, Sequence

from .. import _library
from .._documents import Page, indented, shown
from ._board import Board
from ._journal import Journal
from ._page import page_of
from ._plan import Plan
from ._tally import TIMES, BoardTally, Tally
from ._words import counts_text, lines_of
from .data import Source

SCHEMA = "airunner.validation/1"


def document_of(boards: Sequence[Board], source: Source, plan: Plan, tally: Tally, journal: Journal, begin: float) -> dict[str, Any]:
    return dict(_without_nan(_document(boards, source, plan, tally, journal, begin)))


def _without_nan(value: Any) -> Any:
    """JSON has neither NaN nor infinity."""
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _document(boards: Sequence[Board], source: Source, plan: Plan, tally: Tally, journal: Journal, begin: float) -> dict[str, Any]:
    library = _library.load()
    missing = None if plan.size is None else plan.size - tally.accepted
    return {
        "schema": SCHEMA, "airunner": library.version, "begin": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin)),
        "host": library.air_get_host().decode(), "seconds": round(time.time() - begin, 3),
        "data": source.rules, "order": plan.described, "samples": plan.size,
        "executed": tally.executed, "accepted": tally.accepted, "duplicates": tally.executed - tally.accepted, "missing": missing,
        "complete": missing == 0, "journal": journal.path,
        "decision": None if tally.decision is None else tally.decision.document(),
        "metrics": [{"name": metric.name, "headline": metric.headline, "settings": metric.settings(), "result": total.result()}
                    for metric, total in zip(tally.metrics, tally.totals)],
        "worst": [{"index": index, "l2r": value} for index, value in tally.worst()],
        "disagreements": {"count": tally.n_disagreements, "samples": tally.disagreements},
        "boards": [_board(board.name, board, tally) for board in boards] +
                  [_board(name, None, tally) for name in tally.boards if name not in {board.name for board in boards}],
        "info": next(board.known.document for board in boards if board.known is not None),
    }


def _board(name: str, board: Board | None, tally: Tally) -> dict[str, Any]:
    """`board`: None for one of an earlier run of the journal."""
    did = tally.boards.get(name) or BoardTally(tally.metrics)
    info = board.known.info if board is not None and board.known is not None else None
    return {
        "descriptor": name, "model": info and info.name, "hash": info and info.hash, "backend": info and info.backend,
        "device": info and info.device.description, "accepted": did.accepted, "executed": did.executed,
        "retries": 0 if board is None else board.n_retries, "last_failure": None if board is None else _told(board.last_failure),
        "retired": None if board is None else _told(board.failure),
        **{key: _times(times, key == TIMES[0]) for key, times in did.times.items()},
        "metrics": {metric.name: total.result().get(metric.headline) if did.accepted else None for metric, total in zip(tally.metrics, did.totals)},
        "not_deterministic": {"count": did.n_not_deterministic, "samples": did.not_deterministic},
    }


def _times(times: Sequence[float], is_each: bool) -> dict[str, float | None]:
    """The least and the most where each sample was measured."""
    total, n, least, most = times
    return {"mean": total / n if n else None, "min": least if n and is_each else None, "max": most if n and is_each else None}


def _told(error: Exception | None) -> str | None:
    return None if error is None else str(error)


class Validation(Page):
    """What validate() found. `document` has everything; str() is the table for people; `bool()` tells whether every sample was done and all agree."""

    def __init__(self, document: dict[str, Any], journal: Journal) -> None:
        self.document = document
        self._journal = journal

    @cached_property
    def _json(self) -> str:
        return json.dumps(self.document, ensure_ascii=False, allow_nan=False)

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The numbers of each metric, by its name."""
        return {metric["name"]: metric["result"] for metric in self.document["metrics"]}

    @property
    def complete(self) -> bool:
        """Every sample was done, or enough for what was to be decided."""
        decision = self.document["decision"]
        return bool(self.document["complete"] or (decision and decision["verdict"] != "open"))

    def __bool__(self) -> bool:
        return self.complete and not self.document["disagreements"]["count"] and not any(
            board["not_deterministic"]["count"] for board in self.document["boards"])

    def results(self) -> Iterator[dict[str, Any]]:
        """Each result as the journal has it, in the order in which they came; one of two of the same index is a duplicate."""
        return self._journal.results()

    def to_json(self, indent: int | None = None) -> str:
        """The document as text."""
        return indented(self._json, indent)

    def to_csv(self) -> str:
        """A line for each result, with what the metrics keep of it in columns `metric.name`."""
        text = io.StringIO()
        self.write_csv(text)
        return text.getvalue()

    def write_csv(self, file: Any) -> None:
        """The same into an open file, line by line."""
        names = [metric["name"] for metric in self.document["metrics"]]
        writer: Any = None
        for record in self.results():
            row = {key: value for key, value in record.items() if key not in ("kept", "crc")}
            for name, kept in zip(names, record["kept"]):
                row.update({f"{name}.{key}": value for key, value in kept.items() if not isinstance(value, (list, dict))})
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n", extrasaction="ignore")
                writer.writeheader()
            writer.writerow(row)

    def to_html(self) -> str:
        """An HTML page that needs no other file."""
        return page_of(self.document)

    def __str__(self) -> str:
        return shown("\n".join(lines_of(self.document)))

    def __repr__(self) -> str:
        return f"<airunner.Validation: {counts_text(self.document)}>"
