# SPDX-License-Identifier: BSD-3-Clause
"""Each layer judged by itself: which one is named, by which fault it is explained, and when nothing can be said."""

import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from xml.etree import ElementTree

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(__file__), "..", "cli")]
from comparing import COMMAND, DIFFERS, LIMIT_S, NO_VERDICT, CompareTest, environment, read_npy  # noqa: E402
from support import read_file  # noqa: E402
from tflite_weights import with_shaken_weights  # noqa: E402

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")


def model(name):
    return os.path.join(MODELS, name)


RES = ("-i", model("res_in.npy"))
AE = ("-i", model("ae_in.npy"))


@unittest.skipUnless({"AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT"} <= set(os.environ), "ONNX Runtime or LiteRT is not installed")
class LocalError(CompareTest):
    def judge(self, a, b, *arguments, exit_code=None):
        return self.compare(model(a), model(b), *arguments, exit_code=exit_code)

    @staticmethod
    def record(name, path):
        variables = {name: os.environ[name] for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        subprocess.run([COMMAND, "compare", model(name), "--save", path, *RES], env=environment(**variables), check=True,
                       capture_output=True, timeout=LIMIT_S)

    def named(self, found):
        self.assertEqual(found["method"], "local error")
        nodes = [node for node in found["nodes"] if node["verdict"] == "own error"]
        self.assertEqual(found["n_own_errors"], len(nodes))
        return [((node["reference"] or node["other"])["name"],
                 (node["local"]["suggestion"] or {}).get("kind")) for node in nodes]

    def test_healthy_deployments_have_no_own_error(self):
        for a, b, inputs in (("res_float.onnx", "res_qdq.onnx", RES), ("res_float.onnx", "twin_int8.tflite", RES),
                             ("res_qdq.onnx", "twin_int8.tflite", RES), ("res_qdq.onnx", "res_float.onnx", RES),
                             ("res_float.onnx", "res_dyn.onnx", RES), ("ae_float.tflite", "ae_int8.tflite", AE),
                             ("ae_float.tflite", "ae_dynamic.tflite", AE), ("ae_int8.tflite", "ae_float.tflite", AE),
                             ("cnn_float.tflite", "cnn_float16.tflite", ("-b", "3")), ("cnn_float.tflite", "cnn_int8.tflite", ("-b", "5")),
                             ("kws_float.tflite", "kws_int8.tflite", ("-i", model("kws_in.npy"))),
                             ("res_float.onnx", "res_computed_scale.onnx", RES), ("res_float.onnx", "res_float.onnx", RES)):
            with self.subTest(a=a, b=b):
                found = self.judge(a, b, *inputs, exit_code=0)
                self.assertEqual(self.named(found), [])
                judged = [node["local"] for node in found["nodes"] if node["local"]]
                self.assertGreater(len(judged), 3)
                self.assertLess(max(local["ratio"] / local["threshold"] for local in judged), 1)

    def test_the_way_weights_are_rounded_is_found(self):
        for a, b, inputs, weights in (("res_float.onnx", "res_qdq.onnx", RES, "int8-channel"),
                                      ("cnn_float.tflite", "cnn_float16.tflite", ("-b", "3"), "float16"),
                                      ("res_float.onnx", "res_float.onnx", RES, "none")):
            with self.subTest(b=b):
                self.assertEqual(self.judge(a, b, *inputs)["weights"], weights)

    def test_a_fault_is_named_and_explained(self):
        for a, b, inputs, expected in (
                ("relu_lost.onnx", "relu_all_int8.tflite", ("-b", "5"), [("conv1", "activation added")]),
                ("f_norelu.onnx", "twin_int8.tflite", RES, [("b1_dw_relu", "activation added")]),
                ("res_float.onnx", "f_norelu.onnx", RES, [("b1_dw_relu", "activation lost")]),
                ("f_norelu.onnx", "res_qdq.onnx", RES, [("b1_dw_relu", "activation added")]),
                ("res_float.onnx", "f_zp.onnx", RES, [("b1_add", "zero point")]),
                ("f_zp.onnx", "twin_int8.tflite", RES, [("b1_add", "zero point")]),
                ("res_float.onnx", "f_bgr.onnx", RES, [("stem", "input channels reversed")]),
                ("f_bgr.onnx", "twin_int8.tflite", RES, [("stem_relu", "input channels reversed")]),
                ("res_float.onnx", "f_skip.onnx", RES, [("b3_add", "skip connection")]),
                ("f_skip.onnx", "res_qdq.onnx", RES, [("b3_add", "skip connection")]),
                ("res_float.onnx", "f_clip.onnx", RES, [("b2_dw_relu", None)])):
            with self.subTest(a=a, b=b):
                found = self.judge(a, b, *inputs)
                self.assertEqual(self.named(found), expected)
                first = found["nodes"][found["first_diverging"]]
                self.assertEqual(first["reference"]["name"], expected[0][0])
                if expected[0][1]:
                    self.assertLess(first["local"]["suggestion"]["ratio"], 4)

    def test_build_servers_see_each_node(self):
        junit = self.path("v.xml")
        # Green as long as the outputs are within their limits, as the exit code is.
        self.judge("res_float.onnx", "f_skip.onnx", *RES, "--min", "cos=0", "--junit", junit, exit_code=0)
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual((suite.get("failures"), suite.get("errors")), ("0", "0"))
        variables = {name: os.environ[name] for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        words = [COMMAND, "compare", model("res_float.onnx"), model("f_skip.onnx"), *RES, "--min", "cos=0", "--github"]
        told = subprocess.run(words, env=environment(**variables), check=True, capture_output=True, timeout=LIMIT_S).stderr.decode()
        self.assertRegex(told, "^::warning title=[^:]* b3_add [^:]*::own error: ")
        self.assertNotIn("::error", told)
        noted, = (case for case in suite.findall("testcase") if " b3_add " in case.get("name"))
        self.assertRegex(noted.find("system-out").text, "own error: ratio .*; skip connection, .* without it")
        found = self.judge("res_float.onnx", "f_skip.onnx", *RES, "--min", "cos=0.99999", "--junit", junit, exit_code=DIFFERS)
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        cases = {case.get("name"): case for case in suite.findall("testcase") if case.get("name").startswith("node ")}
        clipped = self.path("clipped.xml")
        self.judge("kws_float.tflite", "kws_int8.tflite", "-b", "10", "--range=0,300", "--junit", clipped, exit_code=None)
        self.assertRegex(read_file(clipped).decode(), r"quantization[^\"<]*[ ;:] ?\d+% of the values are beyond what a type can represent")
        judged = [node for node in found["nodes"] if node["local"]]
        self.assertEqual(len(cases), len(judged))
        wrong, = (node for node in judged if node["verdict"] == "own error")
        for name, case in cases.items():
            self.assertEqual(case.find("failure") is not None, " b3_add " in name, name)
        failure = cases[f"node {wrong['reference']['index']} b3_add (Add)"].find("failure")
        self.assertEqual(failure.get("type"), "own error")
        self.assertRegex(failure.get("message"), "own error: ratio .* in channel .* of .*; skip connection, .* without it")

    @staticmethod
    def text(*arguments):
        variables = {name: os.environ[name] for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        return subprocess.run([COMMAND, "compare", *arguments], env=environment(**variables), capture_output=True, timeout=LIMIT_S).stdout.decode()

    def test_inputs_tell_what_rounding_does_not_explain(self):
        # An error of many quanta is none of rounding.
        shape = (4, 25, 10, 1)
        values = [i % 97 - 48.0 for i in range(1000)]
        values[7] = 999
        x = self.write_npy("x.npy", "<f4", shape, struct.pack(f"<{len(values)}f", *values))
        self.assertRegex(" ".join(self.text(model("kws_float.tflite"), model("kws_int8.tflite"), "-i", x).split()),
                         r"converted with errors up to \S+ \(\S+ quanta; clipped: [\d,]+ of 1,000 values, which the other side cannot represent\)")

    def test_the_table_says_what_its_columns_are_of(self):
        fault = self.text(model("res_float.onnx"), model("f_norelu.onnx"), *RES)
        self.assertRegex(fault, r"ratio, verdict: what each computes from the same inputs; cos, l2r, rmse: what all errors have become\n[^\n]*#  reference")
        self.assertNotIn("ratio, verdict", self.text(model("res_float.onnx"), model("f_norelu.onnx"), *RES, "--outputs-only"))

    def test_names_take_60_columns_at_most_where_there_is_no_terminal(self):
        table = self.text(model("twin_int8.tflite"), model("twin_int8.tflite"), "-b", "1").split("\n\n")[2]
        widest = max((word for line in table.splitlines()[1:] for word in line.split()), key=len)
        self.assertEqual((len(widest), widest[0]), (60, "\u2026"))  # and keep their ends, in which layers differ

    def test_an_output_alone_blames_no_node(self):
        with tempfile.TemporaryDirectory() as folder:
            saved, golden = os.path.join(folder, "saved.npz"), os.path.join(folder, "golden.npz")
            self.record("res_float.onnx", saved)
            outputs = self.compare(saved, model("res_float.onnx"))["outputs"]
            with zipfile.ZipFile(saved) as capture, zipfile.ZipFile(golden, "w") as archive:
                archive.writestr("x.npy", capture.read("input_0.npy"))
                archive.writestr(outputs[0]["reference"]["name"] + ".npy", capture.read("output_0.npy"))
            found = self.compare(golden, model("f_skip.onnx"), exit_code=None)
            self.assertEqual((found["nodes"], found["n_own_errors"]), ([], 0))
            self.assertEqual(len(found["outputs"]), 1)

    def test_destroyed_inputs_are_the_headline(self):
        junit = self.path("none.xml")
        found = self.judge("res_float.onnx", "pixels.onnx", *RES, "--junit", junit, exit_code=NO_VERDICT)
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual((suite.get("errors"), suite.get("failures")), ("1", "0"))
        self.assertIn("the conversion destroyed input x", suite.find("testcase").find("error").get("message"))
        self.assertEqual((found["conclusion"], found["passed"], found["nodes"]), ("none", False, []))
        self.assertIn("the conversion destroyed input x", found["verdict"])
        n_values = 5 * 16 * 16 * 3
        values = [random.Random(1).uniform(0, 255) + i % 7 for i in range(n_values)]
        large = self.write_npy("large.npy", "<f4", (5, 16, 16, 3), struct.pack(f"<{n_values}f", *values))
        found = self.judge("cnn_float.tflite", "cnn_int8.tflite", "-i", large, exit_code=NO_VERDICT)
        self.assertIn("are beyond what the other side can represent", found["verdict"])
        self.assertGreater(found["inputs"][0]["clipped"], 0.9)

    def test_inputs_that_a_node_within_the_network_destroys_are_the_headline(self):
        for a, b, ends in (("res_float.onnx", "res_qdq.onnx", "0,10"), ("res_qdq.onnx", "res_float.onnx", "0,10"),
                           ("res_float.onnx", "res_qdq.onnx", "0,0.001")):
            with self.subTest(a=a, b=b, ends=ends):
                found = self.judge(a, b, "-b", "3", "--range", ends, exit_code=NO_VERDICT)
                self.assertEqual((found["conclusion"], found["nodes"]), ("none", []))
                self.assertIn("x_QuantizeLinear (x_QuantizeLinear_Output) destroys input x, which it quantizes: its error is", found["verdict"])
                made = found["inputs"][0]["quantizer"]
                self.assertEqual((made["node"], made["min"]), ("x_QuantizeLinear", 0))
                self.assertAlmostEqual(made["max"], 1 if ends == "0,10" else 0, delta=1e-3)
                self.assertGreater(made["error"], 0.5)
                self.assertEqual(found["inputs"][0]["clipped"] > 0.5, ends == "0,10")
        self.assertIsNone(self.judge("res_float.onnx", "res_float.onnx", "-b", "1")["inputs"][0]["quantizer"])

    def test_random_inputs_are_those_that_a_model_was_made_for(self):
        a, b = model("res_float.onnx"), model("res_qdq.onnx")
        found = self.compare(a, b)["inputs"][0]
        self.assertGreaterEqual(found["reference_values"]["min"], 0)
        self.assertAlmostEqual(found["reference_values"]["max"], 1, delta=1e-3)
        variables = {name: os.environ[name] for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        for sides, told in (((a, b), "inputs are random, from 0 to 0.99999: node x_QuantizeLinear of B was made for these values"),
                            ((a, a), "inputs are random, from -1 to 1: neither side tells"),
                            ((a, model("twin_int8.tflite")), "inputs are random, all that those of B can hold"),
                            ((a, b, "--range", "0,1"), None)):
            done = subprocess.run([COMMAND, "compare", *sides], env=environment(**variables), capture_output=True, text=True, timeout=LIMIT_S)
            self.assertIn(told or "", done.stdout)
            self.assertEqual("inputs are random" in done.stdout, told is not None)

    def test_random_inputs_that_saturate_allow_no_verdict(self):
        found = self.judge("kws_float.tflite", "kws_int8.tflite", exit_code=NO_VERDICT)
        self.assertIn("the inputs are random over all that they can hold, and 4 of 6 nodes saturate", found["verdict"])

    def test_a_saved_reference_is_judged_by_a_deployment_whose_weights_are_rounded(self):
        """What nobody can compute once more: its own weights are not those of the reference, which blames no layer."""
        variables = {name: os.environ[name] for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        kws = ("-i", model("kws_in.npy"))  # partly beyond what the deployment can represent
        for a, b, arguments in (("res_float.onnx", "res_qdq.onnx", RES), ("res_float.onnx", "res_dyn.onnx", RES),
                                ("ae_float.tflite", "ae_dynamic.tflite", ("-i", model("ae_in.npy"))), ("kws_float.tflite", "kws_int8.tflite", kws),
                                ("cnn_float.tflite", "cnn_float16.tflite", ("--range", "0,1", "-b", "5"))):
            with self.subTest(a=a, b=b):
                saved = self.path(a + b + ".npz")
                subprocess.run([COMMAND, "compare", model(a), "--save", saved, *arguments], env=environment(**variables), check=True,
                               capture_output=True, timeout=LIMIT_S)
                found = self.compare(saved, model(b))
                self.assertEqual((found["judge"], found["weights"]), ("other", "estimated"))
                self.assertEqual(self.named(found), [])
        saved = self.path("res.npz")
        self.record("res_float.onnx", saved)
        self.assertEqual(self.named(self.compare(saved, model("f_norelu.onnx"), exit_code=None)), [("b1_dw_relu", "activation lost")])

    def test_where_there_is_no_verdict_the_next_step_is_told(self):
        variables = {name: os.environ[name] for name in ("AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT")}
        for sides, arguments, told in ((("kws_float.tflite", "kws_int8.tflite"), (),
                                        "give real inputs with -i, or with --range the values that the network was made for"),
                                       (("res_float.onnx", "pixels.onnx"), RES, "give inputs that both sides can represent, such as real ones")):
            done = subprocess.run([COMMAND, "compare", *map(model, sides), *arguments], env=environment(**variables), capture_output=True,
                                  text=True, timeout=LIMIT_S)
            self.assertEqual(done.returncode, NO_VERDICT, done.stderr)
            self.assertIn(told, done.stderr)
        capture = self.path("res.npz")
        self.run_command("compare", model("res_float.onnx"), "--save", capture, *RES, **variables)
        done = subprocess.run([COMMAND, "compare", capture, model("pixels.onnx")], env=environment(**variables), capture_output=True, text=True,
                              timeout=LIMIT_S)
        self.assertEqual(done.returncode, NO_VERDICT, done.stderr)
        self.assertIn("record the capture again", done.stderr)

    def test_not_a_number_is_nobodys_fault(self):
        descr, shape, data = read_npy(read_file(model("res_in.npy")))
        place = 4 * (2 * 3 * 32 * 32 + 5 * 32 + 5)
        path = self.write_npy("nan.npy", descr, shape, data[:place] + struct.pack("<f", float("nan")) + data[place + 4:])
        found = self.judge("res_float.onnx", "res_float.onnx", "-i", path, exit_code=0)
        self.assertEqual(self.named(found), [])
        told = "Input x has 1 NaN and 0 infinite values, and what is computed from them says little; "
        self.assertEqual(found["verdict"], told + "the outputs are equal; the nodes are equal")
        # Integers have no NaN: conversion makes a number of it, and the outputs of that sample differ.
        found = self.judge("res_float.onnx", "twin_int8.tflite", "-i", path, exit_code=DIFFERS)
        self.assertEqual(self.named(found), [])
        self.assertTrue(found["verdict"].startswith(told), found["verdict"])
        saved = [self.path(f"nan{i}.npz") for i in range(2)]
        self.judge("res_float.onnx", "twin_int8.tflite", "-i", path, "--save", saved[0], "--save", saved[1], exit_code=DIFFERS)
        found = self.compare(*saved, exit_code=DIFFERS)
        self.assertEqual((found["method"], found["first_diverging"]), ("free running", None))
        self.assertNotIn("diverges", [node["verdict"] for node in found["nodes"]])
        # A layer that is wrong besides is named all the same.
        found = self.judge("res_float.onnx", "f_skip.onnx", "-i", path)
        self.assertEqual(self.named(found), [("b3_add", "skip connection")])
        # Also where NaN is in the first sample: what explains it is tried with others.
        first = self.write_npy("first.npy", descr, shape, struct.pack("<f", float("nan")) + data[4:])
        found = self.judge("f_norelu.onnx", "twin_int8.tflite", "-i", first)
        self.assertEqual(self.named(found), [("b1_dw_relu", "activation added")])

    def test_maxima_hide_what_is_not_a_number(self):
        """Runtimes drop NaN from a maximum by the order of its values, or make -3.4e38 of it: no row of a node may have that, wherever the NaN is."""
        digits = os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], "examples", "models", "digits")
        sides = [os.path.join(digits, "digits_float32" + kind) for kind in (".onnx", ".tflite")]
        descr, shape, data = read_npy(read_file(os.path.join(digits, "test_images.npy")))
        nan, sample = struct.pack("<f", float("nan")), 4 * 64

        def given(name, places):
            changed = bytearray(data[:20 * sample])
            for place in places:
                changed[4 * place:4 * place + 4] = nan
            return "-i", self.write_npy(name, descr, (20, *shape[1:]), bytes(changed))

        def rows(found):
            self.assertEqual(self.named(found), [])
            return [(node["verdict"], node["tensors"][0]["metrics"]) for node in found["nodes"] if node["tensors"]]

        single = [self.compare(*sides, *given("one.npy", [3 * 64 + place]), exit_code=DIFFERS) for place in (0, 24, 63)]
        many = self.compare(*sides, *given("many.npy", range(3 * 64, 3 * 64 + 40)), exit_code=DIFFERS)
        for found in (*single, many):
            self.assertEqual(rows(found), rows(single[0]))
            self.assertLess(max(metrics["max_error"] for _, metrics in rows(found)), 1e-4)
        # Nothing is left to judge by.
        found = self.compare(*sides, *given("all.npy", range(0, 20 * 64, 64)), exit_code=DIFFERS)
        self.assertEqual({verdict for verdict, _ in rows(found)}, {"no data"})

    def test_weights_that_both_sides_round_in_their_own_way_allow_no_judgement(self):
        for steps, weights, method, judge in ((3, "estimated", "local error", "reference"), (20, "unknown", "free running", None)):
            with self.subTest(steps=steps):
                path = self.path(f"shaken{steps}.tflite")
                with open(path, "wb") as file:
                    file.write(with_shaken_weights(read_file(model("cnn_int8.tflite")), steps))
                found = self.compare(model("cnn_int8.tflite"), path, "-b", "5", "--range=-1,1", "--min", "cos=-1")
                self.assertEqual((found["weights"], found["method"], found["judge"]), (weights, method, judge))
                self.assertNotIn("own error", [node["verdict"] for node in found["nodes"]])

    def test_a_capture_is_judged_by_the_other_side(self):
        saved = self.path("saved.npz")
        self.record("f_norelu.onnx", saved)
        found = self.compare(saved, model("res_float.onnx"), exit_code=DIFFERS)
        self.assertEqual(found["judge"], "other")
        self.assertEqual(self.named(found), [("b1_dw_relu", "activation added")])
        twice = self.path("twice.npz")
        self.record("res_float.onnx", twice)
        found = self.compare(saved, twice, exit_code=DIFFERS)
        self.assertEqual((found["method"], found["judge"]), ("free running", None))


if __name__ == "__main__":
    unittest.main()
