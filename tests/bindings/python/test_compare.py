# SPDX-License-Identifier: BSD-3-Clause
"""airunner: captures and their comparison."""

import gc
import json
import unittest

import numpy as np

from support import DIGITS, SOURCE, TestCase

import airunner

IMAGES = SOURCE / "examples" / "models" / "digits" / "test_images.npy"


class Compare(TestCase):
    def test_states_begin_anew(self):
        """What a stateful model has run before changes neither side."""
        with airunner.connect("null:?stateful=1") as runner:
            inputs = runner.model.random_inputs(3)
            first = airunner.capture(runner.model, inputs)
            runner.model.invoke(inputs)
            second = airunner.repeat(runner.model, first)
            self.assertEqual([array.tolist() for array in first.outputs], [array.tolist() for array in second.outputs])
            self.assertTrue(airunner.compare(runner.model, first))

    def test_both_sides_may_be_one_model(self):
        with airunner.connect("null:") as runner:
            self.assertTrue(airunner.compare(runner.model, runner.model, runner.model.random_inputs(3)))
            self.assertTrue(airunner.compare(runner.model, runner.model, n_samples=3, layers=False))
            self.assertTrue(runner.model.invoke(runner.model.random_inputs(1)).outputs)  # the runner is free again

    def test_more_random_samples_than_fit_are_told(self):
        with airunner.connect("null:") as runner:
            with self.assertRaisesRegex(airunner.Error, r"10{15} samples of 136 bytes of inputs take more than the \d+ bytes of this machine: make "
                                                        r"at most \d+ at once"):
                runner.model.random_inputs(10**15)

    def test_descriptors_with_inputs(self):
        images = np.load(IMAGES)[:10]
        found = airunner.compare(DIGITS / "st-ai-float32", DIGITS / "legacy-int8", images)
        self.assertTrue(found)
        self.assertIsNone(found.first_diverging)
        self.assertEqual(found.document["n_samples"], 10)
        self.assertEqual(found.outputs[0]["acc"], 1)
        self.assertIn("PASS", str(found))
        self.assertIn(found.verdict, repr(found))

    def test_a_model_judges_each_layer(self):
        images = np.load(IMAGES)[:3]
        with airunner.connect(DIGITS / "st-ai-float32") as a, airunner.connect(DIGITS / "st-ai-int8") as b, airunner.connect("null:") as c:
            first = airunner.capture(a.model, images)
            second = airunner.repeat(b.model, first)
            alone = airunner.compare_captures(first, second)
            self.assertEqual((alone.document["method"], alone.document["judge"]), ("free running", None))
            judged = airunner.compare_captures(first, second, models=(a.model, b.model))
            self.assertEqual((judged.document["method"], judged.document["judge"]), ("local error", "reference"))
            self.assertEqual((judged.conclusion, judged.own_errors), ("agrees", []))
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "other_session is of model network with 4 nodes, expected that of the result"):
                airunner.compare_captures(first, second, models=(None, c.model))

    def test_the_metrics_are_those_of_numpy(self):
        images = np.load(IMAGES)[:10]
        results = []
        for name in ("st-ai-float32", "st-ai-int8"):
            with airunner.connect(DIGITS / name) as runner:
                results.append(runner.model.invoke(images, quantize=True, dequantize=True).outputs[0].astype(float))
        reference, other = results
        error = other - reference
        metrics = airunner.compare(DIGITS / "st-ai-float32", DIGITS / "st-ai-int8", images).outputs[0]
        expected = {
            "rmse": np.sqrt(np.mean(error**2)), "mae": np.mean(abs(error)), "mean": error.mean(), "std": error.std(),
            "l2r": np.linalg.norm(error) / np.linalg.norm(reference), "max_error": abs(error).max(),
            "nse": 1 - (error**2).sum() / ((reference - reference.mean())**2).sum(),
            "cos": (reference * other).sum() / np.linalg.norm(reference) / np.linalg.norm(other),
            "acc": np.mean(reference.argmax(axis=1) == other.argmax(axis=1)),
        }
        for name, value in expected.items():
            self.assertAlmostEqual(metrics[name], value, delta=1e-6 * max(1e-3, abs(value)), msg=name)
        self.assertEqual(metrics["max_error_index"], abs(error).ravel().argmax())

    def test_limits(self):
        found = airunner.compare("null:", "null:", at_least={"cos": 0.5}, at_most={"rmse": 0})
        self.assertTrue(found.passed)
        self.assertEqual([limit["metric"] for limit in found.document["limits"]], ["cos", "rmse"])
        self.assertFalse(airunner.compare("null:", "null:", at_least={"mean": 0.5}))
        for limits, better in (({"at_most": {"cos": 0.9}}, "larger is better: min 0.9"), ({"at_least": {"rmse": 0.5}}, "smaller is better: max 0.5")):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, better):
                airunner.compare("null:", "null:", **limits)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "no metric 'speed'; there are: acc, rmse"):
            airunner.compare("null:", "null:", at_most={"speed": 1})

    def test_random_inputs_made_apart(self):
        captures = []
        for name in ("st-ai-float32", "legacy-int8"):
            with airunner.connect(DIGITS / name) as runner:
                captures.append(airunner.capture(runner.model, runner.model.random_inputs(5, 7, 0, 1, real=True)))
        found = airunner.compare_captures(*captures)
        self.assertTrue(found)
        self.assertTrue(airunner.compare_captures(*reversed(captures)))

    def test_a_capture_of_any_name(self):
        path = self.folder() / "reference.dat"
        with airunner.connect("null:") as runner:
            airunner.capture(runner.model, runner.model.random_inputs(3)).save(path)
        self.assertTrue(airunner.compare(path, "null:"))

    def test_captures(self):
        path = self.folder() / "reference.npz"
        with airunner.connect("null:") as runner:
            inputs = runner.model.random_inputs(3)
            recorded = airunner.capture(runner.model, inputs)
            self.assertEqual((recorded.n_samples, recorded.n_nodes), (3, 4))
            recorded.save(path)
            self.assertTrue(airunner.compare(path, runner.model).passed)
            self.assertTrue(airunner.compare(runner.model, path).passed)
            self.assertEqual(airunner.capture(runner.model, inputs, layers=False).n_nodes, 0)
            outputs = runner.model.invoke(inputs).outputs
        # A capture outlives its runner.
        loaded = airunner.load_capture(path)
        self.assertEqual((recorded.file, loaded.file, loaded.descriptor), ("", str(path), recorded.descriptor))
        self.assertEqual((loaded.n_samples, loaded.n_nodes), (3, 4))
        for side in (recorded, loaded):
            for found, expected in ((side.inputs, inputs), (side.outputs, outputs)):
                self.assertEqual(len(found), len(expected))
                for array, other in zip(found, expected):
                    np.testing.assert_array_equal(array, other)
                    self.assertFalse(array.flags.writeable or array.flags.owndata)
        self.assertTrue(airunner.compare(recorded, airunner.load_capture(path)).passed)
        with np.load(path) as arrays:
            np.testing.assert_array_equal(arrays["input_0"], inputs[0])
        self.assertIn("3 samples", repr(recorded))

    def test_a_comparison_outlives_what_it_compares(self):
        with airunner.connect("null:") as runner:
            inputs = runner.model.random_inputs(2)
            found = airunner.compare(airunner.capture(runner.model, inputs), airunner.capture(runner.model, inputs))
        gc.collect()
        self.assertTrue(found.passed)
        self.assertIn("PASS", str(found))

    def test_runners(self):
        with airunner.connect("null:") as runner:
            self.assertTrue(airunner.compare(runner, "null:").passed)
            self.assertTrue(airunner.compare("null:", runner).passed)
            self.assertTrue(airunner.compare(runner, airunner.capture(runner.model, runner.model.random_inputs(1))).passed)
        with airunner.connect("null:?models=2") as runner:
            with self.assertRaisesRegex(airunner.InvalidArgumentError, f"has the models .*runner\\['{runner.names[0]}'\\]"):
                airunner.compare(runner, "null:")

    def test_documents(self):
        found = airunner.compare("null:", "null:")
        self.assertEqual(json.loads(found.to_json()), found.document)
        self.assertEqual(json.loads(found.to_json(indent=1)), found.document)
        page = found.to_html()
        self.assertTrue(page.startswith("<!DOCTYPE html>"))
        self.assertEqual(page, airunner.render_html(found.to_json()))
        self.assertEqual(airunner.render_html(found.document, found.to_json()).count("<article"), 2)
        with self.assertRaisesRegex(TypeError, "a document is a text or a dict, not Comparison"):
            airunner.render_html(found)

    def test_wrong_types(self):
        for wrong in (3, None, ["null:"]):
            for sides in ((wrong, "null:"), ("null:", wrong)):
                with self.assertRaisesRegex(TypeError, "a Model, Runner, Capture, dict of arrays, path or descriptor, not " + type(wrong).__name__):
                    airunner.compare(*sides)
        with self.assertRaisesRegex(airunner.InvalidInputError, r"inputs is the path 'images.npy', expected arrays: those in a file are numpy.load\('images.npy'\)"):
            airunner.compare("null:", "null:", "images.npy")
        with self.assertRaisesRegex(TypeError, "expected two captures, not a str"):
            airunner.compare_captures("null:", "null:")
        for limits in (0.9, "cos=0.99", ["cos"]):
            with self.assertRaisesRegex(TypeError, 'at_least is .*, expected a dict such as {"cos": 0.99}'):
                airunner.compare("null:", "null:", at_least=limits)
            with self.assertRaisesRegex(TypeError, "at_most is "):
                airunner.compare("null:", "null:", at_most=limits)
        with self.assertRaisesRegex(TypeError, "at_least of 'cos' is '0.9', expected a number"):
            airunner.compare("null:", "null:", at_least={"cos": "0.9"})

    def test_wrong_use(self):
        path = self.folder() / "some.npz"
        np.savez(path, weights=np.zeros(3))
        with self.assertRaisesRegex(airunner.InvalidInputError, "not a capture"):
            airunner.load_capture(path)
        with airunner.connect("null:") as runner:
            recorded = airunner.capture(runner.model, runner.model.random_inputs(1))
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "inputs of its own"):
                airunner.compare(recorded, runner.model, runner.model.random_inputs(1))
            other = airunner.capture(runner.model, runner.model.random_inputs(2))
            for argument in ({"n_samples": 1}, {"seed": 42}):
                with self.assertRaisesRegex(airunner.InvalidArgumentError, "a capture has inputs of its own"):
                    airunner.compare(recorded, runner.model, **argument)
                with self.assertRaisesRegex(airunner.InvalidArgumentError, "it is for random inputs"):
                    airunner.compare("null:", runner.model, runner.model.random_inputs(1), **argument)
        for argument in ({"layers": True}, {"timeout": 1.0}):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "no model runs"):
                airunner.compare(recorded, recorded, **argument)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "layout='nchw', expected one of same, nhwc:nchw, nchw:nhwc"):
            airunner.compare(recorded, recorded, layout="nchw")
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "the layout decides nothing"):
            airunner.compare_captures(recorded, recorded, layout="same")
        with self.assertRaisesRegex(airunner.InvalidInputError, "1 and 2 samples"):
            airunner.compare(recorded, other)


if __name__ == "__main__":
    unittest.main()
