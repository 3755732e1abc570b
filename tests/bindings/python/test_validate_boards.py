# SPDX-License-Identifier: BSD-3-Clause
"""airunner.validate(): several boards. Real servers of their own; some die, some lie."""

import threading
import time
import unittest

import numpy as np

from support import DIGITS, FIXTURES
from validating import FLOAT32, IMAGES, INT8, LABELS, ValidateTest

import airunner
from airunner.validation import Classification
from airunner.validation._words import faults


class Several(ValidateTest):
    def test_same_numbers_as_of_one(self):
        alone = airunner.validate(INT8, self.images, ["classification", lambda outputs, target: float(outputs.max())], targets=self.labels)
        boards = [self.serve_board()[0] for _ in range(3)]
        found = airunner.validate(boards, self.images, ["classification", lambda outputs, target: float(outputs.max())], targets=self.labels, shared=4)
        self.assertTrue(found)
        self.assertEqual(found.document["metrics"], alone.document["metrics"])
        self.assertEqual((found.document["accepted"], found.document["executed"], found.document["missing"]), (360, 368, 0))
        self.assertEqual([board["descriptor"] for board in found.document["boards"]], boards)
        self.assertEqual(sum(board["accepted"] for board in found.document["boards"]), 360)
        for board in found.document["boards"]:
            self.assertGreater(board["accepted"], 20)
            self.assertGreater(board["device_ms"]["mean"], 0)
            self.assertGreater(board["metrics"]["classification"], 0.9)
        hashes = {line["index"]: line["hash"] for line in alone.results()}
        self.assertTrue(all(hashes[line["index"]] == line["hash"] for line in found.results()))

    def test_who_is_faster_does_more(self):
        fast, slow = self.serve_board("--line-rate", "921600")[0], self.serve_board("--line-rate", "115200")[0]
        found = airunner.validate([fast, slow], self.images, targets=self.labels)
        done = [board["accepted"] for board in found.document["boards"]]
        self.assertGreater(done[0], 2 * done[1])

    def test_a_board_that_dies_is_retired(self):
        """Its samples are done elsewhere, in time, and the report tells why."""
        killed, server = self.serve_board("--line-rate", "57600")
        well = self.serve_board("--line-rate", "57600")[0]
        journal = self.folder() / "journal.jsonl"
        self.kill_when_it_has_worked(server, killed, journal)
        found = airunner.validate([killed, well], self.images[:200], "classification", targets=self.labels[:200], retries=1, journal=journal)
        self.assertTrue(found.complete)
        self.assertEqual(found.document["accepted"], 200)
        first, second = found.document["boards"]
        self.assertGreater(first["accepted"], 0)
        self.assertEqual(first["accepted"] + second["accepted"], 200)
        self.assertEqual(first["retries"], 1)
        self.assertIsNone(second["retired"])
        self.assertIn("Connection refused", first["retired"])
        self.assertIn(f"{killed} was retired: ", str(found))

    def test_a_board_that_fails_once_is_tried_again(self):
        board = self.serve_board("--fault", "die@tensor:5", "--fault", "clients=1")[0]
        found = airunner.validate(board, self.images[:40], "classification", targets=self.labels[:40])
        self.assertTrue(found)
        self.assertEqual(found.document["boards"][0]["retries"], 1)
        self.assertEqual(found.document["executed"], 40)

    def test_all_boards_die(self):
        """What was done is in the journal, and another board goes on."""
        journal = self.folder() / "journal.jsonl"
        board, server = self.serve_board("--line-rate", "57600")
        self.kill_when_it_has_worked(server, board, journal)
        found = airunner.validate(board, self.images, "classification", targets=self.labels, retries=0, journal=journal)
        self.assertFalse(found)
        self.assertFalse(found.complete)
        accepted = found.document["accepted"]
        self.assertLess(accepted, 360)
        self.assertEqual(found.document["missing"], 360 - accepted)
        self.assertIn(f"INCOMPLETE: {accepted} of 360", str(found))
        rest = airunner.validate(INT8, self.images, "classification", targets=self.labels, journal=journal)
        self.assertTrue(rest.complete)
        self.assertEqual([one["descriptor"] for one in rest.document["boards"]], [INT8, board])
        self.assertEqual(rest.metrics, airunner.validate(INT8, self.images, "classification", targets=self.labels).metrics)

    def test_none_can_be_connected(self):
        with self.assertRaises(airunner.Error):
            airunner.validate(["socket:127.0.0.1:1", "socket:127.0.0.1:2"], self.images, retries=0)

    def test_one_that_cannot_be_connected_is_told(self):
        found = airunner.validate(["socket:127.0.0.1:1", INT8], self.images[:20], targets=self.labels[:20], retries=0)
        self.assertTrue(found.complete)
        self.assertIn("socket:127.0.0.1:1 was retired", str(found))
        self.assertIsNone(found.document["boards"][0]["model"])

    def test_boards_with_different_networks(self):
        """As when one of them has an old firmware: their shapes are the same."""
        document = airunner.validate([INT8, str(DIGITS / "legacy-int8")], self.images, "classification", targets=self.labels).document
        self.assertEqual(faults(document), [])
        document["boards"][1]["hash"] = "0xabc"
        (told,) = faults(document)
        self.assertRegex(told, rf"^boards have different networks, and the numbers are those of a mixture: {INT8} has 0x\w+; \S+legacy-int8 has 0xabc$")

    def test_boards_that_disagree(self):
        """One sends its outputs as float16."""
        boards = [self.serve_board(descriptor=FLOAT32)[0], self.serve_board("--fault", "float16", "--fault", "clients=9", descriptor=FLOAT32)[0]]
        found = airunner.validate(boards, self.images[:50], "classification", targets=self.labels[:50], shared=5)
        self.assertFalse(found)
        self.assertTrue(found.complete)
        self.assertEqual(found.document["disagreements"]["count"], 5)
        self.assertEqual([one["index"] for one in found.document["disagreements"]["samples"]], [0, 1, 2, 3, 4])
        self.assertEqual(set(found.document["disagreements"]["samples"][0]["boards"]), set(boards))
        self.assertIn("boards disagree in 5 samples", str(found))
        self.assertFalse(found)
        out, _ = self.validate(*boards, "--data", IMAGES, "--targets", LABELS, "--task", "classification", "--samples", "20", exit_code=5)
        self.assertIn("boards disagree", out)

    def test_other_networks_are_refused(self):
        with self.assertRaisesRegex(airunner.InvalidModelError, "has another network than"):
            airunner.validate([INT8, "null:"], self.images)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "expected each once"):
            airunner.validate([INT8, INT8], self.images)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "boards is empty"):
            airunner.validate([], self.images)


class Wrong(ValidateTest):
    def test_data_ends_the_run(self):
        """No other board would do better: nobody is retired for it."""
        def samples():
            yield self.images[0], 1
            yield self.images[1][:3], 1

        boards = [self.serve_board()[0] for _ in range(2)]
        with self.assertRaises((airunner.InvalidInputError, ValueError)):
            airunner.validate(boards, samples())

        def broken():
            yield self.images[0], 1
            raise OSError("the disk is gone")

        with self.assertRaisesRegex(OSError, "the disk is gone"):
            airunner.validate(boards, broken())

    def test_samples_that_are_not_alike(self):
        """NumPy would make real values of the integers, but only of those that come into one chunk with such."""
        for wrong, told in ((self.images[0].astype(np.int16), "int16"), (self.images[0][:3], r"\(3, 8, 1\)")):
            samples = [self.images[0]] * 10
            samples[6] = wrong
            with self.assertRaisesRegex(airunner.InvalidInputError, rf"sample \d has inputs .*{told}|input #1"):
                airunner.validate(INT8, samples)
        with self.assertRaisesRegex(airunner.InvalidInputError, "sample 0 has 3 inputs, expected 2"):
            airunner.validate("null:", [[np.zeros(3)] * 3])

    def test_a_metric_that_raises_ends_the_run(self):
        def judge(outputs, target):
            raise KeyError("nothing")

        begin = time.monotonic()
        with self.assertRaises(KeyError):
            airunner.validate([self.serve_board()[0] for _ in range(2)], self.images, judge)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertFalse([thread.name for thread in threading.enumerate() if thread.name.startswith("airunner-validate")])

    def test_a_class_that_the_model_does_not_know(self):
        with self.assertRaisesRegex(airunner.InvalidInputError, "sample 3 is of class 12, and the model knows 0 to 9"):
            airunner.validate(INT8, self.images[:5], "classification", targets=[0, 1, 2, 12, 4])
        with self.assertRaisesRegex(airunner.InvalidInputError, "sample 0 has no target"):
            airunner.validate(INT8, self.images[:5], "classification")


class NotFinite(ValidateTest):
    def test_numbers_that_are_none_are_null(self):
        """A network that computes NaN ends nothing."""
        journal = self.folder() / "journal.jsonl"
        for _ in range(2):
            found = airunner.validate(FLOAT32, self.images[:5], lambda outputs, target: float("nan"), journal=journal)
            self.assertEqual(found.metrics["lambda"], {"n": 5, "value": None})
            self.assertNotIn("NaN", found.to_json())
            self.assertIn("value –", str(found))


class ConnectedModels(ValidateTest):
    def test_it_stays_connected(self):
        with airunner.connect(INT8) as runner:
            found = airunner.validate(runner, self.images[:9], "classification", targets=self.labels[:9])
            self.assertTrue(runner.is_connected)
            self.assertEqual(found.document["accepted"], 9)

    def test_a_model_with_several_inputs(self):
        with airunner.connect("null:") as runner:
            first, second = runner.model.random_inputs(20)
            wanted = runner.model.invoke([first, second], dequantize=True).outputs
        seen = []
        found = airunner.validate("null:", {"input_1": first, "input_2": second}, lambda outputs, target: seen.append(outputs) or 1.0)
        self.assertEqual(found.metrics["lambda"], {"n": 20, "value": 1.0})
        for place, outputs in enumerate(seen):
            for mine, theirs in zip(outputs, wanted):
                np.testing.assert_array_equal(mine, theirs[place])


class Reference(ValidateTest):
    def test_divergence_is_that_of_numpy(self):
        found = airunner.validate(INT8, self.images, targets=self.labels, reference=FLOAT32, worst=3)
        outputs = []
        for descriptor in (FLOAT32, INT8):
            with airunner.connect(descriptor) as runner:
                outputs.append(runner.model.invoke(self.images, quantize=True, dequantize=True).outputs[0].astype(float))
        l2r = np.linalg.norm(outputs[1] - outputs[0], axis=1) / np.linalg.norm(outputs[0], axis=1)
        numbers = found.metrics["divergence"]
        self.assertAlmostEqual(numbers["l2r_mean"], l2r.mean(), 12)
        self.assertAlmostEqual(numbers["max_error"], abs(outputs[1] - outputs[0]).max(), 12)
        self.assertEqual([one["index"] for one in found.document["worst"]], np.argsort(-l2r)[:3].tolist())
        self.assertAlmostEqual(found.document["worst"][0]["l2r"], l2r.max(), 12)

    def test_stored_inputs_and_a_float_reference(self):
        """The samples are int8, as the boards store them: the reference gets the real values."""
        with airunner.connect(INT8) as runner:
            stored = runner.model.inputs[0].quantize(self.images)
        found = airunner.validate(INT8, stored, reference=FLOAT32)
        self.assertLess(found.metrics["divergence"]["l2r_mean"], 0.02)

    def test_itself(self):
        found = airunner.validate(INT8, self.images[:20], reference=INT8)
        self.assertEqual(found.metrics["divergence"], {"n": 20, "n_equal": 20, "n_not_finite": 0, "l2r_mean": 0.0, "l2r_max": 0.0, "max_error": 0.0})

    def test_another_network(self):
        with self.assertRaisesRegex(airunner.InvalidModelError, "expected the same network"):
            airunner.validate(INT8, self.images, reference=str(FIXTURES / "image-st-ai"))


class Decided(ValidateTest):
    def test_it_stops_early_and_says_so(self):
        found = airunner.validate(INT8, self.images, "classification", targets=self.labels, shuffle=1, decide=0.8)
        decision = found.document["decision"]
        self.assertEqual((decision["verdict"], decision["limit"]), ("above", 0.8))
        self.assertLess(decision["decided_after"], 120)
        self.assertEqual(found.document["accepted"] + found.document["missing"], 360)
        self.assertGreater(found.document["missing"], 0)
        self.assertGreater(decision["low"], 0.8)
        self.assertTrue(found)
        self.assertIn(f"stopped early: after {decision['decided_after']} samples the accuracy is above 0.8", str(found))
        self.assertIn("Robbins", decision["method"])

    def test_below(self):
        found = airunner.validate(INT8, self.images, Classification(), targets=(self.labels + 1) % 10, shuffle=1, decide=0.5, confidence=0.99)
        self.assertEqual(found.document["decision"]["verdict"], "below")

    def test_too_near_to_tell(self):
        found = airunner.validate(INT8, self.images, "classification", targets=self.labels, decide=0.985)
        self.assertEqual(found.document["decision"]["verdict"], "open")
        self.assertEqual(found.document["accepted"], 360)
        self.assertIn("cannot tell whether the accuracy is above 0.985", str(found))

    def test_what_has_no_right_and_wrong(self):
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "the first metric has to be classification"):
            airunner.validate(INT8, self.images, "regression", decide=0.9)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "expected True or False"):
            airunner.validate(INT8, self.images, lambda outputs, target: 0.5, decide=0.9)


class Budget(ValidateTest):
    def test_the_time_is_over(self):
        """What was done is reported, and another run goes on."""
        board, journal = self.serve_board("--line-rate", "57600")[0], self.folder() / "journal.jsonl"
        begin = time.monotonic()
        found = airunner.validate(board, self.images[:100], "classification", targets=self.labels[:100], budget=1.5, journal=journal)
        self.assertLess(time.monotonic() - begin, 6)
        self.assertFalse(found.complete)
        self.assertGreater(found.document["missing"], 0)
        self.assertEqual(found.metrics["classification"]["n"], found.document["accepted"])
        self.assertIn("INCOMPLETE", str(found))
        rest = airunner.validate(INT8, self.images[:100], "classification", targets=self.labels[:100], journal=journal)
        self.assertEqual((rest.document["accepted"], rest.document["missing"]), (100, 0))


class ProgressIsTold(ValidateTest):
    def test_rate_and_time_left(self):
        told = []
        board = self.serve_board("--line-rate", "57600")[0]
        airunner.validate(board, self.images[:150], progress=told.append)
        self.assertGreaterEqual(len(told), 3)
        self.assertEqual((told[-1].done, told[-1].total, told[-1].seconds_left), (150, 150, 0))
        middle = told[len(told) // 2]
        self.assertGreater(middle.rate, 0)
        self.assertAlmostEqual(middle.seconds_left, (150 - middle.done) / middle.rate, 6)
        self.assertRegex(str(middle), r"^\d+ of 150 \(\d+ %\) samples, [\d.]+/s on 1 board, \d+ s left$")


if __name__ == "__main__":
    unittest.main()
