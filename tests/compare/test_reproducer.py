# SPDX-License-Identifier: BSD-3-Clause
"""`airunner compare --reproduce`: of a planted fault the folder shows the difference where nothing of airunner is; else none is written."""
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from support import COMMAND, LIMIT_S, SOURCE_DIR, CommandTest, environment  # noqa: E402

DIGITS = os.environ["AIRUNNER_DIGITS_DIR"]
ALTERED = os.environ["AIRUNNER_ALTERED_DIR"]
MODELS = os.path.join(SOURCE_DIR, "examples", "models", "digits")
IMAGES = os.path.join(MODELS, "test_images.npy")
RUNTIMES = {name: os.environ[name] for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT") if name in os.environ}
NUMPY_PYTHON = os.environ.get("AIRUNNER_NUMPY_PYTHON")
FILES = {"README.md", "reproduce.json", "reproduce.py", "reference.npz", "deployment.npz"}
FAILED, USAGE, DIFFERS = 1, 2, 5


def model(name):
    return os.path.join(MODELS, "digits_" + name)


@unittest.skipUnless(len(RUNTIMES) == 2, "ONNX Runtime or LiteRT is not installed")
class Reproducer(CommandTest):
    def airunner(self, *arguments, alter=None):
        variables = dict(RUNTIMES) if alter is None else {"AIRUNNER_TEST_ALTER": alter, **RUNTIMES}
        return subprocess.run([COMMAND, *arguments], env=environment(**variables), capture_output=True, timeout=LIMIT_S)

    def compare(self, *arguments, **more):
        return self.airunner("compare", *arguments, "-i", IMAGES, "-b", "4", **more)

    def broken(self, name, node):
        """A copy of the model with some weights of a node in the wrong places."""
        part = self.path("part." + name.split(".")[-1])
        done = self.airunner("info", "-d", model(name), "--option", "only=" + node, "--option", "save=" + part)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        with open(part, "rb") as file:
            few = file.read()
        os.remove(part)
        with open(model(name), "rb") as file:
            whole = file.read()
        size, turn = 1024, 16  # bytes within the weights
        weights = few[len(few) // 2 - size // 2:][:size]
        self.assertEqual(whole.count(weights), 1)
        path = self.path("broken." + name.split(".")[-1])
        with open(path, "wb") as file:
            file.write(whole.replace(weights, weights[turn:] + weights[:turn]))
        return path

    def reproduce(self, *sides, alter=None):
        """What the folder tells, which is copied to another place first."""
        folder, elsewhere = self.path("folder"), self.path("elsewhere")
        for old in (folder, elsewhere):
            shutil.rmtree(old, ignore_errors=True)
        done = self.compare(*sides, "--reproduce", folder, alter=alter)
        self.assertIn(done.returncode, (0, DIFFERS), done.stderr.decode())
        self.assertIn(f"{folder}: a reproducer of node ", done.stdout.decode())
        shutil.move(folder, elsewhere)
        with open(os.path.join(elsewhere, "reproduce.json"), encoding="utf-8") as file:
            about = json.load(file)
        expected = FILES | {side["file"] for side in (about["reference"], about["deployment"]) if side["file"]}
        self.assertEqual(set(os.listdir(elsewhere)), expected)
        for side in (about["reference"], about["deployment"]):
            self.assertLessEqual(len(side["nodes"]), 3)
        self.assertEqual({port["values_of"] for port in about["reference"]["inputs"]}, {"deployment"})
        return elsewhere, about

    def run_script(self, folder):
        if NUMPY_PYTHON is None:
            self.skipTest("there is no NumPy")
        variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": RUNTIMES["AIRUNNER_ONNXRUNTIME"], "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run([NUMPY_PYTHON, "reproduce.py"], cwd=folder, env=variables, capture_output=True, timeout=LIMIT_S)

    def check_shown(self, folder):
        done = self.run_script(folder)
        said = done.stdout.decode()
        self.assertEqual(done.returncode, 0, said + done.stderr.decode())
        self.assertIn("the difference shows", said)
        return said

    def test_faults_of_model_files(self):
        for reference, deployed, layer in (("float32.onnx", "int8.tflite", "conv_2"), ("int8.onnx", "int8.tflite", "conv_4"),
                                           ("float32.tflite", "float32.onnx", "conv_3"), ("int8.tflite", "int8.onnx", "conv_2"),
                                           ("int8.tflite", "int8.tflite", "conv_4"), ("float32.onnx", "float32.onnx", "conv_2")):
            with self.subTest(reference=reference, deployed=deployed, layer=layer):
                node = self.conv_of(deployed, layer)
                folder, about = self.reproduce(model(reference), self.broken(deployed, node))
                self.assertIn(layer, " ".join(about["reference"]["nodes"]))
                self.assertIn(node, about["deployment"]["nodes"])
                said = self.check_shown(folder)
                self.assertEqual(said.count("computes the recorded values"), 2, said)

    def conv_of(self, name, layer):
        """What the convolution of this layer is called."""
        document = json.loads(self.airunner("profile", "-d", model(name), "--mode", "per-layer", "-b", "1", "--json").stdout)
        found = [node["name"] for node in document["c_nodes"] if layer in node["name"] and node["layer_desc"].upper().startswith("CONV")]
        self.assertEqual(len(found), 1)
        return found[0]

    def test_a_fault_of_a_library(self):
        for reference in ("float32.onnx", "int8.onnx", "int8.tflite"):
            for layer in ("conv_1", "conv_3", "dense"):
                with self.subTest(reference=reference, layer=layer):
                    folder, about = self.reproduce(model(reference), os.path.join(ALTERED, "st-ai-int8"), alter=layer + ":16")
                    self.assertIsNone(about["deployment"]["file"])
                    self.assertIn(layer, " ".join(about["reference"]["nodes"]))
                    self.check_shown(folder)

    def test_a_capture(self):
        saved = self.path("saved.npz")
        other = os.path.join(ALTERED, "legacy-float32")
        self.compare(model("float32.tflite"), other, "--save", self.path("a.npz"), "--save", saved, alter="conv_3:16")
        folder = self.path("folder")
        done = self.airunner("compare", model("float32.tflite"), saved, "--reproduce", folder)
        self.assertIn(done.returncode, (0, DIFFERS), done.stderr.decode())
        self.check_shown(folder)

    def test_the_script_tells_when_the_difference_is_gone(self):
        folder, _ = self.reproduce(model("int8.tflite"), self.broken("int8.tflite", "conv_3"))
        self.check_shown(folder)
        shutil.copy(os.path.join(folder, "reference.tflite"), os.path.join(folder, "deployment.tflite"))
        done = self.run_script(folder)
        self.assertEqual(done.returncode, 1, done.stderr.decode())
        self.assertIn("the difference does not show: ", done.stdout.decode())

    def test_nothing_is_written_for_what_is_well(self):
        folder = self.path("folder")
        done = self.compare(model("float32.onnx"), model("int8.tflite"), "--reproduce", folder)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn(f"{folder}: not written: no node goes wrong by itself", done.stdout.decode())
        self.assertFalse(os.path.exists(folder))

    def test_json_stays_one_document(self):
        done = self.compare(model("float32.onnx"), model("int8.tflite"), "--json", "--reproduce", self.path("folder"))
        json.loads(done.stdout)
        self.assertIn("not written", done.stderr.decode())

    def test_a_missing_package_is_told(self):
        folder, _ = self.reproduce(model("int8.tflite"), self.broken("int8.tflite", "conv_3"))
        done = subprocess.run([sys.executable, "-I", "-S", "reproduce.py"], cwd=folder, capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 2, done.stderr.decode())
        self.assertIn("numpy", done.stdout.decode() + done.stderr.decode())
        self.assertNotIn(b"Traceback", done.stderr)

    def test_wrong_use_is_refused(self):
        full, file = self.path("full"), self.path("file")
        os.mkdir(full)
        for path in (os.path.join(full, "kept"), file):
            with open(path, "w", encoding="utf-8") as kept:
                kept.write("mine")
        sides = model("float32.onnx"), model("int8.tflite")
        for arguments, words in (((*sides, "--reproduce", full), "is not empty"), ((*sides, "--reproduce", file), "expected a folder"),
                                 ((*sides, "--outputs-only", "--reproduce", self.path("f")), "leave --outputs-only out"),
                                 ((sides[0], "--save", self.path("a.npz"), "--reproduce", self.path("f")), "needs two sides")):
            with self.subTest(words=words):
                done = self.compare(*arguments)
                self.assertEqual(done.returncode, USAGE, done.stderr.decode())
                self.assertIn(words, done.stderr.decode())
        self.assertEqual(os.listdir(full), ["kept"])
        # As any output file, before anything is run.
        os.mkdir(self.path("shut"), 0o555)
        places = [("no/such", "there is no folder " + self.path("no") + " to make it in")]
        if os.geteuid() != 0:  # root may write everywhere
            places.append(("shut/such", "no file can be made in " + self.path("shut")))
        for place, words in places:
            done = self.compare("nope:", "nope:", "--reproduce", self.path(place))
            self.assertEqual(done.returncode, 1, done.stderr.decode())
            self.assertIn(words, done.stderr.decode())

    def test_a_reference_that_is_no_model_file_is_refused(self):
        folder = self.path("folder")
        done = self.compare(os.path.join(DIGITS, "st-ai-int8"), self.broken("int8.tflite", "conv_3"), "--reproduce", folder)
        self.assertEqual(done.returncode, FAILED, done.stderr.decode())
        self.assertIn("has to be an .onnx or .tflite file", done.stderr.decode())
        self.assertFalse(os.path.exists(folder))


if __name__ == "__main__":
    unittest.main()
