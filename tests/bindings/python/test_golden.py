# SPDX-License-Identifier: BSD-3-Clause
"""airunner and `airunner compare`: arrays that another program computed (here NumPy) against deployments."""

import json
import os
import subprocess
import sys
import unittest
import warnings
import zipfile

import numpy as np

from support import COMMAND, DIGITS, LIMIT_S, SOURCE, TestCase

import airunner

MODELS = SOURCE / "examples" / "models" / "digits"
IMAGES = MODELS / "test_images.npy"
sys.path.insert(0, str(MODELS))
import network  # noqa: E402

N = 20
INT8, FLOAT32, LEGACY = str(DIGITS / "st-ai-int8"), str(DIGITS / "st-ai-float32"), str(DIGITS / "legacy-float32")


def computed():
    """All tensors of the digits network by name, in float64: by NumPy, from the weights that the deployments are made of."""
    with np.load(MODELS / "weights.npz") as weights:
        return network.forward(dict(weights), np.load(IMAGES)[:N].astype(np.float64))


class GoldenTest(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tensors = computed()
        cls.x, cls.y = cls.tensors["input"], cls.tensors["softmax"]

    def written(self, *arrays, name="golden.npz", **named):
        path = self.folder() / name
        np.savez(path, *arrays, **named)
        return path


class Python(GoldenTest):
    def agrees(self, side, deployed, inputs=None, **arguments):
        found = airunner.compare(side, deployed, inputs, at_least={"cos": 0.999, "acc": 1}, **arguments)
        self.assertTrue(found, str(found))
        self.assertEqual(found.document["n_samples"], N)
        return found

    def test_a_dict(self):
        for deployed in (INT8, FLOAT32, LEGACY):
            found = self.agrees({"x": self.x, "y": self.y}, deployed)
            self.assertEqual(found.document["nodes"], [])
            self.assertEqual(found.document["reference"]["file"], "dict")
        output = airunner.compare({"input_1": self.x, "output_1": self.y}, FLOAT32).document["outputs"][0]
        self.assertEqual((output["reference"]["type"], output["reference"]["shape"]), ("float64", [1, 10]))
        self.assertLess(output["metrics"]["max_error"], 1e-5)

    def test_all_layers_of_a_dict(self):
        for deployed in (INT8, FLOAT32):
            found = self.agrees(self.tensors, deployed)
            self.assertEqual(found.document["n_matched"], 9)
            self.assertEqual({node["reference"]["name"] for node in found.document["nodes"]},
                             {node["other"]["name"] for node in found.document["nodes"]})
            self.assertEqual({node["verdict"] for node in found.document["nodes"]},
                             {"quantization"} if deployed == INT8 else {"rounding"})

    def test_a_wrong_layer_is_named(self):
        wrong = {**self.tensors, "conv_3": self.tensors["conv_3"][::-1]}
        self.assertEqual(airunner.compare(wrong, FLOAT32).first_diverging["reference"]["name"], "ai_node_3")

    def test_outputs_alone(self):
        images = np.load(IMAGES)[:N]
        self.agrees({"scores": self.y}, INT8, images)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "inputs=...: expected those that the arrays were computed from"):
            airunner.compare({"scores": self.y}, INT8)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "the arrays have inputs of their own"):
            airunner.compare({"x": self.x, "y": self.y}, INT8, images)
        for argument in ({"n_samples": N}, {"seed": 1}):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "it draws inputs|it is for random inputs"):
                airunner.compare({"x": self.x, "y": self.y}, INT8, **argument)

    def test_on_the_other_side(self):
        found = self.agrees(INT8, {"x": self.x, "y": self.y})
        self.assertEqual(found.document["other"]["file"], "dict")
        self.assertEqual(found.document["reference"]["file"], None)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "both sides are arrays of other programs"):
            airunner.compare({"x": self.x, "y": self.y}, {"x": self.x, "y": self.y})

    def test_beside_a_capture(self):
        with airunner.connect(FLOAT32) as runner:
            recorded = airunner.capture(runner.model, np.load(IMAGES)[:N])
        self.agrees({"output_1": self.y}, recorded)
        self.agrees({"input_1": self.x, "output_1": self.y}, recorded)
        with self.assertRaisesRegex(airunner.InvalidInputError, "recorded with different inputs"):
            airunner.compare({"input_1": 1 - self.x, "output_1": self.y}, recorded)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "no model runs"):
            airunner.compare({"output_1": self.y}, recorded, layers=True)

    def test_what_frameworks_make(self):
        """Fortran order and big-endian float64 of MATLAB, channels first of PyTorch, float16, rows."""
        for x in (np.asfortranarray(self.x), self.x.astype(">f8"), np.moveaxis(self.x, 3, 1), self.x.reshape(N, -1),
                  self.x[..., 0].astype(np.float32), self.x[:, ::1, ::1]):
            for y in (np.asfortranarray(self.y), self.y.astype(">f4"), self.y.reshape(N, 10, 1, 1), self.y.astype(np.float16)):
                self.agrees({"x": x, "y": y}, INT8)
        self.agrees({"input_1": self.x.tolist(), "output_1": self.y.tolist()}, INT8)

    def test_stored_values_are_taken_as_such(self):
        with airunner.connect(INT8) as runner:
            result = runner.model.invoke(np.load(IMAGES)[:N], quantize=True)
        found = airunner.compare({"x": self.x, "output_1": result.outputs[0]}, INT8)
        self.assertEqual(found.outputs[0]["max_error"], 0)
        with self.assertRaisesRegex(airunner.InvalidInputError, "uint8 .* for input .* float32 .*: give the values that the network takes as "
                                                                "floating point"):
            airunner.compare({"x": self.x.astype(np.uint8), "y": self.y}, FLOAT32)
        with self.assertRaisesRegex(airunner.InvalidInputError, "output_1 int64 .* for output_1 int8 .*, which is quantized: give real"):
            airunner.compare({"x": self.x, "output_1": result.outputs[0].astype(int)}, INT8)

    def test_channels_first_in_layers(self):
        turned = {name: np.moveaxis(array, 3, 1) if array.ndim == 4 else array for name, array in self.tensors.items()}
        found = self.agrees(turned, FLOAT32)
        self.assertEqual({node["verdict"] for node in found.document["nodes"]}, {"rounding"})
        self.assertIn("nhwc_to_nchw", {tensor["layout"] for node in found.document["nodes"] for tensor in node["tensors"]})

    def test_what_is_not_used_is_told(self):
        labels = np.arange(N)
        with self.assertWarnsRegex(UserWarning, r"dict: not used, being nothing of the model: labels int64 \(20,\)") as caught:
            self.agrees({"x": self.x, "y": self.y, "labels": labels}, INT8)
        self.assertEqual(os.path.basename(caught.filename), "test_golden.py")
        with self.assertRaisesRegex(airunner.InvalidInputError, r"array output_1 int64 \(20,\) cannot be output_1 int8 \(n, 10\)"):
            airunner.compare({"x": self.x, "output_1": labels}, INT8)

    def test_what_is_ambiguous_is_refused(self):
        with self.assertRaisesRegex(airunner.InvalidInputError, r"it holds a float64 \(20, 10\), b float64 \(20, 10\), c .* the model has "
                                    r"inputs input_1 int8 \(n, 8, 8, 1\) and outputs output_1 int8 \(n, 10\). Call the arrays as"):
            airunner.compare({"a": self.y, "b": self.y, "c": self.x}, INT8)
        for arrays, told in (({}, "holds no arrays|it holds no arrays"), ({"x": self.x, "y": self.y[:3]}, "are 20 samples, and .* 3"),
                             ({"x": self.x[:0], "y": self.y[:0]}, "holds no samples")):
            with self.assertRaisesRegex(airunner.InvalidInputError, told):
                airunner.compare(arrays, INT8)

    def test_what_is_no_array(self):
        for value in (np.array(["a"] * N), np.array([None] * N), self.y.astype(complex), np.datetime64("now")):
            with self.assertRaisesRegex(airunner.InvalidInputError, "array 'y': dtype is .*, expected numbers"):
                airunner.compare({"x": self.x, "y": value}, INT8)
        with self.assertRaisesRegex(airunner.InvalidInputError, "array 'y': no array can be made of it"):
            airunner.compare({"x": self.x, "y": [[1], [1, 2]]}, INT8)
        with self.assertRaisesRegex(TypeError, "an array is called 3, expected a text"):
            airunner.compare({3: self.x}, INT8)

    def test_files(self):
        self.agrees(self.written(self.x, self.y), INT8)
        with np.load(self.written(x=self.x, y=self.y)) as arrays:
            self.agrees(arrays, INT8)
        path = self.folder() / "out.npy"
        np.save(path, self.y)
        self.agrees(path, INT8, np.load(IMAGES)[:N])
        odd = self.written(x=self.x, y=self.y, names=np.array(["zero"]), objects=np.array([{}], object))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.agrees(odd, INT8)
        self.assertEqual([os.path.basename(warning.filename) for warning in caught], ["test_golden.py"] * 2)
        self.assertIn("names: not used: its dtype is <U4", str(caught[0].message))

    def test_a_damaged_capture_is_none_of_these(self):
        path = self.folder() / "capture.npz"
        with airunner.connect("null:") as runner:
            airunner.capture(runner.model, runner.model.random_inputs(2)).save(path)
        changed = self.folder() / "changed.npz"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
            for name in old.namelist():
                if name != "capture.npy":
                    new.writestr(name, old.read(name))
        with self.assertRaisesRegex(airunner.InvalidInputError, "not a capture: expected the array \"capture\""):
            airunner.compare(changed, "null:")
        changed.write_bytes(path.read_bytes()[:400])
        with self.assertRaisesRegex(airunner.InvalidInputError, "not an .npz file, or it is cut off or damaged"):
            airunner.compare(changed, "null:")


class Command(GoldenTest):
    def run_compare(self, *arguments, exit_code=0):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AIRUNNER_")}
        done = subprocess.run([COMMAND, "compare", *map(str, arguments)], env=environment, capture_output=True, timeout=LIMIT_S, text=True)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done

    def found(self, *arguments, told=""):
        done = self.run_compare(*arguments, "--json", "--min", "cos=0.999")
        self.assertEqual(done.stderr, told)
        return json.loads(done.stdout)

    def refused(self, told, *arguments, exit_code=4):
        done = self.run_compare(*arguments, exit_code=exit_code)
        self.assertEqual(done.stdout, "")
        self.assertIn(told, done.stderr)

    def test_an_archive(self):
        path = self.written(self.x, self.y)
        done = self.run_compare(path, INT8)
        self.assertIn("PASS", done.stdout)
        self.assertIn(f"{path}: output output_1 is arr_1 float64 (20, 10); input input_1 is arr_0 float64 (20, 8, 8, 1)\n", done.stdout)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.found(path, INT8)["n_samples"], N)
        self.assertEqual(self.found(path, INT8, "-b", "3")["n_samples"], 3)
        self.assertEqual(self.found(INT8, path)["other"]["file"], str(path))
        self.assertEqual(self.found(path.rename(path.with_suffix("")), INT8)["n_samples"], N)

    def test_all_layers(self):
        path = self.written(**self.tensors)
        self.assertEqual(self.found(path, FLOAT32)["n_matched"], 9)
        self.assertIn("; 9 nodes by name\n", self.run_compare(path, FLOAT32).stdout)

    def test_wrong_outputs(self):
        self.run_compare(self.written(self.x, self.y[::-1]), INT8, exit_code=5)

    def test_outputs_alone(self):
        numbers, text = self.folder() / "out.npy", self.folder() / "out.csv"
        np.save(numbers, self.y)
        np.savetxt(text, self.y.reshape(N, -1), delimiter=",")
        images = self.folder() / "in.npy"
        np.save(images, np.load(IMAGES)[:N])
        for path in (numbers, text, self.written(y=self.y)):
            for more, n in (((), N), (("-b", "4"), 4)):
                self.assertEqual(self.found(path, INT8, "-i", images, *more)["n_samples"], n)
            done = self.run_compare(path, INT8, "-i", images)
            self.assertIn("; the inputs are those of the other side\n", done.stdout)
            self.assertRegex(done.stdout, r"\n  inputs +those of the other: the reference holds none\n")
            self.refused("--input FILE gives them", path, INT8)
            self.refused("the inputs that are given are 360 samples, and ", path, INT8, "-i", IMAGES)

    def test_beside_a_capture(self):
        saved = self.folder() / "saved.npz"
        images = self.folder() / "in.npy"
        np.save(images, np.load(IMAGES)[:N])
        subprocess.run([COMMAND, "compare", FLOAT32, "--save", saved, "-i", images], check=True, capture_output=True, timeout=LIMIT_S)
        self.assertEqual(self.found(self.written(output_1=self.y), saved)["n_samples"], N)
        self.assertEqual(self.found(saved, self.written(x=self.x, output_1=self.y))["n_samples"], N)

    def test_saved_it_is_a_capture(self):
        golden, saved = self.written(**self.tensors), self.folder() / "saved.npz"
        self.run_compare(golden, FLOAT32, "--save", saved)
        self.assertEqual(self.found(saved, INT8)["n_matched"], 9)

    def test_what_is_not_used_is_told(self):
        path = self.written(x=self.x, y=self.y, labels=np.arange(N), names=np.array(["zero", "one"]))
        self.found(path, INT8, told=f"airunner: warning: {path}: names: not used: its type is '<U4', expected numbers\n"
                   f"airunner: warning: {path}: not used, being nothing of the model: labels int64 (20,)\n")

    def test_wrong_use(self):
        path = self.written(x=self.x, y=self.y)
        self.refused("--input does not go with", path, INT8, "-i", IMAGES, exit_code=2)
        self.refused("are both arrays of other programs", path, path, exit_code=2)
        self.refused("compare needs two sides", path, "--save", self.folder() / "saved.npz", exit_code=2)
        for option in (("--seed", "1"), ("--range", "0", "1")):
            self.refused("--seed and --range draw inputs", path, INT8, *option, exit_code=2)
        self.refused("--key without --input", path, INT8, "--key", "x", exit_code=2)
        self.refused("--batch 50: " + str(path) + " has 20 samples only", path, INT8, "-b", "50")
        self.refused("cannot be read", self.folder() / "nothing.npy", INT8)
        self.refused("it cannot be told which array is which tensor", self.written(weights=np.zeros(3)), INT8)

    def test_damaged_files(self):
        """Whatever bytes are changed: an answer, or a refusal with a reason, and no crash."""
        whole = self.written(self.x[:2], self.y[:2]).read_bytes()
        random = np.random.RandomState(7)
        path = self.folder() / "damaged.npz"
        for _ in range(40):
            changed = bytearray(whole)
            for place in random.randint(0, len(whole), 3):
                changed[place] = random.randint(256)
            header = whole.find(b"'shape'") + random.randint(40)  # where a file says how large it is
            changed[header] = random.choice(list(b"0123456789-, ()L"))
            path.write_bytes(changed if random.randint(2) else changed[:random.randint(len(whole))])
            done = subprocess.run([COMMAND, "compare", path, INT8], capture_output=True, timeout=LIMIT_S, text=True)
            self.assertIn(done.returncode, (0, 4, 5), done.stderr)
            if done.returncode == 4:
                self.assertTrue(done.stderr.startswith("airunner: "), done.stderr)


if __name__ == "__main__":
    unittest.main()
