# SPDX-License-Identifier: BSD-3-Clause
"""Figures of trials as tables, and whether they are as asked."""
from collections import defaultdict

import numpy as np
from faults import HYPOTHESES
from networks import NETWORKS

BEGIN, END = "<!-- figures: written by scripts/test-compare -->", "<!-- end of the figures -->"
CLASSES = ("below 1 step", "1 to 3", "above 3")
ASKED_NAMED, ASKED_HYPOTHESES, ASKED_TRIALS = 0.99, 0.8, 1000


def class_of(result):
    return CLASSES[0 if result.effect < 1 else 1 if result.effect <= 3 else 2]


def _share(part, whole):
    return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def _named(results, name):
    chosen = [result for result in results if result.kind is not None and class_of(result) == name]
    return sum(result.named for result in chosen), len(chosen)


def hypotheses(results):
    """Of the faults that are named: those whose suggestion is what was planted."""
    chosen = [result for result in results if result.kind in HYPOTHESES and result.named]
    return sum(result.suggestion == HYPOTHESES[result.kind] for result in chosen), len(chosen)


def _wrong(results):
    return sum(bool(result.healthy) for result in results), len(results)


def _row(name, results):
    cells = [*(_named(results, entry) for entry in CLASSES), _wrong(results), hypotheses(results)]
    return " | ".join([f"| {name}", *(_share(*cell) for cell in cells)]) + " |"


def _table(title, groups):
    head = f"| {title} | named, effect {CLASSES[0]} | {CLASSES[1]} steps | {CLASSES[2]} | a healthy layer named | hypothesis right |"
    return [head, "|" + "---|" * 6, *(_row(name, results) for name, results in groups.items() if results)]


def _groups(results, key):
    groups = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return dict(sorted(groups.items()))


def _healthy_ratios(results):
    lines = ["| network | healthy layers: median of the highest ratio of a trial | highest ratio | trials |", "|---|---|---|---|"]
    for name, group in _groups(results, lambda result: result.network).items():
        ratios = [result.highest for result in group if result.highest is not None]
        if ratios:
            lines.append(f"| {name} | {np.median(ratios):.2f} | {max(ratios):.2f} | {len(ratios)} |")
    return lines if len(lines) > 2 else []


def tables(results):
    faults = [result for result in results if result.kind is not None]
    methods = sorted({result.method or "free running" for result in results})
    lines = [f"{len(results)} trials, {len(faults)} of them with one planted fault and {len(results) - len(faults)} healthy pairs, with "
             f"{len({result.network for result in results})} networks; method: {', '.join(methods)}.", ""]
    failed = [result for result in results if result.error]
    if failed:
        lines += [f"In {len(failed)} of them the command failed; these count as not named.", ""]
    parts = [_table("all", {"all": results}),
             _table("reference and deployment", _groups(results, lambda result: f"{result.reference}, {result.deployment}")),
             _table("network", _groups(results, lambda result: result.network)),
             _table("fault", _groups(faults, lambda result: result.kind)),
             _healthy_ratios(results)]
    for part in parts:
        lines += part + [""]
    return "\n".join(lines)


def holds(results):
    """Whether they are as asked; only of the method that names single layers."""
    named, many = _named(results, CLASSES[2])
    right, chosen = hypotheses(results)
    return (named >= ASKED_NAMED * many and right >= ASKED_HYPOTHESES * chosen and _wrong(results)[0] == 0 and
            not any(result.error for result in results) and len(results) >= ASKED_TRIALS)


def insert(path, text):
    """Puts the tables between the marks of a document."""
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(BEGIN)
    after = rest.partition(END)[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")


def networks_table():
    lines = ["| network | what it is | package | licence |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {n.name} | {n.what} | {n.package or 'this repository'} | {n.licence} |" for n in NETWORKS.values()])
