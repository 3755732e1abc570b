# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of `airunner compare` share: running it, the digits network and the same with altered weights."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from support import COMMAND, LIMIT_S, SOURCE_DIR, CommandTest, environment, read_npy  # noqa: E402, F401

DIGITS = os.environ["AIRUNNER_DIGITS_DIR"]
ALTERED = os.environ["AIRUNNER_ALTERED_DIR"]
MODELS = os.path.join(SOURCE_DIR, "examples", "models", "digits")
IMAGES = os.path.join(MODELS, "test_images.npy")
RELEASE_0_1 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "release-0.1.npz")  # of null:, by that release
VARIANTS = [f"{flavour}-{dtype}" for flavour in ("legacy", "st-ai") for dtype in ("int8", "float32")]
LAYERS = {"conv_1": 0, "conv_2": 1, "conv_3": 3, "conv_4": 5, "dense": 7}  # those with weights, by node
DIFFERS = 5
NO_VERDICT = 6


def digits(variant):
    return os.path.join(DIGITS, variant)


class CompareTest(CommandTest):
    def compare(self, *arguments, exit_code=0, alter=None):
        """The comparison as a dictionary."""
        variables = {} if alter is None else {"AIRUNNER_TEST_ALTER": alter}
        for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT"):
            if name in os.environ:
                variables[name] = os.environ[name]
        done = subprocess.run([COMMAND, "compare", *arguments, "--json"], env=environment(**variables), capture_output=True,
                              timeout=LIMIT_S)
        self.assertIn(done.returncode, (0, DIFFERS, NO_VERDICT) if exit_code is None else (exit_code,), done.stderr.decode())
        return json.loads(done.stdout, parse_constant=self.fail)

    def save(self, descriptor, *arguments):
        path = self.path("saved.npz")
        self.run_command("compare", descriptor, "--save", path, *arguments)
        return path

    def refused(self, told, *arguments, exit_code):
        self.assertIn(told, self.run_command("compare", *arguments, exit_code=exit_code)[1])

    @staticmethod
    def index_of(comparison, side="reference"):
        """Index of the first diverging node, None when there is none."""
        place = comparison["first_diverging"]
        return None if place is None else comparison["nodes"][place][side]["index"]
