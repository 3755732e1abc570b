# SPDX-License-Identifier: BSD-3-Clause
"""airunner.validation: metrics against their definitions, written out the slow way, and the bounds of early stops against simulated runs."""

import importlib.util
import json
import math
import os
import sys
import unittest
from types import SimpleNamespace

import numpy as np

from support import TestCase

import airunner
from airunner.validation import Anomaly, Batch, Classification, Detection, Function, Regression, Segmentation, _interval
from airunner.validation.metrics.ranking import roc_auc

sys.path.append(os.environ["AIRUNNER_RUNTIMES"])  # where scripts/test puts pycocotools
HAS_COCO = importlib.util.find_spec("pycocotools") is not None


def model(outputs, inputs=((1, 4),)):
    """What metrics look at of a model."""
    tensors = [[SimpleNamespace(name=f"{what}{place}", shape=shape, n_elements=math.prod(shape)) for place, shape in enumerate(shapes)]
               for what, shapes in (("output", outputs), ("input", inputs))]
    return SimpleNamespace(outputs=tensors[0], inputs=tensors[1])


def result_of(metric, outputs, targets, inputs=None, names=()):
    """Of several batches, as the journal gives it back."""
    outputs = [np.asarray(output, np.float32) for output in outputs]
    metric.bind(model([(1, *output.shape[1:]) for output in outputs], [(1, *np.shape(array)[1:]) for array in inputs or [np.zeros((1, 4))]]), names)
    total = metric.total()
    for begin in range(0, len(targets), 7):
        part = slice(begin, begin + 7)
        indices = list(range(len(targets)))[part]
        batch = Batch(indices, [array[part] for array in inputs or []], [output[part] for output in outputs], list(targets[part]))
        for index, kept in zip(indices, metric.judge(batch)):
            total.add(json.loads(json.dumps(kept)), index)
    return total.result()


def slow_auc(scores, positive):
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, p in zip(scores, positive) if p for b, q in zip(scores, positive) if not q]
    return sum(pairs) / len(pairs)


class Classes(TestCase):
    def setUp(self):
        random = np.random.default_rng(5)
        self.scores = random.integers(0, 12, (200, 8)).astype(np.float32)  # many are equal
        self.labels = random.integers(0, 8, 200)

    def test_by_definition(self):
        found = result_of(Classification(top=(1, 3)), [self.scores], self.labels)
        order = np.argsort(-self.scores, axis=1, kind="stable")
        predicted = self.scores.argmax(axis=1)
        self.assertEqual(found["top1"], (predicted == self.labels).mean())
        self.assertEqual(found["top3"], (order[:, :3] == self.labels[:, np.newaxis]).any(axis=1).mean())
        confusion = [[int(((self.labels == row) & (predicted == column)).sum()) for column in range(8)] for row in range(8)]
        self.assertEqual(found["confusion"], confusion)
        for one in found["classes"]:
            number = one["class"]
            self.assertEqual(one["recall"], confusion[number][number] / sum(confusion[number]))
            self.assertEqual(one["precision"], confusion[number][number] / sum(row[number] for row in confusion))
            self.assertAlmostEqual(one["f1"], 2 * one["precision"] * one["recall"] / (one["precision"] + one["recall"]), 12)

    def test_auc(self):
        found = result_of(Classification(auc=True), [self.scores], self.labels)
        areas = [slow_auc(self.scores[:, number], self.labels == number) for number in range(8)]
        np.testing.assert_allclose([one["auc"] for one in found["classes"]], areas, rtol=1e-12)
        self.assertAlmostEqual(found["auc"], np.mean(areas), 12)
        self.assertIsNone(roc_auc(np.array([1.0, 2.0]), np.array([True, True])))

    def test_one_score_of_two_classes(self):
        found = result_of(Classification(auc=True), [np.array([[0.2], [0.9], [0.4], [0.6]])], [0, 1, 1, 1])
        self.assertEqual((found["top1"], found["confusion"]), (0.75, [[1, 0], [1, 2]]))
        self.assertEqual(found["auc"], 1.0)

    def test_one_hot_labels_and_names(self):
        found = result_of(Classification(), [np.eye(3)], np.eye(3), names=["cat", "dog", "cow"])
        self.assertEqual((found["top1"], found["classes"][2]["name"]), (1.0, "cow"))

    def test_not_a_number_is_never_right(self):
        scores = np.array([[np.nan, 1.0, 0.0], [np.nan] * 3, [2.0, np.nan, 1.0]])
        found = result_of(Classification(), [scores], [0, 0, 0])
        self.assertEqual(found["top1"], 1 / 3)
        # Where nothing is told no class is predicted: the sample counts, and recall is top1's.
        self.assertEqual((found["confusion"][0], found["classes"][0]["n"], found["classes"][0]["recall"]), ([1, 1, 0], 3, 1 / 3))

    def test_classes_without_samples(self):
        found = result_of(Classification(auc=True), [np.eye(4)[:2]], [0, 1])
        absent = found["classes"][3]
        self.assertEqual((absent["n"], absent["precision"], absent["recall"], absent["f1"], absent["auc"]), (0, None, None, None, None))
        one = result_of(Classification(auc=True), [np.eye(4)[:1]], [0])  # nothing to tell it from
        self.assertEqual((one["auc"], one["top1"]), (None, 1.0))

    def test_equal_scores(self):
        """Of equal ones the first is taken, for every k, as argmax does."""
        found = result_of(Classification(top=(1, 2)), [np.zeros((4, 4))], [0, 1, 2, 3])
        self.assertEqual((found["top1"], found["top2"]), (0.25, 0.5))

    def test_targets_that_are_no_classes(self):
        for target in (2.7, float("nan"), float("inf"), "cat", [0.5][0], None):
            with self.assertRaisesRegex(airunner.InvalidInputError, "sample 1 .*expected the number of its class"):
                result_of(Classification(), [np.eye(3)[:2]], [2.0, target])

    def test_used_again_for_another_model(self):
        metric = Classification()
        result_of(metric, [np.eye(3)], [0, 1, 2], names=["a", "b", "c"])
        found = result_of(metric, [np.eye(9)], range(9), names=[f"class {number}" for number in range(9)])
        self.assertEqual((found["top5"], found["classes"][8]["name"]), (1.0, "class 8"))

    def test_wrong_arguments(self):
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "expected numbers from 1 on"):
            Classification(top=(5,))
        with self.assertRaisesRegex(airunner.InvalidModelError, "output 2, expected one of 0 to 0"):
            result_of(Classification(output=2), [np.eye(3)], [0, 1, 2])


class Numbers(TestCase):
    def test_regression(self):
        random = np.random.default_rng(1)
        outputs, targets = random.normal(5, 2, (50, 3)).astype(np.float32), random.normal(5, 2, (50, 3))
        found, error = result_of(Regression(), [outputs], targets), outputs - targets
        expected = {"mae": abs(error).mean(), "rmse": np.sqrt((error**2).mean()), "bias": error.mean(), "max_error": abs(error).max(),
                    "r2": 1 - (error**2).sum() / ((targets - targets.mean())**2).sum()}
        self.assertEqual(found.pop("n"), 50)
        self.assertEqual(set(found), set(expected))
        for name, value in expected.items():
            self.assertAlmostEqual(found[name], value, 10, name)
        outputs[30, 1] = np.nan
        found = result_of(Regression(), [outputs], targets)
        self.assertTrue(all(math.isnan(found[name]) for name in ("mae", "rmse", "bias", "max_error", "r2")), found)
        with self.assertRaisesRegex(airunner.InvalidInputError, "the target has 2 numbers, and the output 3"):
            result_of(Regression(), [outputs], targets[:, :2])

    def test_anomaly_of_an_autoencoder(self):
        """As MLPerf Tiny: the score of a recording is the mean of the errors of its windows."""
        random = np.random.default_rng(2)
        inputs, outputs = (random.normal(0, 1, (60, 10)).astype(np.float32) for _ in range(2))
        labels = [int(number % 3 == 0) for number in range(12) for _ in range(5)]
        groups = [number for number in range(12) for _ in range(5)]
        found = result_of(Anomaly(), [outputs], list(zip(labels, groups)), [inputs])
        scores = ((outputs.astype(float) - inputs)**2).mean(axis=1).reshape(12, 5).mean(axis=1)
        self.assertEqual((found["n"], found["n_anomalous"]), (12, 4))
        self.assertAlmostEqual(found["auc"], slow_auc(scores, [number % 3 == 0 for number in range(12)]), 12)

    def test_anomaly_scores(self):
        self.assertEqual(result_of(Anomaly(), [np.array([[1.0], [2], [3], [4]])], [0, 1, 0, 1])["auc"], 0.75)
        self.assertIsNone(result_of(Anomaly(), [np.array([[1.0], [np.nan], [3], [4]])], [0, 1, 0, 1])["auc"])
        negated = Anomaly(lambda outputs: -float(outputs[0][0]))
        self.assertEqual(result_of(negated, [np.array([[1.0], [2], [3], [4]])], [0, 1, 0, 1])["auc"], 0.25)
        with self.assertRaisesRegex(airunner.InvalidInputError, "expected 0 .normal. or 1"):
            result_of(Anomaly(), [np.ones((1, 1))], [2])
        with self.assertRaisesRegex(airunner.InvalidInputError, "the target of sample 0 is nan"):
            result_of(Anomaly(), [np.ones((1, 1))], [float("nan")])
        self.assertEqual(result_of(Anomaly(), [np.ones((2, 1))], [0, 0]), {"n": 2, "n_anomalous": 0, "auc": None})  # nothing to tell them from

    def test_functions(self):
        found = result_of(Function(lambda output, target: {"right": bool(output[0] > 0), "off": abs(output[0] - target)}, "mine"),
                          [np.array([[1.0], [-1], [3]])], [1, 1, 1])
        self.assertEqual(found, {"n": 3, "right": 2 / 3, "off": 4 / 3})
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "it gave 'yes' for sample 0"):
            result_of(Function(lambda output, target: "yes"), [np.ones((1, 1))], [0])


class Places(TestCase):
    def slow(self, classes, targets):
        counted = targets != 255
        found = []
        for number in sorted(set(targets[counted].tolist()) | set(classes[counted].tolist())):
            both = ((classes == number) & (targets == number) & counted).sum()
            either = (((classes == number) | (targets == number)) & counted).sum()
            found.append(both / either)
        return float(np.mean(found))

    def test_miou(self):
        random = np.random.default_rng(3)
        scores, targets = random.normal(0, 1, (9, 6, 5, 4)), random.integers(0, 4, (9, 6, 5))
        targets[random.random(targets.shape) < 0.2] = 255
        wanted = self.slow(scores.argmax(axis=-1), targets)
        found = result_of(Segmentation(), [scores], targets)
        self.assertAlmostEqual(found["miou"], wanted, 12)
        self.assertAlmostEqual(found["pixel_accuracy"], (scores.argmax(axis=-1) == targets)[targets != 255].mean(), 12)
        # Channels first, numbers of classes, and a dimension of 1 at the masks.
        self.assertAlmostEqual(result_of(Segmentation(), [scores.transpose(0, 3, 1, 2)], targets)["miou"], wanted, 12)
        self.assertAlmostEqual(result_of(Segmentation(), [scores.argmax(axis=-1)], targets[..., np.newaxis])["miou"], wanted, 12)

    def test_one_score_of_two_classes(self):
        """As of a sigmoid: not a number of a class that is cut to 0."""
        scores, targets = np.array([[[0.2, 0.9], [0.6, 0.4]]]), np.array([[[0, 1], [1, 1]]])
        found = result_of(Segmentation(), [scores[..., np.newaxis]], targets)
        self.assertEqual((found["pixel_accuracy"], found["miou"]), (0.75, (1 / 2 + 2 / 3) / 2))

    def test_targets_that_are_no_classes(self):
        for wrong in (0.5, np.nan):
            with self.assertRaisesRegex(airunner.InvalidInputError, "sample 0: the target has numbers such as 0.5 or NaN"):
                result_of(Segmentation(), [np.zeros((1, 2, 2, 3))], np.full((1, 2, 2), wrong))

    def test_another_size(self):
        with self.assertRaisesRegex(airunner.InvalidInputError, "expected targets of the size of the output"):
            result_of(Segmentation(), [np.zeros((1, 6, 5, 4))], np.zeros((1, 3, 3), int))


@unittest.skipUnless(HAS_COCO, "pycocotools is not there")
class Boxes(TestCase):
    def target(self, boxes, scale=1.0, left=0.0):
        return {"boxes": [[number, x, y, w, h, w * h, 0] for number, x, y, w, h in boxes], "size": [100, 100], "scale_x": scale, "scale_y": scale,
                "left": left, "top": 0.0}

    def test_map(self):
        """Two classes: of one all boxes are found, of the other the best scored one is wrong."""
        targets = [self.target([(0, 10, 10, 40, 40), (1, 60, 60, 30, 30)]), self.target([(0, 0, 0, 50, 50)])]
        rows = np.zeros((2, 4, 6), np.float32)
        rows[0, 0] = (10, 10, 50, 50, 0.9, 0)
        rows[0, 1] = (60, 60, 90, 90, 0.5, 1)
        rows[0, 2] = (0, 0, 5, 5, 0.8, 1)
        rows[1, 0] = (0, 0, 50, 50, 0.7, 0)
        found = result_of(Detection(), [rows], targets, names=["cat", "dog"])
        self.assertAlmostEqual(found["classes"][0]["map"], 1.0, 6)
        self.assertAlmostEqual(found["classes"][1]["map"], 0.5, 6)
        self.assertAlmostEqual(found["map"], 0.75, 6)
        self.assertEqual([one["name"] for one in found["classes"]], ["cat", "dog"])

    def test_boxes_lie_in_the_image(self):
        """What was scaled and moved for the input is moved back."""
        target = self.target([(0, 10, 10, 40, 40)], scale=0.5, left=7)
        rows = [[10 * 0.5 + 7, 5, 50 * 0.5 + 7, 25, 0.9, 0]]
        self.assertAlmostEqual(result_of(Detection(lambda outputs: rows), [np.zeros((1, 3))], [target])["map"], 1.0, 6)

    def test_nothing_found(self):
        self.assertEqual(result_of(Detection(), [np.zeros((1, 3, 6))], [self.target([(0, 10, 10, 40, 40)])])["map"], 0.0)

    def test_other_outputs(self):
        with self.assertRaisesRegex(airunner.InvalidInputError, "expected rows of 6"):
            result_of(Detection(), [np.zeros((1, 84, 21))], [self.target([])])


class EarlyStops(TestCase):
    def test_wrong_in_fewer_cases_than_stated(self):
        """The accuracy is the limit itself or on the other side: whoever looks after each of 500 samples says otherwise in at most 5 % of all runs."""
        for accuracy in (0.5, 0.9, 0.97):
            open_runs, wrong = np.ones(1), 0.0  # the probability of each number of hits with which nothing is decided yet
            for n in range(1, 501):
                open_runs = np.append(open_runs * (1 - accuracy), 0) + np.append(0, open_runs * accuracy)
                decided = [_interval.log_evidence(hits, n, accuracy) >= math.log(20) for hits in range(n + 1)]
                wrong += open_runs[decided].sum()
                open_runs[decided] = 0
            self.assertTrue(0.001 < wrong < 0.05, f"{accuracy}: {wrong}")

    def test_decides_as_the_evidence_says(self):
        decision = _interval.Decision(0.5, 0.95)
        answers = [decision.add(True) for _ in range(10)]
        enough = [_interval.log_evidence(n, n, 0.5) >= math.log(20) for n in range(1, 11)]
        self.assertEqual(answers, enough)
        self.assertTrue(0 < decision.decided_after == enough.index(True) + 1 and decision.is_above)

    def test_bounds_are_where_the_decision_changes(self):
        for hits, n in ((0, 10), (10, 10), (87, 100), (500, 1000)):
            low, high = _interval.bounds(hits, n, 0.95)
            self.assertTrue(low <= hits / n <= high)
            for bound in (low, high):
                if 0 < bound < 1:
                    self.assertAlmostEqual(_interval.log_evidence(hits, n, bound), math.log(20), 6)
        self.assertEqual(_interval.bounds(0, 0, 0.95), (0.0, 1.0))

    def test_wrong_arguments(self):
        for limit, confidence in ((0, 0.95), (1, 0.95), (0.5, 1), (0.5, 0)):
            with self.assertRaises(airunner.InvalidArgumentError):
                _interval.Decision(limit, confidence)


if __name__ == "__main__":
    unittest.main()
