#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares a deployed model with its original, or with another deployment of it: the same inputs into both.

usage: compare.py -d DESCRIPTOR -m (MODEL.tflite | DESCRIPTOR) [-b SAMPLES]
"""

import argparse
import sys
from typing import Any

import numpy as np

from stm_ai_runner import AiRunner, AiRunnerInterpreter


def real_values(array: Any, scale: float, zero_point: int) -> Any:
    """What stored values stand for; floats stand for themselves."""
    return (array.astype(np.float64) - zero_point) * scale if scale else array.astype(np.float64)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares a deployed model with another one")
    parser.add_argument("-d", "--desc", required=True, help="the deployed model")
    parser.add_argument("-m", "--model", required=True, help="a .tflite file, or a descriptor")
    parser.add_argument("-b", "--batch", type=int, default=10, help="number of samples")
    arguments = parser.parse_args()

    runner = AiRunner()
    if not runner.connect(arguments.desc):
        print(f"cannot connect to '{arguments.desc}': {runner.get_error()}", file=sys.stderr)
        return 1
    reference = AiRunnerInterpreter(arguments.model)
    if not reference.is_valid or not reference.get_inputs():
        print(f"cannot run '{arguments.model}': {reference}", file=sys.stderr)
        return 1

    inputs = runner.generate_rnd_inputs(batch_size=arguments.batch)
    outputs, _ = runner.invoke(inputs)
    expected = reference.invoke([x.reshape((len(x), *desc.shape[1:])) for x, desc in zip(inputs, reference.get_inputs())])
    worst = 0.0
    for place, (got, wanted, desc) in enumerate(zip(outputs, expected, runner.get_outputs())):
        scale, zero_point = desc.scale[0], desc.zero_point[0]
        difference = np.abs(real_values(got, scale, zero_point).ravel() - real_values(wanted, scale, zero_point).ravel())
        worst = max(worst, float(difference.max()))
        print(f"output {place} '{desc.name}' {got.shape}: largest difference {difference.max():.6g}, "
              f"mean {difference.mean():.6g}")
    runner.disconnect()
    return 0 if worst < 1e-3 else 2


if __name__ == "__main__":
    sys.exit(main())
