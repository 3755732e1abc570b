#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What airunner.validate() costs beyond a bare loop of air_invoke() on the same data; its memory at 100 000 samples; and what four boards are to one.

usage: bench_validate.py [--smoke] COMMAND SMALL_MODEL IMAGE_MODEL

Times of the first are processor time, so that others on the machine do not count. The boards are served on simulated lines of 921600 baud: 400 samples of
110 592 bytes by four of them, 100 by one; it takes eight minutes. Large packets leave the processor to others, so that it is the lines that are waited for.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.environ["AIRUNNER_PYTHON_DIR"])

import numpy as np  # noqa: E402

import airunner  # noqa: E402
from bench_python import bare_call  # noqa: E402

MOST_US = 50.0
MOST_PART = 1.05  # of the bare loop


def report(name, value, unit, baseline, limit):
    print(json.dumps({"name": name, "value": value, "unit": unit, "baseline": baseline, "limit": limit}), flush=True)


def tiny_target(outputs, target):
    return 1.0


def bench_overhead(path, n_samples):
    """One sample a call, as a loop by hand has it; the journal is on the disk."""
    with airunner.connect(path) as runner:
        model = runner.model
        inputs = model.random_inputs(n_samples)
        calls = [bare_call(model, [array[place:place + 1] for array in inputs]) for place in range(min(n_samples, 1000))]
        begin = time.process_time()
        for call in calls:
            call()
        bare = (time.process_time() - begin) / len(calls)
        data = {tensor.name: array for tensor, array in zip(model.inputs, inputs)}
        with tempfile.TemporaryDirectory() as folder:
            least = float("inf")
            for number in range(2):
                begin = time.process_time()
                found = airunner.validate(runner, data, tiny_target, journal=os.path.join(folder, f"{number}.jsonl"))
                least = min(least, (time.process_time() - begin) / n_samples)
        assert found, found
    report("validate: a sample, with a metric and a journal", least * 1e9, "ns/sample", bare * 1e9, max(bare * MOST_PART, bare + MOST_US / 1e6) * 1e9)


def peak_of(path, n_samples):
    """Megabytes that a process of its own has had at most."""
    program = f"""
import re, sys
import numpy as np
import airunner
with airunner.connect({path!r}) as runner:
    shapes = [(tensor.shape[1:], tensor.dtype) for tensor in runner.model.inputs]
    samples = (([np.full(shape, number % 100, dtype) for shape, dtype in shapes], 0) for number in range({n_samples}))
    found = airunner.validate(runner, samples, lambda outputs, target: 1.0, journal=sys.argv[1])
    assert found.document["accepted"] == {n_samples}, found
    print(int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) / 1024)  # getrusage() tells that of the parent too
"""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": os.environ["AIRUNNER_PYTHON_DIR"]}
        done = subprocess.run([sys.executable, "-c", program, os.path.join(folder, "journal.jsonl")], env=environment, capture_output=True, text=True,
                              check=True, timeout=900)
    return float(done.stdout)


def bench_memory(path, few, many):
    """What stays of a sample is ten bytes: 1 MB of 100 000; the rest is for the allocator."""
    least, most = peak_of(path, few), peak_of(path, many)
    report(f"validate: memory at {many} samples, against {few}", most, "MB", least, least + 5 + 20e-6 * many)


def serve(command, model):
    server = subprocess.Popen([command, "serve", model, "--listen", "tcp:127.0.0.1:0", "--line-rate", "921600", "--packet", "4094"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    return server, server.stdout.readline().split()[1]


def rate_of(command, model, n_boards, n_samples):
    """Samples a second."""
    served = [serve(command, model) for _ in range(n_boards)]
    try:
        boards = [descriptor for _, descriptor in served]
        with airunner.connect(boards[0]) as runner:
            shape = runner.model.inputs[0].shape[1:]
        images = np.random.default_rng(1).integers(0, 256, (50, *shape), np.uint8)
        begin = time.monotonic()
        found = airunner.validate(boards, (images[number % 50] for number in range(n_samples)), tiny_target)
        seconds = time.monotonic() - begin
        assert found and found.document["accepted"] == n_samples, found
        return n_samples / seconds
    finally:
        for server, _ in served:
            server.terminate()
            server.communicate()


def bench_boards(command, model, n_samples):
    one, four = rate_of(command, model, 1, n_samples // 4), rate_of(command, model, 4, n_samples)
    # A smaller value is better in the table: the time of four boards, against a quarter of that of one.
    report(f"validate: {n_samples} images on four boards, against one", 1e9 / four, "ns/sample", 1e9 / one, 1e9 / one / 3.9)


def main():
    smoke = "--smoke" in sys.argv
    command, small, image = [word for word in sys.argv[1:] if word != "--smoke"]
    bench_overhead(small, 200 if smoke else 20_000)
    bench_memory(small, 100 if smoke else 10_000, 500 if smoke else 100_000)
    bench_boards(command, image, 8 if smoke else 400)


if __name__ == "__main__":
    main()
