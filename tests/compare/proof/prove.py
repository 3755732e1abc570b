# SPDX-License-Identifier: BSD-3-Clause
"""Runs trials until the time is over, goes on where it was interrupted, and writes their figures into a document.

usage: prove.py [--minutes N] [--only TEXT]... [--document FILE]    TEXT is part of "network reference deployment"
       prove.py --show NETWORK REFERENCE DEPLOYMENT LAYER KIND [SEED]   makes the files of one trial and tells the command"""
import argparse
import hashlib
import json
import os
import sys
import time

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
            way, form = trials.way_and_form(deployment)
            if reference in network.forms and form in network.forms and (way != trials.HOST or network.name in trials.HOST_NETWORKS):
                yield network.name, reference, deployment
    for library in host.LIBRARIES:
        for reference in host.REFERENCES:
            yield "digits", reference, "host " + library


class Journal:
    """Trials that are done, a line of JSON each, behind one that tells what `build` they were made with: those of another begin anew. Where a
    run was ended within a line, or between the trials of a turn, these are made again."""

    def __init__(self, path, build):
        self.results, self.turns = [], {}
        kept, turn = [json.dumps({"build": build})], []
        for line in self._lines(path, kept[0]):
            entry = json.loads(line)
            turn.append(line)
            if "turn" in entry:
                self.turns[tuple(entry["side"])] = entry["turn"]
                self.results += [trials.Result(**json.loads(result)) for result in turn[:-1]]
                kept, turn = kept + turn, []
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in kept)
        os.replace(path + ".part", path)
        self.file = open(path, "a", encoding="utf-8")

    @staticmethod
    def _lines(path, first):
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")[:-1]
        if lines[:1] != [first]:
            print("the trials that are there were made with another build: all begin anew", file=sys.stderr)
            return []
        return lines[1:]

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
        way, form = trials.way_and_form(form)
        deployment = trials.Deployment(networks.NETWORKS[network], form)
        places = [] if (reference, form) in trials.HEALTHY_PAIRS else deployment.faults()
        def trial(layer, kind, seed): return trials.run_trial(deployment, reference, layer, kind, seed, way)
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
    deployment = trials.Deployment(entry, trials.way_and_form(form)[1])
    folder = os.path.join(networks.folder(), "shown")
    os.makedirs(folder, exist_ok=True)
    side, inputs = os.path.join(folder, "deployed" + os.path.splitext(form)[1]), os.path.join(folder, "inputs.npy")
    data = deployment.data
    if layer != "-":
        places = [place for place, known in deployment.faults() if known == kind]
        faults = (deployment.plan.plant(place, kind, generator(network, deployment.form, place, kind, seed)) for place in places)
        planted = next(fault for fault in faults if fault is not None and fault.layer.endswith(layer))
        data = planted.data
        print("effect in steps of the output:", deployment.effect(planted))
    with open(side, "wb") as file:
        file.write(data)
    np.save(inputs, networks.inputs(entry, reference, "trials" if layer != "-" else seed))
    print(os.environ["AIRUNNER_COMMAND"], "compare", networks.path_of(entry, reference), side, "-i", inputs)


def _build():
    """What tells one build of the command and its backends from another."""
    command = os.environ["AIRUNNER_COMMAND"]
    backends = os.path.join(os.path.dirname(command), "backends")
    digest = hashlib.md5()
    for path in [command, *(os.path.join(backends, name) for name in sorted(os.listdir(backends)) if name.endswith(".so"))]:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


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
    journal = Journal(os.path.join(networks.folder(), "trials.jsonl"), _build())
    prove(journal, arguments.minutes, arguments.only)
    text = figures.tables(journal.results)
    print(text)
    if arguments.document:
        figures.insert(arguments.document, text)
    return 0 if figures.holds(journal.results) else 1


if __name__ == "__main__":
    sys.exit(main())
