#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the Python packages cost beyond air_invoke(), measured in one run: the baseline is the same call through ctypes alone.

ST's module takes 85 to 540 us more than such a small model for each sample, and its cost grows with the batch.

usage: bench_python.py [--smoke] LABEL=LIBRARY...
"""

import ctypes
import json
import logging
import os
import sys
import time

sys.path.insert(0, os.environ["AIRUNNER_PYTHON_DIR"])

import airunner  # noqa: E402
from stm_ai_runner import AiRunner  # noqa: E402

US = 1000.0
AIRUNNER_LIMITS = {1000: 5 * US, 1: 30 * US}  # ns for each sample, by batch
DROP_IN_LIMITS = {1000: 10 * US, 1: 60 * US}
MODE = AiRunner.Mode.PER_LAYER_WITH_DATA


def least_ns(rounds, calls):
    """The least time of each call; they take turns, so that all see the same machine."""
    least = [float("inf")] * len(calls)
    for _ in range(rounds):
        for place, call in enumerate(calls):
            start = time.perf_counter_ns()
            call()
            least[place] = min(least[place], time.perf_counter_ns() - start)
    return least


def report(name, value, baseline, limit):
    print(json.dumps({"name": name, "value": value, "unit": "ns/sample", "baseline": baseline, "limit": limit}))


def bare_call(model, inputs):
    """air_invoke() and the release of its result with everything prepared, on buffers of its own."""
    library = model._library
    arrays, n_samples = model._bind_inputs(inputs, False)
    outputs = model._bind_outputs(n_samples, False)
    ins, outs, result = type(model._in)(), type(model._out)(), ctypes.c_void_p()
    model._point(ins, arrays)
    model._point(outs, outputs)
    arguments = (model._session, n_samples, ins, len(ins), outs, len(outs), None, None, ctypes.byref(result))

    def call(keep=(arrays, outputs)):
        library.air_invoke(*arguments)
        library.air_release_result(result)

    return call


def bench(label, path, smoke):
    logger = logging.getLogger("bench")
    logger.setLevel(logging.CRITICAL)
    stm = AiRunner(logger=logger)
    with airunner.connect(path) as runner:
        if not stm.connect(path):
            raise SystemExit(stm.get_error())
        model = runner.model
        for batch in (1000, 1):
            inputs = model.random_inputs(batch)
            if (stm.invoke(inputs)[0][0] != model.invoke(inputs).outputs[0]).any():
                raise SystemExit(f"{label}: the two packages give different outputs")
            bare, plain, drop_in = least_ns(2 if smoke else 3000, [
                bare_call(model, inputs), lambda: model.invoke(inputs), lambda: stm.invoke(inputs)])
            what = f"{label}: invoke of {batch} sample{'s' if batch > 1 else ''}"
            report(f"{what}, airunner", plain / batch, bare / batch, AIRUNNER_LIMITS[batch])
            report(f"{what}, stm_ai_runner", drop_in / batch, bare / batch, DROP_IN_LIMITS[batch])
        small, large = model.random_inputs(1000), model.random_inputs(4000)
        for name, call in (("airunner", lambda x: model.invoke(x, mode="per_layer_with_data")),
                           ("stm_ai_runner", lambda x: stm.invoke(x, mode=MODE))):
            few, many = least_ns(2 if smoke else 400, [lambda: call(small), lambda: call(large)])
            report(f"{label}: per layer with data, batch of 4000 against 1000, {name}", many / 4000, few / 1000, 1.1 * few / 1000)
    stm.disconnect()


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--smoke"]
    for argument in arguments:
        label, _, path = argument.partition("=")
        bench(label, path, "--smoke" in sys.argv)


if __name__ == "__main__":
    main()
