#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`airunner compare` from outside: the broken layer is named, limits decide the exit code, wrong use is refused."""

import os
import subprocess
import unittest

from comparing import ALTERED, COMMAND, DIFFERS, IMAGES, LAYERS, LIMIT_S, MODELS, VARIANTS, CompareTest, digits, environment


class Localisation(CompareTest):
    def test_every_broken_layer_is_named(self):
        # 16 weights of a layer: 11 % of conv_1, 0.3 % of conv_4. From the same type, and from the other one.
        for reference in ("st-ai-float32", "legacy-int8"):
            saved = self.save(digits(reference), "-i", IMAGES, "-b", "10")
            for variant in VARIANTS:
                for layer, index in LAYERS.items():
                    with self.subTest(reference=reference, variant=variant, layer=layer):
                        found = self.compare(saved, os.path.join(ALTERED, variant), exit_code=None, alter=layer + ":16")
                        self.assertEqual(self.index_of(found), index, found["verdict"])
                        before = [node["verdict"] for node in found["nodes"][:found["first_diverging"]]]
                        self.assertLessEqual(set(before), {"equal", "rounding", "quantization"})

    def test_one_wrong_weight_is_enough_within_one_type(self):
        for dtype in ("int8", "float32"):
            saved = self.save(digits("st-ai-" + dtype), "-i", IMAGES, "-b", "10")
            for layer, index in LAYERS.items():
                with self.subTest(dtype=dtype, layer=layer):
                    found = self.compare(saved, os.path.join(ALTERED, "legacy-" + dtype), exit_code=None, alter=layer + ":1")
                    self.assertEqual(self.index_of(found), index)

    def test_nothing_is_named_where_nothing_is_broken(self):
        for a in VARIANTS:
            for b in VARIANTS:
                for inputs in (("-i", IMAGES, "-b", "10"), ("--seed", "14")):
                    with self.subTest(a=a, b=b, inputs=inputs[0]):
                        found = self.compare(digits(a), digits(b), *inputs)
                        self.assertIsNone(found["first_diverging"], found["verdict"])
                        self.assertEqual(found["n_matched"], 9)
                        verdicts = {node["verdict"] for node in found["nodes"]}
                        same_type = a.split("-")[-1] == b.split("-")[-1]
                        self.assertEqual(verdicts, {"equal"} if same_type else {"quantization"})

    def test_a_broken_layer_shows_in_the_text(self):
        saved = self.save(digits("st-ai-int8"), "-i", IMAGES, "-b", "10")
        done = subprocess.run([COMMAND, "compare", saved, os.path.join(ALTERED, "st-ai-int8")], capture_output=True,
                              env=environment(AIRUNNER_TEST_ALTER="conv_3:64", COLUMNS="120"), timeout=LIMIT_S)
        lines = done.stdout.decode().splitlines()
        self.assertIn("ai_node_3 (conv_3) has an error of its own", lines[0])
        marked = [line for line in lines if "OWN ERROR" in line]
        self.assertEqual(len(marked), 1)
        self.assertRegex(marked[0], r"^  > +3  ai_node_3 ")
        self.assertLessEqual(max(map(len, lines)), 120)


@unittest.skipUnless(os.environ.get("AIRUNNER_ONNXRUNTIME"), "ONNX Runtime is not installed")
class OtherRuntimes(CompareTest):
    KINDS = [kind for kind, name in (("onnx", "AIRUNNER_ONNXRUNTIME"), ("tflite", "AIRUNNER_LITERT")) if name in os.environ]

    def test_the_trained_network_and_the_deployed_one(self):
        for kind in self.KINDS:
            for dtype in ("float32", "int8"):
                model = os.path.join(MODELS, f"digits_{dtype}.{kind}")
                saved = self.save_with_runtime(model)
                for variant in VARIANTS:
                    with self.subTest(model=model, variant=variant):
                        found = self.compare(saved, digits(variant))
                        self.assertIsNone(found["first_diverging"], found["verdict"])
                        self.assertEqual(found["n_matched"], 9)
                        self.assertEqual(found["outputs"][0]["metrics"]["acc"], 1)

    def test_broken_layers_are_named_from_there_too(self):
        for kind in self.KINDS:
            saved = self.save_with_runtime(os.path.join(MODELS, f"digits_float32.{kind}"))
            for layer, index in LAYERS.items():
                with self.subTest(kind=kind, layer=layer):
                    found = self.compare(saved, os.path.join(ALTERED, "legacy-int8"), exit_code=None, alter=layer + ":16")
                    self.assertEqual(self.index_of(found, "other"), index, found["verdict"])

    def save_with_runtime(self, model):
        path = self.path("saved.npz")
        variables = {k: v for k, v in os.environ.items() if k in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        subprocess.run([COMMAND, "compare", model, "--save", path, "-i", IMAGES, "-b", "10"], env=environment(**variables),
                       check=True, capture_output=True, timeout=LIMIT_S)
        return path


class Limits(CompareTest):
    def test_they_decide_the_exit_code(self):
        sides = (digits("st-ai-float32"), digits("st-ai-int8"), "-i", IMAGES, "-b", "10")
        self.assertTrue(self.compare(*sides)["passed"])
        self.assertTrue(self.compare(*sides, "--min", "acc=0.9", "--max", "rmse=0.01")["passed"])
        found = self.compare(*sides, "--min", "acc=0.9", "--max", "rmse=1e-6", exit_code=DIFFERS)
        self.assertFalse(found["passed"])
        self.assertEqual(found["outputs"][0]["broken"], ["rmse"])
        self.assertEqual(found["limits"], [{"metric": "acc", "min": 0.9, "max": None}, {"metric": "rmse", "min": None, "max": 1e-6}])
        _, err = self.run_command("compare", *sides, "--max", "rmse=1e-6", exit_code=DIFFERS)
        self.assertIn("differ by more than the limits allow", err)

    def test_unknown_ones_are_refused(self):
        for option, told in (("--layout=nchw", "same, nhwc:nchw, nchw:nhwc"), ("--min=speed=1", "no metric speed; there are: acc, rmse"), ("--max=rmse=little", "expected a number"),
                             ("--max=rmse=1x", "expected a number"), ("--max=rmse", "expected METRIC=VALUE, such as cos=0.99"), ("--min=cos=nan", "expected a number"),
                             ("--max=rmse=inf", "expected a number"), ("--min=acc=99", "acc is never 99, it is from 0 to 1"),
                             ("--min=acc=-1", "acc is never -1"), ("--min=cos=1.01", "it is from -1 to 1"), ("--max=rmse=-1", "it is at least 0"),
                             ("--min=nse=2", "it is at most 1"), ("--max=mean=-0.1", "it is at least 0")):
            with self.subTest(option=option):
                self.assertIn(told, self.run_command("compare", "null:", "null:", option, exit_code=2)[1])

    def test_those_in_the_wrong_direction_are_refused(self):
        for right, wrong, limits in (("--min", "--max", ("cos=0.9", "acc=1", "nse=0.5")),
                                     ("--max", "--min", ("rmse=0", "mae=1", "l2r=0.1", "std=1", "max_error=1"))):
            for limit in limits:
                better = "larger" if right == "--min" else "smaller"
                self.assertIn(f"{wrong} {limit}: {better} is better: {right} {limit}?\n",
                              self.run_command("compare", "null:", "null:", wrong, limit, exit_code=2)[1])
        self.run_command("compare", "null:", "null:", "--max", "mean=1", "--min", "mean=0")


class Names(CompareTest):
    def test_each_side_may_have_one(self):
        several = "null:?models=2"
        for names, expected in (((), ("network", "network")), (("network",), ("network", "network")), (("network", "network_2"), ("network", "network_2"))):
            found = self.compare("null:", several, *(word for name in names for word in ("--name", name)), exit_code=None)
            self.assertEqual((found["reference"]["info"]["name"], found["other"]["info"]["name"]), expected)
        for names in (("network_2",), ("network_2", "network")):
            _, err = self.run_command("compare", "null:", several, *(word for name in names for word in ("--name", name)), exit_code=3)
            self.assertIn("network_2", err)


class WrongUse(CompareTest):
    def test_command_lines(self):
        saved = self.save("null:")
        self.refused("compare needs two sides", "null:", exit_code=2)
        self.refused("compare needs two sides", saved, "--save", self.path("x.npz"), exit_code=2)
        self.refused("need two sides", "null:", "--save", self.path("x.npz"), "--json", exit_code=2)
        self.refused("--layout needs two sides", "null:", "--save", self.path("x.npz"), "--layout", "same", exit_code=2)
        self.refused("the layout decides nothing", digits("st-ai-int8"), digits("st-ai-int8"), "--outputs-only", "--layout", "nchw:nhwc",
                     exit_code=4)
        for option in (("--batch", "3"), ("--seed", "3"), ("-i", IMAGES), ("--range=0,1",), ("--key", "x")):
            self.refused("inputs of its own", saved, "null:", *option, exit_code=2)
        self.refused("unexpected 'images.npy': compare takes two sides; inputs are given with -i", "null:", "null:", "images.npy",
                     exit_code=2)
        self.refused("compare takes its two sides without -d: airunner compare A B", "-d", "null:", "-d", "null:", exit_code=2)
        self.refused("ends in .npz", "null:", "null:", "--save", self.path("x.npy"), exit_code=2)
        self.refused("more often than there are sides", "null:", "--save", "a.npz", "--save", "b.npz", exit_code=2)
        self.refused("--name is given more often", "null:", "null:", *3 * ("--name", "network"), exit_code=2)
        self.refused("ends in .txt, .json or .html", "null:", "null:", "--output-report", "x.pdf", exit_code=2)
        self.refused("no such", digits("st-ai-int8") + "x", "null:", exit_code=3)

    def test_inputs_are_given_or_drawn(self):
        for drawn in (("--seed", "3"), ("--range", "0,1")):
            self.refused(f"--input and {drawn[0]} do not go together", "null:", "null:", "-i", IMAGES, *drawn, exit_code=2)

    def test_models_that_do_not_correspond(self):
        self.refused("the inputs do not correspond: input_1 (1, 8, 8, 1) of one model, ", digits("st-ai-int8"), "null:", exit_code=4)
        one, other = self.path("1.npz"), self.path("2.npz")
        self.run_command("compare", "null:", "--save", one, "--seed", "1")
        self.run_command("compare", "null:", "--save", other, "--seed", "2")
        self.refused("different inputs", one, other, exit_code=4)
        self.run_command("compare", "null:", "--save", other, "-b", "3")
        self.refused("10 and 3 samples", one, other, exit_code=4)


if __name__ == "__main__":
    unittest.main()
