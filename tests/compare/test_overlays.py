#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `airunner compare` and `profile` tell of nodes beside their errors: overlays of Model Explorer, times over all parts of the samples."""

import json
import os
import struct
import subprocess
import unittest

from comparing import ALTERED, COMMAND, DIFFERS, LIMIT_S, MODELS, CompareTest, digits, environment


@unittest.skipUnless(os.environ.get("AIRUNNER_ONNXRUNTIME") and os.environ.get("AIRUNNER_LITERT"), "a runtime is not installed")
class Overlays(CompareTest):
    """--model-explorer; scripts/test-explorer looks at the files in Model Explorer itself."""
    ONNX, TFLITE = (os.path.join(MODELS, "digits_int8." + kind) for kind in ("onnx", "tflite"))

    def run_overlay(self, arguments, path, exit_code=0, **variables):
        variables |= {k: v for k, v in os.environ.items() if k in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        done = subprocess.run([COMMAND, *arguments, "--model-explorer", path], env=environment(**variables), capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, exit_code, done.stderr.decode())
        return done.stderr.decode()

    def overlays(self, *arguments, exit_code=0, **variables):
        """{what stands in the name of the file: {node: value}}"""
        self.run_overlay(arguments, self.path("overlay.json"), exit_code, **variables)
        found = {}
        for name in sorted(name for name in os.listdir(self.folder) if name.startswith("overlay")):
            with open(self.path(name), encoding="utf-8") as file:
                document = json.load(file, parse_constant=self.fail)
            self.assertEqual(set(document) - {"gradient"}, {"name", "results"})
            found[name[len("overlay"):-len("json")].strip(".")] = {key: value["value"] for key, value in document["results"].items()}
            os.remove(self.path(name))
        return found

    def test_a_profile(self):
        found = self.overlays("profile", "-d", self.ONNX, "-b", "20", "--output-report", self.path("p.json"))
        with open(self.path("p.json"), encoding="utf-8") as file:
            nodes = json.load(file)["c_nodes"]
        self.assertEqual(found[""].keys(), {node["name"] for node in nodes})
        for node in nodes:
            self.assertAlmostEqual(found[""][node["name"]], node["statistics"]["p50"], delta=1e-6)
        self.assertTrue(any(abs(node["statistics"]["p50"] - node["statistics"]["mean"]) > 1e-5 for node in nodes))  # or nobody could tell
        self.assertEqual(found["processor"], {node["name"]: "CPU" for node in nodes})

    def test_a_comparison_is_laid_over_the_model_on_either_side(self):
        library = f"file:{digits('st-ai-int8')}"
        operators = ["conv_1", "conv_2", "pool_1", "conv_3", "add", "conv_4", "pool_2", "dense", "softmax"]
        for sides in ((self.TFLITE, library), (library, self.TFLITE)):
            found = self.overlays("compare", *sides, "--output-report", self.path("c.json"))
            with open(self.path("c.json"), encoding="utf-8") as file:
                pairs = json.load(file)["nodes"]
            self.assertEqual(len(pairs), len(operators))
            self.assertEqual(found[""], {name: pair["verdict"] for name, pair in zip(operators, pairs)})
            for name, pair in zip(operators, pairs):
                self.assertAlmostEqual(found["error"][name], pair["tensors"][0]["metrics"]["l2r"], delta=1e-5)
            self.assertEqual(set(found["time"]), set(operators))

    def test_nodes_of_the_reference_have_the_times_of_their_partners_only(self):
        found = self.overlays("compare", os.path.join(MODELS, "digits_float32.onnx"), self.TFLITE)
        self.assertEqual(len(found[""]), 14)
        self.assertEqual(found[""]["dense_flat"], "unmatched")
        self.assertNotIn("dense_flat", found["time"])
        self.assertNotIn("dense_flat", found["error"])

    def test_a_broken_layer_has_its_ratio(self):
        found = self.overlays("compare", self.TFLITE, os.path.join(ALTERED, "st-ai-int8"), "-b", "20", exit_code=DIFFERS, AIRUNNER_TEST_ALTER="conv_3:64")
        self.assertEqual(found[""]["conv_3"], "own error")
        self.assertEqual(max(found["ratio"], key=found["ratio"].get), "conv_3")
        self.assertGreater(found["ratio"]["conv_3"], 3)
        self.assertLess(found["ratio"]["conv_2"], 3)

    def test_wrong_use(self):
        for arguments, told in ((("compare", digits("st-ai-int8"), digits("st-ai-int8")), "is of backend stlib"),
                                (("profile", "-d", digits("st-ai-int8")), "shows .onnx and .tflite files"),
                                (("compare", self.TFLITE, self.TFLITE, "--outputs-only"), "which --outputs-only leaves out"),
                                (("compare", self.TFLITE, "--save", self.path("a.npz")), "need two sides")):
            self.assertIn(told, self.run_overlay(arguments, self.path("o.json"), 2))
            self.assertFalse(os.path.exists(self.path("o.json")))
        self.assertIn("ends in .json", self.run_overlay(("profile", "-d", self.TFLITE), self.path("o.txt"), 2))
        self.assertIn("no times of nodes", self.run_overlay(("profile", "-d", self.TFLITE, "--mode", "io-only"), self.path("o.json"), 1))
        self.assertIn("written twice", self.run_overlay(("profile", "-d", self.TFLITE, "--trace", self.path("o.time.json")), self.path("o.json"), 2))


class TimesOfParts(CompareTest):
    """Samples that are run in parts, one each: their nodes have the times of all of them. paced.cpp takes those that the inputs tell."""
    SOFTMAX_MS = (1, 2, 30)  # median 2, mean 11; of the last part 30
    WIDE_MS = 10

    def setUp(self):
        super().setUp()
        values = b"".join(struct.pack("<64f", ms, *[0.5] * 63) for ms in self.SOFTMAX_MS)
        self.inputs = ("-i", self.write_npy("paced.npy", "<f4", (len(self.SOFTMAX_MS), 8, 8, 1), values))
        self.variables = {k: v for k, v in os.environ.items() if k in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        self.variables["AIRUNNER_PLUGIN_PATH"] = os.environ["AIRUNNER_PACED_DIR"]

    def test_what_fails_in_a_part_says_of_how_many_samples(self):
        values = b"".join(struct.pack("<64f", ms, *[0.5] * 63) for ms in (1, 2, -1))
        inputs = ("-i", self.write_npy("bad.npy", "<f4", (3, 8, 8, 1), values))
        _, err = self.run_command("compare", "paced:", "paced:", *inputs, exit_code=1, **self.variables)
        self.assertIn("\n  these are samples 3 to 3 of 3\n", err)

    def test_shares_of_processors(self):
        saved = self.path("paced.npz")
        self.run_command("compare", "paced:", "--save", saved, *self.inputs, **self.variables)
        median = sorted(self.SOFTMAX_MS)[1]  # as the table of nodes has it
        share = median / (median + self.WIDE_MS)
        found = json.loads(self.run_command("profile", "paced:", "--json", *self.inputs, **self.variables)[0])
        self.assertAlmostEqual({one["name"]: one["share"] for one in found["processors"]}["NPU"], share)
        for other in (("paced:", *self.inputs), (saved,)):
            with self.subTest(other=other[0]):
                words = ("compare", digits("st-ai-float32"), *other, "--min", "cos=-1", "--require")
                self.run_command(*words, "processor=NPU:16%", **self.variables)
                _, err = self.run_command(*words, "processor=NPU:17%", "--max", "rmse=0", exit_code=DIFFERS, **self.variables)
                self.assertIn("besides, --require processor=NPU:17%", err)
                _, err = self.run_command(*words, "processor=NPU:17%", exit_code=7, **self.variables)
                self.assertIn(f"processor=NPU:17%: {100 * share:.1f} % of the time of nodes is there", err)

    @unittest.skipUnless(os.environ.get("AIRUNNER_ONNXRUNTIME"), "ONNX Runtime is not installed")
    def test_medians_of_an_overlay(self):
        # The softmax has an error of its own, so that the first part is run once more for what may explain it.
        model, overlay = os.path.join(MODELS, "digits_float32.onnx"), self.path("overlay.json")
        self.run_command("compare", model, "paced:", *self.inputs, "--min", "cos=-1", "--model-explorer", overlay, **self.variables)
        with open(self.path("overlay.time.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["results"], {"softmax": {"value": 2}})
        with open(overlay, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["results"]["softmax"]["value"], "own error")


if __name__ == "__main__":
    unittest.main()
