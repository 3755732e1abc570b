# SPDX-License-Identifier: BSD-3-Clause
"""Models on TensorFlow Lite Micro: what is told of them, and what is refused with what reason.

    test_tflm.py DIGITS MODELS, folders of .tflite files, the latter those of tests/litert
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

AIRUNNER = os.environ["AIRUNNER_COMMAND"]


def run(*words):
    return subprocess.run((AIRUNNER, *words), capture_output=True, text=True, timeout=60, check=False)


class File:
    """The bytes of a .tflite file, and where in it things are: all but strings of a file of FlatBuffers are tables and lists of them."""

    OPERATORS, TENSORS = 3, 0  # fields of a graph

    def __init__(self, path):
        self.data = bytearray(path.read_bytes())
        (self.graph,) = self.items(self.field(self.follow(0), 2))

    def number(self, place, size=4):
        return int.from_bytes(self.data[place : place + size], "little", signed=size == 4)

    def follow(self, place):
        return place + self.number(place)

    def field(self, table, number):
        return table + self.number(table - self.number(table) + 4 + 2 * number, 2)

    def items(self, field):
        begin = self.follow(field)
        return [self.follow(begin + 4 + 4 * i) for i in range(self.number(begin))]

    def set(self, place, number):
        self.data[place : place + 4] = number.to_bytes(4, "little")


class Models(unittest.TestCase):
    def json(self, *words):
        done = run(*words, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refusal(self, path):
        done = run("run", f"tflm:{path}")
        self.assertGreater(done.returncode, 0, path)
        self.assertNotIn("INTERNAL", done.stderr)
        return done.stderr

    def test_arena(self):
        """As much as a model takes, as much as is wanted, and too little."""
        file = DIGITS / "digits_int8.tflite"
        text = run("info", f"tflm:{file}").stdout
        used = int(text.split("activations")[1].split(" B")[0].replace(",", ""))
        self.assertTrue(6000 < used < 12000, used)
        self.assertEqual(run("run", f"tflm:{file}?arena={used + 4096}").returncode, 0)
        self.assertRegex(self.refusal(f"{file}?arena=2048"), r"does not fit into an arena of 2048 bytes: .*leave option arena out")

    def test_operators(self):
        profile = self.json("profile", f"tflm:{DIGITS / 'digits_int8.tflite'}")
        text = json.dumps(profile)
        for word in ("CONV_2D (3)", "MAX_POOL_2D (17)", "ADD (0)", "FULLY_CONNECTED (9)", "SOFTMAX (25)"):
            self.assertIn(word, text)

    def test_what_this_revision_computes_in_another_way_is_told(self):
        told = run("profile", f"tflm:{DIGITS / 'digits_int8.tflite'}")
        self.assertIn("has weights with 10 scales", " ".join((told.stdout + told.stderr).split()))
        self.assertNotIn("scales, of which", run("profile", f"tflm:{DIGITS / 'digits_float32.tflite'}").stdout)

    def test_refusals(self):
        self.assertIn("No such file", self.refusal("/nowhere.tflite"))
        self.assertIn("is not a LiteRT model", self.refusal(__file__))
        for name, reason in {
            "elu": "operator 0 ('y') is a ELU, which this revision of TensorFlow Lite Micro does not have",
            "custom": "is a Unheard, which this revision",
            "half_weights": "has no inputs, leaves one out",
            "branches": "has 3 graphs",
            "empty": "the first of 0 operators",
            "huge": "TensorFlow Lite Micro wants types and sizes that are fixed",
            "text": "(1, 4) of string",
            "no_such_tensor": "it names a tensor that is not there",
        }.items():
            with self.subTest(name=name):
                self.assertIn(reason, self.refusal(MODELS / f"{name}.tflite"))

    def test_all_that_is_too_little_is_told_as_such(self):
        """Also where the planner ends in what its allocators have left, of which it says something else."""
        for size in range(6500, 7500, 80):
            done = run("run", f"tflm:{DIGITS / 'digits_int8.tflite'}?arena={size}")
            if done.returncode != 0:
                self.assertIn("does not fit into an arena", done.stderr)

    def refusal_of_changed(self, change):
        file = File(DIGITS / "digits_int8.tflite")
        change(file, file.items(file.field(file.graph, File.OPERATORS))[0])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "changed.tflite")
            path.write_bytes(file.data)
            return self.refusal(path)

    def test_options_of_an_operator_that_lead_nowhere(self):
        def change(file, operator):
            file.set(file.follow(file.field(operator, 4)), 0x7FFFFF00)

        self.assertIn("has options of operators that are damaged", self.refusal_of_changed(change))

    def test_weights_without_values(self):
        def change(file, operator):
            inputs = file.follow(file.field(operator, 1))
            weights = file.items(file.field(file.graph, File.TENSORS))[file.number(inputs + 8)]
            file.set(file.field(weights, 2), 0)

        self.assertIn("which nothing before it writes", self.refusal_of_changed(change))

    def test_no_model_ends_the_program(self):
        """Those that are made for the backend litert, good and bad."""
        files = sorted(MODELS.glob("*.tflite"))
        self.assertGreater(len(files), 50)
        for file in files:
            with self.subTest(file=file.name):
                self.assertIn(run("run", "-b", "2", f"tflm:{file}").returncode, range(9))


if __name__ == "__main__":
    DIGITS, MODELS = map(pathlib.Path, sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
