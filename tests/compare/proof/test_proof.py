# SPDX-License-Identifier: BSD-3-Clause
"""A small part of the proof, from fixed seeds: that faults are planted where they are said to be, and that the command names them."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
if not os.path.exists(os.path.join(os.environ["AIRUNNER_PROOF_DIR"], "complete")):
    print("the public networks are not installed in build/proof: scripts/test does it")
    sys.exit(77)

import figures  # noqa: E402
import host  # noqa: E402
import networks  # noqa: E402
import numpy as np  # noqa: E402
import prove  # noqa: E402
import trials  # noqa: E402
from faults import HYPOTHESES, KINDS, generator  # noqa: E402

FORMS = ("int8.tflite", "float.tflite", "float.onnx", "qdq.onnx", "qoperator.onnx")
STRONG = ("weights x 0.8", "bias lost", "zero point", "kernel transposed")  # they change something in every layer
AT_LEAST_RIGHT = 0.5  # of the suggestions; asked is 0.8, of the whole proof
# Of the digits, with a reference and a deployment: what is known only by altered inputs, by the activation before, by weights that are nodes, and in dense layers.
TOLD = (("float.onnx", "int8.tflite", "conv_1", "activation lost"), ("float.onnx", "int8.tflite", "conv_2", "zero point"),
        ("float.onnx", "int8.tflite", "conv_2", "filter negated"), ("float.tflite", "int8.tflite", "conv_3", "bias lost"),
        ("qdq.onnx", "qdq.onnx", "conv_1", "kernel transposed"),
        ("qdq.onnx", "qdq.onnx", "dense", "scale x 1.5"), ("float.tflite", "float.tflite", "dense", "largest weight negated"))
# Rounded while they run, weights in uint8 or alone, branches that are executed in another order, two ways to quantize.
HEALTHY = (("kws", "float.onnx", "dynamic.onnx"), ("kws", "float.tflite", "dynamic.onnx"), ("wand", "float.onnx", "weights.onnx"),
           ("speech", "float.tflite", "weights.onnx"), ("alexa", "float.tflite", "qdq.onnx"), ("audio", "int8.tflite", "qdq.onnx"))
# Healthy pairs, with the seed of the inputs that the command draws: beyond what one of two ways to quantize holds, and weights per tensor beside weights per
# channel, clipped on the way to a node, an input that is quantized behind reshapes, by ends that both share.
DRAWN = (("wand", "int8.tflite", "qdq.onnx", 1), ("alexa", "int8.tflite", "qdq.onnx", 7), ("alexa", "int8.tflite", "qdq_tensor.onnx", 1),
         ("image", "qdq.onnx", "int8.tflite", 2), ("autoencoder", "float.onnx", "qdq.onnx", 1), ("autoencoder", "qdq.onnx", "int8.tflite", 1))
# Only the layer that is wrong is named: beside another reader of what it reads, at the input, with weights rounded in another way than is told, where
# files of one network count their nodes differently, at an activation that has no partner, by a target that has no names for operators.
ONLY = (("on-off", "float.onnx", "qdq_tensor.onnx", "conv_167", "zero point"), ("fingerprint", "float.onnx", "qdq_tensor.onnx", "conv_3", "zero point"),
        ("ocr-direction", "float.onnx", "qoperator.onnx", "Conv@18_quant", "kernel transposed"), ("speech", "float.onnx", "qdq.onnx", "conv_0", "zero point"),
        ("rock-paper-scissors", "float.onnx", "qdq_tensor.onnx", "gemm_13", "activation added"),
        ("speech", "float.onnx", "served int8.tflite", "conv2d/Conv2D1", "activation lost"))
# One turn of each: a healthy pair and up to five faults.
SIDES = (("digits", "float.tflite", "int8.tflite"), ("kws", "float.onnx", "int8.tflite"), ("digits", "float.onnx", "qdq.onnx"),
         ("speech", "int8.tflite", "int8.tflite"), ("kws", "float.onnx", "st-ai int8.tflite"), ("digits", "float.tflite", "host st-ai-int8"),
         ("digits", "float.onnx", "served int8.tflite"))


class Planter(unittest.TestCase):
    def test_a_fault_changes_its_layer_and_nothing_ahead_of_it(self):
        planted_kinds = set()
        for form in FORMS:
            deployment = trials.Deployment(networks.NETWORKS["digits"], form)
            edges = deployment.kind.edges(deployment.data)
            for layer, kind in deployment.faults():
                planted = deployment.plan.plant(layer, kind, generator("planter", form, layer, kind))
                if planted is None:
                    continue
                planted_kinds.add(kind)
                with self.subTest(form=form, layer=planted.layer, kind=kind):
                    values = deployment.run(planted.data, deployment.samples)
                    ahead = next(i for i, (name, _, _) in enumerate(edges) if name == planted.layer)
                    for name, _, outputs in edges[:ahead]:
                        if name not in planted.touched and outputs[0] in values:
                            np.testing.assert_array_equal(values[outputs[0]], deployment.values[outputs[0]], name)
                    effect, largest = deployment.effect(planted)
                    self.assertLessEqual(effect, largest)
                    if kind in STRONG:
                        self.assertGreater(effect, 0)
        self.assertEqual(planted_kinds, set(KINDS))

    def test_a_fault_is_the_same_each_time(self):
        deployment = trials.Deployment(networks.NETWORKS["digits"], "int8.tflite")
        first, second = (deployment.plan.plant(0, "one weight", generator("x")) for _ in range(2))
        self.assertEqual(first.data, second.data)
        self.assertNotEqual(first.data, deployment.plan.plant(0, "one weight", generator("y")).data)

    def test_what_may_be_named(self):
        edges = [("a", [], [1]), ("b", [1], [2]), ("c", [2], [3]), ("d", [3], [4])]
        found = {"nodes": [{"other": {"name": name}, "reference": None if name == "b" else {}} for name in "abcd"]}
        self.assertEqual(trials.accepted(edges, {"b"}, found), {"c"})  # the next one that has a partner
        self.assertEqual(trials.accepted(edges, {"c"}, found), {"c"})


class Localisation(unittest.TestCase):
    def test_faults_are_named_and_healthy_layers_are_not(self):
        results = []
        for side in SIDES:
            results += prove.turn(side, 0)
            if results[0].method is None:
                self.skipTest("this command does not tell its method yet")
        self.assertGreater(len(results), 25)
        for result in results:
            pair = f"{result.network} {result.reference} {result.deployment}"
            with self.subTest(pair=pair, kind=result.kind, layer=result.layer, effect=result.effect):
                self.assertEqual(result.method, "local error")
                self.assertEqual(result.healthy, [])
                if result.kind is not None and figures.class_of(result) == "above 3":
                    self.assertTrue(result.named)
        right, named = figures.hypotheses(results)
        self.assertGreaterEqual(right, AT_LEAST_RIGHT * named, [(r.kind, r.suggestion) for r in results if r.named])

    def test_no_layer_is_named_whatever_the_way_it_was_quantized(self):
        for network, reference, form in HEALTHY:
            with self.subTest(network=network, reference=reference, form=form):
                result = trials.run_trial(trials.Deployment(networks.NETWORKS[network], form), reference, None, None, "healthy")
                self.assertIsNone(result.error)
                self.assertEqual(result.healthy, [])

    def test_no_layer_is_named_with_inputs_that_the_command_draws(self):
        for network, reference, form, seed in DRAWN:
            with self.subTest(network=network, reference=reference, form=form):
                sides = (networks.path_of(networks.NETWORKS[network], side) for side in (reference, form))
                found = trials.compare(*sides, "-b", "3", "--seed", str(seed))
                self.assertNotEqual(found["conclusion"], "none")
                self.assertEqual([node["reference"]["name"] for node in found["nodes"] if node["verdict"] == "own error"], [])

    def test_a_fault_is_told_from_others(self):
        for reference, form, layer, kind in TOLD:
            with self.subTest(reference=reference, form=form, layer=layer, kind=kind):
                deployment = trials.Deployment(networks.NETWORKS["digits"], form)
                planted = ((place, deployment.plan.plant(place, kind, generator("x"))) for place, its in deployment.faults() if its == kind)
                place = next(place for place, fault in planted if fault is not None and fault.layer.endswith(layer))
                result = trials.run_trial(deployment, reference, place, kind, "told")
                self.assertTrue(result.named)
                self.assertEqual(result.suggestion, HYPOTHESES[kind])

    def test_no_layer_is_named_beside_the_wrong_one(self):
        for network, reference, form, layer, kind in ONLY:
            with self.subTest(network=network, reference=reference, form=form, layer=layer):
                way, stored = trials.way_and_form(form)
                deployment = trials.Deployment(networks.NETWORKS[network], stored)
                planted = ((place, deployment.plan.plant(place, kind, generator("x"))) for place, its in deployment.faults() if its == kind)
                place = next(place for place, fault in planted if fault is not None and fault.layer.endswith(layer))
                result = trials.run_trial(deployment, reference, place, kind, 0, way)
                self.assertTrue(result.named)
                self.assertEqual(result.healthy, [])
                if kind != "kernel transposed":
                    self.assertEqual(result.suggestion, HYPOTHESES[kind])

    def test_a_target_without_names_of_operators_is_healthy(self):
        """Its logits are beyond what their type can hold, so that values alone do not pair them."""
        result = trials.run_trial(trials.Deployment(networks.NETWORKS["image"], "int8.tflite"), "float.onnx", None, None, "healthy-0", "served")
        self.assertEqual((result.error, result.healthy), (None, []))


class Journal(unittest.TestCase):
    def test_it_goes_on_where_it_was_interrupted(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trials.jsonl")
            side = "digits", "float.tflite", "int8.tflite"
            result = trials.Result(*side, "conv_1", "bias lost", 4.0, named=True)
            journal = prove.Journal(path, "a")
            journal.add(result)
            journal.end_turn(side, 1)
            journal.add(result)  # of a turn that does not come to its end
            journal.file.write('{"network": "dig')
            journal.file.close()
            for _ in range(2):
                again = prove.Journal(path, "a")
                self.assertEqual((again.results, again.turns), ([result], {side: 1}))
                again.file.close()
            other = prove.Journal(path, "b")
            self.assertEqual((other.results, other.turns), ([], {}))
            other.file.close()

    def test_figures(self):
        def result(kind, effect, **more):
            return trials.Result("digits", "a", "b", "conv_1", kind, effect, **more)
        some = [result("bias lost", 4.0, named=True, suggestion="bias lost"), result("bias lost", 0.5, named=False), result(None, None)]
        text = figures.tables(some)
        self.assertIn("| all | 0 of 1 (0.0 %) | 0 of 0 | 1 of 1 (100.0 %) | 0 of 3 (0.0 %) | 1 of 1 (100.0 %) |", text)
        self.assertTrue(figures.holds(some * 500))
        self.assertFalse(figures.holds(some * 500 + [result("sign", 4.0, named=False)] * 10))
        self.assertFalse(figures.holds(some * 500 + [result(None, None, healthy=[["x", 3.1]])]))
        self.assertFalse(figures.holds(some))  # too few
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.md")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"before\n{figures.BEGIN}\nold\n{figures.END}\nafter\n")
            figures.insert(path, "new")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), f"before\n{figures.BEGIN}\nnew\n{figures.END}\nafter\n")


class Document(unittest.TestCase):
    def test_it_lists_the_networks(self):
        with open(os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], "docs", "compare-proof.md"), encoding="utf-8") as file:
            self.assertIn(figures.networks_table(), file.read())

    def test_libraries_of_the_digits(self):
        for library in host.LIBRARIES:
            self.assertTrue(os.path.isdir(os.path.join(os.environ["AIRUNNER_ALTERED_DIR"], library)))


if __name__ == "__main__":
    unittest.main()
