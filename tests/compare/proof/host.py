# SPDX-License-Identifier: BSD-3-Clause
"""Trials with the digits in a host library: some weights of one layer are wrong when it is loaded (altered.c)."""
import json
import os
import subprocess
import tempfile

import networks
import numpy as np
from trials import LIMIT_S, Result, judge

LAYERS = {"conv_1": 0, "conv_2": 1, "conv_3": 3, "conv_4": 5, "dense": 7}  # those with weights, by node
LIBRARIES = ("legacy-int8", "st-ai-int8", "legacy-float32", "st-ai-float32")
REFERENCES = ("float.onnx", "float.tflite", "int8.tflite", "qdq.onnx")
WEIGHTS = {"one weight": 1, "four weights": 4, "16 weights": 16}
_kept = {}


def _run(library, alter, *arguments):
    variables = dict(os.environ)
    variables.pop("AIRUNNER_TEST_ALTER", None)
    if alter is not None:
        variables["AIRUNNER_TEST_ALTER"] = alter
    path = os.path.join(os.environ["AIRUNNER_ALTERED_DIR"], library)
    done = subprocess.run([os.environ["AIRUNNER_COMMAND"], "compare", *(path if part is None else part for part in arguments)], env=variables,
                          capture_output=True, timeout=LIMIT_S)
    if done.returncode not in (0, 5, 6):
        raise RuntimeError(f"{library} {alter}: exit code {done.returncode}\n{done.stderr.decode()}")
    return done.stdout


def _data(library, alter, inputs):
    """What the layers compute, by node: real numbers or steps, and their size."""
    if (library, alter) not in _kept:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.npz")
            _run(library, alter, None, "--save", path, "-i", inputs)
            with np.load(path) as saved:
                names = [name for name in saved.files if name.startswith("node_") and name.count("_") == 2]
                _kept[library, alter] = {int(name.split("_")[1]): saved[name].astype(np.float64) for name in names}
    return _kept[library, alter]


def run_trial(library, reference, layer, kind, seed):
    network = networks.NETWORKS["digits"]
    result = Result("digits", reference, "host " + library, layer if kind else None, kind, seed=str(seed))
    with tempfile.TemporaryDirectory() as folder:
        inputs = os.path.join(folder, "inputs.npy")
        np.save(inputs, networks.inputs(network, "float.tflite", seed if kind is None else "trials"))
        alter = None if kind is None else f"{layer}:{WEIGHTS[kind]}"
        if kind is not None:
            place = LAYERS[layer]
            before, after = _data(library, None, inputs)[place], _data(library, alter, inputs)[place]
            step = 1 if library.endswith("int8") else 2.0**-23 * np.abs(before).max()
            change = ((after - before) / step).reshape(-1, before.shape[-1])
            result.effect, result.largest = float(np.sqrt(np.square(change).mean(axis=0).max())), float(np.abs(change).max())
        if reference.endswith(".onnx"):
            np.save(inputs, np.load(inputs).transpose(0, 3, 1, 2))
        found = json.loads(_run(library, alter, networks.path_of(network, reference), None, "-i", inputs, "--json"))
    others = [node["other"] for node in found["nodes"] if node["other"] is not None]
    judge(result, found, {other["name"] for other in others if kind is not None and other["index"] == LAYERS[layer]})
    return result
