#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command of a build for another machine: host libraries of that machine, and of another one.

usage: test_cross.py [CASE...]     scripts/test-cross sets the environment: AIRUNNER_CROSS_BUILD and AIRUNNER_NATIVE (folders of builds),
AIRUNNER_RUNNER (the words before a program of the first)
"""

import json
import os
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

BUILDS = {"cross": Path(os.environ["AIRUNNER_CROSS_BUILD"]), "native": Path(os.environ["AIRUNNER_NATIVE"])}
RUNNER = {"cross": os.environ["AIRUNNER_RUNNER"].split(), "native": []}
LIMIT_S = 120
FLAVOURS = ("legacy-int8", "legacy-float32", "st-ai-int8", "st-ai-float32")
# What e_machine of an ELF file says, and how airunner calls it.
MACHINES = {40: "Arm (32 bits)", 62: "x86-64 (64 bits)", 183: "AArch64 (64 bits)"}


def run(which, *arguments):
    """Gives (exit code, standard output, standard error)."""
    done = subprocess.run([*RUNNER[which], BUILDS[which] / "airunner", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S)
    return done.returncode, done.stdout, done.stderr


def digits(which, flavour):
    return BUILDS[which] / "examples/models/digits" / flavour


def machine(which):
    library = digits(which, FLAVOURS[0]) / "libai_network.so"
    return MACHINES[int.from_bytes(library.read_bytes()[18:20], "little")]


def arrays(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class Libraries(unittest.TestCase):
    def test_models_are_described_as_here(self):
        for flavour in FLAVOURS:
            with self.subTest(flavour):
                models = {}
                for which in BUILDS:
                    code, text, errors = run(which, "info", f"file:{digits(which, flavour)}", "--json")
                    self.assertEqual(code, 0, errors)
                    models[which] = json.loads(text)
                for key in ("inputs", "outputs", "macc", "n_nodes", "hash"):
                    self.assertEqual(models["cross"][key], models["native"][key], key)

    def test_integer_outputs_are_those_of_here(self):
        for flavour in ("legacy-int8", "st-ai-int8"):
            with self.subTest(flavour), tempfile.TemporaryDirectory() as folder:
                outputs = {}
                for which in BUILDS:
                    file = Path(folder, which + ".npz")
                    code, _, errors = run(which, "run", f"file:{digits(which, flavour)}", "--seed", "7", "--batch", "3", "--output", str(file))
                    self.assertEqual(code, 0, errors)
                    outputs[which] = arrays(file)
                self.assertEqual(outputs["cross"], outputs["native"])

    def test_a_library_of_another_machine_is_refused_by_both_names(self):
        if machine("cross") == machine("native"):
            self.skipTest("the machine is the same")
        for which, other in (("cross", "native"), ("native", "cross")):
            with self.subTest(which):
                code, _, errors = run(which, "info", f"file:{digits(other, 'st-ai-int8')}")
                self.assertNotEqual(code, 0)
                self.assertIn(f"it is for {machine(other)}, this program is for {machine(which)}: build it for that", errors)


if __name__ == "__main__":
    unittest.main()
