# SPDX-License-Identifier: BSD-3-Clause
"""What a validation found, in words: from its document."""

from __future__ import annotations

from typing import Any, Iterator


def number(value: Any) -> str:
    """As people read it."""
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def counts_text(document: dict[str, Any]) -> str:
    """How many samples were done, and how often."""
    of = "" if document["samples"] is None else f" of {document['samples']}"
    missing = document["missing"]
    return (f"{document['accepted']}{of} samples accepted, {document['executed']} executed, {document['duplicates']} duplicates, "
            f"{'?' if missing is None else missing} missing")


def decision_text(decision: dict[str, Any]) -> str:
    """What was decided, in one sentence."""
    bounds = f"{decision['low']:.4f} to {decision['high']:.4f} at {100 * decision['confidence']:g} %"
    if decision["verdict"] == "open":
        return f"cannot tell whether the accuracy is above {decision['limit']:g}: it is {bounds}"
    return f"stopped early: after {decision['decided_after']} samples the accuracy is {decision['verdict']} {decision['limit']:g} ({bounds})"


def faults(document: dict[str, Any]) -> list[str]:
    """What a reader has to know before the numbers, one sentence each."""
    found = []
    decided = document["decision"] and document["decision"]["verdict"] != "open"
    if not document["complete"] and not decided:
        found.append(f"INCOMPLETE: {counts_text(document)}")
    for board in document["boards"]:
        if board["retired"]:
            found.append(f"{board['descriptor']} was retired: {board['retired']}")
        elif board["retries"]:
            found.append(f"{board['descriptor']} failed and was tried again, retries: {board['retries']}; the last time: {board['last_failure']}")
        if board["not_deterministic"]["count"]:
            indices = ", ".join(map(str, board["not_deterministic"]["samples"]))
            found.append(f"{board['descriptor']} is a non-deterministic board: other outputs for the same sample, of {indices}")
    networks: dict[str, list[str]] = {}
    for board in document["boards"]:
        if board["hash"] and board["accepted"]:
            networks.setdefault(board["hash"], []).append(board["descriptor"])
    if len(networks) > 1:
        found.append("boards have different networks, and the numbers are those of a mixture: " +
                     "; ".join(f"{' and '.join(boards)} {'has' if len(boards) == 1 else 'have'} {known}" for known, boards in networks.items()))
    if document["disagreements"]["count"]:
        one = document["disagreements"]["samples"][0]
        found.append(f"boards disagree in {document['disagreements']['count']} samples: first in {one['index']} ({' and '.join(one['boards'])})")
    return found


def lines_of(document: dict[str, Any]) -> Iterator[str]:
    """The report as a text."""
    yield from faults(document)
    yield counts_text(document)
    if document["decision"]:
        yield decision_text(document["decision"])
    for metric in document["metrics"]:
        numbers = ", ".join(f"{key} {number(value)}" for key, value in metric["result"].items() if not isinstance(value, (list, dict)))
        yield f"{metric['name']}: {numbers}"
    if document["worst"]:
        yield "diverge most: " + ", ".join(f"sample {one['index']} ({number(one['l2r'])})" for one in document["worst"])
    for board in document["boards"]:
        numbers = ", ".join(f"{name} {number(value)}" for name, value in board["metrics"].items())
        yield (f"  {board['descriptor']}: {board['accepted']} samples, {number(board['device_ms']['mean'])} ms on the device, "
               f"{number(board['link_ms']['mean'])} ms on the link{', ' + numbers if numbers else ''}")
