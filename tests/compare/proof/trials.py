# SPDX-License-Identifier: BSD-3-Clause
"""One trial: a deployment with one fault, or none, is compared with its reference by the command; what the fault does is measured apart from it."""
import json
import os
import subprocess
import tempfile
from dataclasses import asdict, dataclass, field

import litert_file
import networks
import numpy as np
import onnx_file
import to_c
from faults import HYPOTHESES, generator
from faults_litert import Litert
from faults_onnx import Onnx
from litert_file import File

NAMED = ("own error", "diverges")
LIMIT_S = 300
SHORT_NAME = 63  # bytes that a target has for the name of a node
# Reference and deployment, by form. A network takes part in those that it has both forms of.
PAIRS = (("float.tflite", "int8.tflite"), ("int8.tflite", "int8.tflite"), ("float.onnx", "int8.tflite"), ("float.onnx", "qdq.onnx"),
         ("float.onnx", "qdq_tensor.onnx"), ("float.onnx", "qoperator.onnx"), ("qdq.onnx", "qdq.onnx"), ("float.onnx", "float.tflite"),
         ("float.tflite", "float.onnx"), ("float.tflite", "float.tflite"), ("float.onnx", "served int8.tflite"),
         ("float.onnx", "st-ai int8.tflite"), ("int8.tflite", "st-ai int8.tflite"))
# These are compared healthy only: what rounded weights do, or both sides' in ways of their own, is many steps of their outputs, so that an effect
# in steps tells nothing.
HEALTHY_PAIRS = (("float.onnx", "qdq_int16.onnx"), ("float.onnx", "weights.onnx"), ("float.onnx", "dynamic.onnx"), ("float.tflite", "float16.tflite"),
                 ("int8.tflite", "qdq.onnx"), ("qdq.onnx", "int8.tflite"))
SERVED, HOST = "served", "st-ai"  # a form behind `airunner serve`, or as a host library
HOST_NETWORKS = "kws", "speech"  # to_c.py has the kernels, and the adapter the tables


def way_and_form(deployment):
    """How a form is deployed, "" for its runtime, and the form."""
    way, _, form = deployment.rpartition(" ")
    return way, form


@dataclass
class Result:
    network: str
    reference: str
    deployment: str
    layer: str | None
    kind: str | None  # None: nothing was planted
    effect: float | None = None  # rms in the channel that changes most, in steps of the output
    largest: float | None = None  # the largest change, in steps
    named: bool | None = None
    suggestion: str | None = None
    ratio: float | None = None  # of the planted layer, where it has one
    healthy: list = field(default_factory=list)  # layers that are named and have no fault: name, ratio
    highest: float | None = None  # ratio of a healthy layer
    method: str | None = None
    error: str | None = None  # where the command failed
    seed: str = ""

    def to_json(self):
        return json.dumps(asdict(self))


class CommandFailed(Exception):
    pass


class Deployment:
    """A form of a network as it is deployed, healthy: its layers, and what they compute for the samples."""

    def __init__(self, network, form):
        self.network, self.form = network, form
        self.data = networks.load(network, form)
        self.samples = networks.inputs(network, form, "trials")
        self.kind, self.run = (Onnx, onnx_file.run) if form.endswith(".onnx") else (Litert, litert_file.run)
        self.values = self.run(self.data, self.samples)
        self.plan = self.kind(self.data, {name: value.shape for name, value in self.values.items()})

    def faults(self):
        """All places for faults, and their kinds; some turn out to be none."""
        return [(layer, kind) for layer in self.plan.layers for kind in self.plan.kinds(layer)]

    def effect(self, planted):
        """Root of the mean square of the change in the channel that changes most, and the largest change, in steps of the output."""
        before, step = self.kind.real(self.data, planted.before, self.values[planted.before])
        after, changed = self.kind.real(planted.data, planted.after, self.run(planted.data, self.samples)[planted.after])
        step = changed or step or 2.0**-23 * max(np.abs(before).max(), 1e-30)
        change = self.kind.channels_last(after - before) / step
        squares = np.square(change).reshape(-1, change.shape[-1]).mean(axis=0)
        return float(np.sqrt(squares.max())), float(np.abs(change).max())


def run_trial(deployment, reference, layer, kind, seed, way=""):
    """None where there is no such fault in this layer. Without a kind nothing is planted, and the seed draws the inputs."""
    network, form = deployment.network, deployment.form
    result = Result(network.name, reference, f"{way} {form}".strip(), None, kind, seed=str(seed))
    if kind is None:
        data, touched, samples = deployment.data, set(), networks.inputs(network, reference, seed)
    else:
        planted = deployment.plan.plant(layer, kind, generator(network.name, form, layer, kind, seed))
        if planted is None or (way == HOST and kind == "padding"):  # it adds an operator that there is no kernel for
            return None
        data, touched, samples = planted.data, planted.touched, networks.inputs(network, reference, "trials")
        result.layer = planted.layer
        result.effect, result.largest = deployment.effect(planted)
    with tempfile.TemporaryDirectory(prefix="airunner-proof-") as folder:
        side = os.path.join(folder, "deployed" + os.path.splitext(form)[1])
        with open(side, "wb") as file:
            file.write(data)
        edges = deployment.kind.edges(data)
        if way == HOST:
            side, edges, touched = to_c.build(data, folder), to_c.edges(File(data)), to_c.node_names(File(data), touched)
        np.save(os.path.join(folder, "inputs.npy"), samples)
        try:
            found = compare(networks.path_of(network, reference), side, "-i", os.path.join(folder, "inputs.npy"), served=way == SERVED)
        except (CommandFailed, subprocess.TimeoutExpired) as error:
            result.error, result.named = str(error), None if kind is None else False
            return result
    judge(result, found, accepted(edges, touched, found))
    return result


def compare(reference, side, *inputs, served=False):
    command = os.environ["AIRUNNER_COMMAND"]
    server = None
    if served:
        server = subprocess.Popen([command, "serve", side, "--listen", "tcp:127.0.0.1:0", "--once"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
    try:
        if server is not None:
            side = server.stdout.readline().removeprefix("ready: ").strip()
        done = subprocess.run([command, "compare", reference, side, *inputs, "--json"], capture_output=True, timeout=LIMIT_S)
    finally:
        if server is not None:
            server.kill()
            server.wait()
            server.stdout.close()
    if done.returncode not in (0, 5, 6):
        raise CommandFailed(f"exit code {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def accepted(edges, touched, found):
    """Names of the nodes that a fault in these may be told of: themselves, or the next ones behind them that were compared. A target cuts names."""
    given = {node["other"]["name"] for node in found["nodes"] if node["other"] is not None}
    cut = max(map(len, given), default=0)
    if cut == SHORT_NAME:
        touched, edges = {name[:cut] for name in touched}, [(name[:cut], *more) for name, *more in edges]
    compared = {node["other"]["name"] for node in found["nodes"] if node["other"] is not None and node["reference"] is not None}
    names, seen, follow = set(), set(), list(touched)
    while follow:
        name = follow.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in compared:
            names.add(name)
            continue
        made = {output for other, _, outputs in edges if other == name for output in outputs}
        follow += [other for other, entries, _ in edges if made.intersection(entries)]
    return names


def judge(result, found, right):
    result.method = found.get("method")
    result.named = None if result.kind is None else False
    for node in found["nodes"]:
        name, local = (node["other"] or {}).get("name"), node.get("local") or {}
        is_named = node["verdict"] in NAMED
        if name in right:
            if local.get("ratio") is not None:
                result.ratio = max(result.ratio or 0, local["ratio"])
            if is_named:
                result.named = True
                suggestion = local.get("suggestion")
                result.suggestion = suggestion["kind"] if suggestion else result.suggestion
        else:
            if local.get("ratio") is not None:
                result.highest = max(result.highest or 0, local["ratio"])
            if is_named:
                result.healthy.append([name, local.get("ratio")])


def is_right(result):
    return result.suggestion == HYPOTHESES[result.kind]
