# SPDX-License-Identifier: BSD-3-Clause
"""Models on TensorFlow Lite Micro: what is told of them, and what is refused with what reason.

    test_tflm.py DIGITS MODELS, folders of .tflite files, the latter those of tests/litert
"""

import json
import os
import pathlib
import subprocess
import sys
import unittest

AIRUNNER = os.environ["AIRUNNER_COMMAND"]


def run(*words):
    return subprocess.run((AIRUNNER, *words), capture_output=True, text=True, timeout=60, check=False)


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
