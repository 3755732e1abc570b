#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looks at every node of every model, through the interface of ST's module: times, tensors, callbacks.

usage: per_layer.py [-d DESCRIPTOR] [-b SAMPLES] [--with-data]
"""

import argparse
import sys
from typing import Any

from stm_ai_runner import AiRunner, AiRunnerCallback, AiRunnerSession


class NodeCounter(AiRunnerCallback):
    """Counts the nodes as they end, and remembers the slowest."""

    def __init__(self) -> None:
        self.count = 0
        self.slowest = (0.0, -1)

    def on_node_end(self, idx: int, data: list[Any], logs: Any = None) -> None:
        self.count += 1
        self.slowest = max(self.slowest, (logs["dur"], idx))


def profile(runner: AiRunner, session: AiRunnerSession, n_samples: int, with_data: bool) -> None:
    """Runs one model and prints its tables."""
    session.summary(indent=1)
    inputs = session.generate_rnd_inputs(batch_size=n_samples)
    mode = runner.Mode.PER_LAYER_WITH_DATA if with_data else runner.Mode.PER_LAYER
    counter = NodeCounter()
    outputs, profiler = session.invoke(inputs, mode=mode, callback=counter)
    runner.print_profiling(inputs, profiler, outputs, indent=1, tensor_info=with_data, debug=True)
    if counter.count:
        print(f" {counter.count} nodes ended; the slowest: c_id {counter.slowest[1]} with {counter.slowest[0]:.3f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(description="Times and tensors of every node")
    parser.add_argument("-d", "--desc", default="null:", help="what to connect to")
    parser.add_argument("-b", "--batch", type=int, default=2, help="number of samples")
    parser.add_argument("--with-data", action="store_true", help="with the tensors of the nodes")
    arguments = parser.parse_args()

    runner = AiRunner()
    if not runner.connect(arguments.desc):
        print(f"cannot connect to '{arguments.desc}': {runner.get_error()}", file=sys.stderr)
        return 1
    print(runner)
    for name in runner.names:
        session = runner.session(name)
        if session is not None:
            profile(runner, session, arguments.batch, arguments.with_data)
    runner.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
