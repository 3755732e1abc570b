#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The shortest program: runs a deployed model on random data and prints what was measured.

usage: minimal.py [DESCRIPTOR]
"""

import sys

import airunner


def main() -> None:
    descriptor = sys.argv[1] if len(sys.argv) > 1 else "null:"
    with airunner.connect(descriptor) as runner:
        print(runner.model.summary())
        outputs, profile = runner.model.invoke(runner.model.random_inputs(10))
        for tensor, output in zip(runner.model.outputs, outputs):
            print(f"{tensor.name}: {output.dtype} {output.shape}, {output.min()} to {output.max()}")
        print(profile)


if __name__ == "__main__":
    try:
        main()
    except airunner.Error as error:
        sys.exit(str(error))
