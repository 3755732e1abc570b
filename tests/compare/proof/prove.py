# SPDX-License-Identifier: BSD-3-Clause
"""Runs trials until the time is over, goes on where it was interrupted, and writes their figures into a document.

usage: prove.py [--minutes N] [--only TEXT]... [--document FILE]    TEXT is part of "network reference deployment"
       prove.py --show NETWORK REFERENCE DEPLOYMENT LAYER KIND [SEED]   makes the files of one trial and tells the command"""
import argparse
import json
import os
import sys
import time
from dataclasses import fields

import figures
import host
import networks
import numpy as np
import trials
from faults import generator

AT_A_TIME = 5  # faults, and one healthy pair, of a pair before the next one has its turn


def _sides():
    """All pairs of a reference and a deployment: network, reference, deployment."""
    for network in networks.NETWORKS.values():
        for reference, deployment in trials.PAIRS + trials.HEALTHY_PAIRS:
            if reference in network.forms and deployment.removeprefix(trials.SERVED) in network.forms:
                yield network.name, reference, deployment
    for library in host.LIBRARIES:
        for reference in host.REFERENCES:
            yield "digits", reference, "host " + library


class Journal:
    """Trials that are done, a line of JSON each; the last line may be half written."""

    def __init__(self, path):
        self.path, self.results, self.turns = path, [], {}
        names = {entry.name for entry in fields(trials.Result)}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file.read().split("\n")[:-1]:
                    entry = json.loads(line)
                    if "turn" in entry:
                        self.turns[tuple(entry["side"])] = entry["turn"]
                    else:
                        self.results.append(trials.Result(**{key: value for key, value in entry.items() if key in names}))
            with open(path, "r+", encoding="utf-8") as file:  # what a crash left of a line goes
                file.truncate(len(file.read().rsplit("\n", 1)[0].encode()) + 1 if self.results or self.turns else 0)
        self.file = open(path, "a", encoding="utf-8")

    def add(self, result):
        self.results.append(result)
        self._write(result.to_json())

    def end_turn(self, side, turn):
        self.turns[side] = turn
        self._write(json.dumps({"side": side, "turn": turn}))

    def _write(self, line):
        self.file.write(line + "\n")
        self.file.flush()


def turn(side, turn):
    """The trials of a pair's next turn; nothing when all its faults had theirs."""
    network, reference, form = side
    if form.startswith("host "):
        places = [(layer, kind) for layer in host.LAYERS for kind in host.WEIGHTS]
        library = form.removeprefix("host ")
        def trial(layer, kind, seed): return host.run_trial(library, reference, layer, kind, seed)
    else:
        served = form.startswith(trials.SERVED)
        deployment = trials.Deployment(networks.NETWORKS[network], form.removeprefix(trials.SERVED))
        places = [] if (reference, form) in trials.HEALTHY_PAIRS else deployment.faults()
        def trial(layer, kind, seed): return trials.run_trial(deployment, reference, layer, kind, seed, served)
    order = generator(*side).permutation(len(places))[turn * AT_A_TIME:(turn + 1) * AT_A_TIME]
    if len(order) == 0 and turn > 0:
        return
    yield trial(None, None, f"healthy-{turn}")
    for place in order:
        result = trial(*places[place], 0)
        if result is not None:
            yield result


def prove(journal, minutes, only):
    end = time.monotonic() + 60 * minutes
    sides = [side for side in _sides() if not only or any(text in " ".join(side) for text in only)]
    sides = [sides[i] for i in generator("order").permutation(len(sides))]
    while time.monotonic() < end:
        least = min((journal.turns.get(side, 0) for side in sides if journal.turns.get(side, 0) is not None), default=None)
        if least is None:
            return
        for side in [side for side in sides if journal.turns.get(side, 0) == least]:
            count = 0
            for result in turn(side, least):
                journal.add(result)
                count += 1
                _tell(result)
            journal.end_turn(side, least + 1 if count else None)
            if time.monotonic() > end:
                return


def _tell(result):
    what = ""
    if result.kind is not None:
        what = f"{result.kind} in {result.layer}, effect {result.effect:.2f}: {'named' if result.named else 'MISSED'}, {result.suggestion}"
    wrong = "".join(f"; WRONG {name} {ratio}" for name, ratio in result.healthy)
    print(f"{result.network} {result.reference} {result.deployment}: {what or 'healthy'}{wrong}{result.error or ''}", flush=True)


def show(network, reference, form, layer, kind, seed="0"):
    """Files of one trial; the layer by name or part of it, `-` for none."""
    entry = networks.NETWORKS[network]
    deployment = trials.Deployment(entry, form.removeprefix(trials.SERVED))
    folder = os.path.join(networks.folder(), "shown")
    os.makedirs(folder, exist_ok=True)
    side, inputs = os.path.join(folder, "deployed" + os.path.splitext(form)[1]), os.path.join(folder, "inputs.npy")
    data = deployment.data
    if layer != "-":
        faults = (deployment.plan.plant(place, kind, generator(network, deployment.form, place, kind, seed)) for place in deployment.plan.layers)
        planted = next(fault for fault in faults if fault is not None and fault.layer.endswith(layer))
        data = planted.data
        print("effect in steps of the output:", deployment.effect(planted))
    with open(side, "wb") as file:
        file.write(data)
    np.save(inputs, networks.inputs(entry, reference, "trials" if layer != "-" else seed))
    print(os.environ["AIRUNNER_COMMAND"], "compare", networks.path_of(entry, reference), side, "-i", inputs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", action="append")
    parser.add_argument("--document")
    parser.add_argument("--show", nargs="+")
    arguments = parser.parse_args()
    if arguments.show:
        show(*arguments.show)
        return 0
    journal = Journal(os.path.join(networks.folder(), "trials.jsonl"))
    prove(journal, arguments.minutes, arguments.only)
    text = figures.tables(journal.results)
    print(text)
    if arguments.document:
        figures.insert(arguments.document, text)
    return 0 if figures.holds(journal.results) else 1


if __name__ == "__main__":
    sys.exit(main())
