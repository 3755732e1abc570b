# SPDX-License-Identifier: BSD-3-Clause
"""airunner.validate(): the journal. A run that was killed anywhere goes on, each sample counts once, and what cannot be is told."""

import errno
import json
import unittest
import unittest.mock

import numpy as np

from support import FIXTURES
from validating import FLOAT32, IMAGES, INT8, LABELS, ValidateTest

import airunner
from airunner.validation import Journal

N = 360


class Killed(ValidateTest):
    def test_kill_9_and_again(self):
        """A board of 5 ms a sample; the process is killed several times, at whatever it does."""
        board, _ = self.serve_board("--line-rate", "300000")
        journal, report = self.folder() / "journal.jsonl", self.folder() / "report.json"
        words = [board, "--data", IMAGES, "--targets", LABELS, "--task", "classification", "--journal", journal, "--samples", "120"]
        for n_lines in (2, 15, 40, 77):
            self.kill_at(self.start(*words), journal, n_lines)
        self.validate(*words, "--output-report", report)
        found = json.loads(report.read_text())
        indices = [line["index"] for line in self.lines(journal)]
        self.assertEqual(sorted(set(indices)), list(range(120)))
        self.assertEqual((found["executed"], found["accepted"], found["missing"]), (len(indices), 120, 0))
        self.assertEqual(found["duplicates"], len(indices) - 120)
        # The shared sample is run by each of the four runs that went on; nothing else that is in the journal is run again.
        self.assertLessEqual(found["duplicates"], 4)
        self.assertTrue(found["complete"])
        once = airunner.validate(INT8, self.images, "classification", targets=self.labels, samples=120)
        self.assertEqual(found["metrics"], once.document["metrics"])
        self.assertEqual({line["index"]: line["hash"] for line in self.lines(journal)}, {line["index"]: line["hash"] for line in once.results()})


class Torn(ValidateTest):
    def journal(self):
        path = self.folder() / "journal.jsonl"
        self.whole = airunner.validate(INT8, self.images[:6], "classification", targets=self.labels[:6], journal=path)
        return path

    def again(self, path):
        return airunner.validate(INT8, self.images[:6], "classification", targets=self.labels[:6], journal=path)

    def test_at_any_byte(self):
        """What is left is a beginning of the file, of whatever length."""
        path = self.journal()
        written = path.read_bytes()
        ends = {end for end in range(len(written) + 1) if end == 0 or written[end - 1:end] == b"\n"}
        for size in sorted(ends | set(range(0, len(written), 13)) | {end + 1 for end in ends} | {end - 1 for end in ends if end}):
            with self.subTest(size=size):
                path.write_bytes(written[:size])
                kept = max(0, written[:size].count(b"\n") - 2)  # without the header, and the line of the board
                found = self.again(path)
                self.assertEqual(found.document["accepted"], 6)
                self.assertEqual(found.document["missing"], 0)
                self.assertEqual(found.metrics, self.whole.metrics)
                # Those that were lost, and the shared one where it was kept.
                self.assertEqual(found.document["executed"], 6 + (kept > 0))
                self.assertEqual(len(self.lines(path)), found.document["executed"])

    def test_a_damaged_line_within(self):
        path = self.journal()
        lines = path.read_bytes().splitlines(keepends=True)
        lines[4] = lines[4].replace(b'"index": 2', b'"index": 5')
        path.write_bytes(b"".join(lines))
        with self.assertRaisesRegex(airunner.CorruptedError, "line 5 is damaged, and whole ones follow it"):
            self.again(path)

    def test_another_validation(self):
        path = self.journal()
        written = path.read_bytes()
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "of another validation .samples was 6, is 7"):
            airunner.validate(INT8, self.images[:7], "classification", targets=self.labels[:7], journal=path)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "of another validation .metrics was"):
            airunner.validate(INT8, self.images[:6], "regression", targets=self.images[:6, :10, 0, 0], journal=path)
        self.assertEqual(path.read_bytes(), written)

    def test_other_data_of_the_same_size(self):
        """An array has no name, and a file may have been written anew."""
        path = self.journal()
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "of another validation .content was"):
            airunner.validate(INT8, self.images[:6], "classification", targets=[*self.labels[:5], 0], journal=path)
        other = self.images[:6].copy()
        other[3] = 1
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "of another validation .content was"):
            airunner.validate(INT8, other, "classification", targets=self.labels[:6], journal=path)

    def test_another_network_on_the_same_board(self):
        """Between two runs somebody flashed another firmware."""
        board, path = self.folder() / "model", self.folder() / "journal.jsonl"
        board.symlink_to(INT8)
        airunner.validate(board, self.images[:6], "classification", targets=self.labels[:6], journal=path)
        board.unlink()
        board.symlink_to(FLOAT32)
        written = path.read_bytes()
        with self.assertRaisesRegex(airunner.InvalidArgumentError, rf"its results are of the network \w+, and {board} has \w+ now: give another file"):
            airunner.validate(board, self.images[:6], "classification", targets=self.labels[:6], journal=path)
        # Under another name it is the same firmware.
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "its results are of the network"):
            airunner.validate(FLOAT32, self.images[:6], "classification", targets=self.labels[:6], journal=path)
        self.assertEqual(path.read_bytes(), written)
        self.assertTrue(airunner.validate(INT8, self.images[:6], "classification", targets=self.labels[:6], journal=path))

    def changed(self, data, change, **arguments):
        """That a journal does not go on after the change."""
        path = self.folder() / "journal.jsonl"
        airunner.validate(INT8, data, "classification", journal=path, samples=3, **arguments)
        change()
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "of another validation"):
            airunner.validate(INT8, data, "classification", journal=path, samples=3, **arguments)

    def test_other_data_of_the_same_name(self):
        """One value, anywhere, is enough: of arrays, targets, files, and masks or images that stand in a .csv."""
        folder = self.folder()
        images, labels = folder / "images.npy", folder / "labels.npy"

        def save(path, array, place=None, value=0):
            array = array.copy()
            if place is not None:
                array[place] = value
            np.save(path, array)

        save(images, self.images)
        save(labels, self.labels)
        self.changed(images, lambda: save(labels, self.labels, 70, 3), targets=labels)
        self.changed(images, lambda: save(images, self.images, (70, 3, 3), 99), targets=labels)
        for number, image in enumerate(self.images[:8]):
            np.save(folder / f"{number}.npy", image)
        lines = [f"{number}.npy,{label}\n" for number, label in enumerate(self.labels[:8])]
        table = folder / "set.csv"
        table.write_text("".join(lines))
        self.changed(table, lambda: save(folder / "5.npy", self.images[5], (2, 2), 99))
        self.changed(table, lambda: table.write_text("".join(lines[:6] + ["6.npy,9\n", lines[7]])))

    def test_the_same_data_elsewhere(self):
        folder, path = self.folder(), self.folder() / "journal.jsonl"
        for name in ("one", "other"):
            np.save(folder / f"{name}.npy", self.images[:6])
            np.save(folder / f"{name}-labels.npy", self.labels[:6])
            found = airunner.validate(INT8, folder / f"{name}.npy", "classification", targets=folder / f"{name}-labels.npy", journal=path)
        self.assertEqual((found.document["accepted"], found.document["executed"]), (6, 7))

    def test_another_reference(self):
        reference, path = self.folder() / "model", self.folder() / "journal.jsonl"
        for model in (FLOAT32, INT8):
            reference.unlink(missing_ok=True)
            reference.symlink_to(model)
            if model == FLOAT32:
                airunner.validate(INT8, self.images, reference=reference, samples=3, journal=path)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "of another validation .metrics was"):
            airunner.validate(INT8, self.images, reference=reference, samples=3, journal=path)

    def test_a_journal_that_cannot_be_written(self):
        for path in (self.folder(), self.folder() / "nowhere" / "journal.jsonl"):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "it cannot be written"):
                airunner.validate(INT8, self.images, journal=path)

    def test_a_sample_that_the_data_has_not(self):
        path = self.journal()
        with Journal(path) as journal:
            journal.append([{**next(journal.results()), "index": 6}])
        with self.assertRaisesRegex(airunner.CorruptedError, "the journal has sample 6, which is none of the 6 of this run"):
            self.again(path)

    def test_no_journal(self):
        path = self.folder() / "notes.txt"
        for text in ("shopping list\nmilk\n", "milk", "milk\n", '{"schema": "airunner.run/1"}\n', '{"schema": "airunner.journal/1", "data": 5}\n'):
            path.write_text(text)
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "is no journal of airunner"):
                self.again(path)
            self.assertEqual(path.read_text(), text)

    def test_two_processes(self):
        path = self.folder() / "journal.jsonl"
        with Journal(path):
            with self.assertRaisesRegex(airunner.BusyError, "another process writes to it"):
                self.again(path)

    def test_a_file_system_without_locks(self):
        path = self.folder() / "journal.jsonl"
        with unittest.mock.patch("fcntl.flock", side_effect=OSError(errno.ENOLCK, "no locks")), Journal(path):
            pass

    def test_order_of_a_journal_does_not_matter(self):
        """Numbers are those of the samples in order, whatever came first."""
        path = self.journal()
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([lines[0], *reversed(lines[1:])]))
        self.assertEqual(self.again(path).metrics, self.whole.metrics)


class SameIndexOtherOutputs(ValidateTest):
    def test_a_board_that_is_not_deterministic_is_named(self):
        """A model with states that are not reset gives other outputs for the same sample."""
        board = str(FIXTURES / "accumulator-st-ai")
        with airunner.connect(board) as runner:
            data = {tensor.name: np.ones((4, *tensor.shape[1:]), tensor.dtype) for tensor in runner.model.inputs}
        path = self.folder() / "journal.jsonl"
        with airunner.connect(board) as runner:
            runner.model.reset_states()
            first = airunner.validate(runner.model, data, journal=path)
            self.assertTrue(first)
            again = airunner.validate(runner.model, data, journal=path, shared=2)
        self.assertFalse(again)
        self.assertEqual(again.document["boards"][0]["not_deterministic"], {"count": 2, "samples": [0, 1]})
        self.assertIn("is a non-deterministic board: other outputs for the same sample, of 0, 1", str(again))
        self.assertIn("is a non-deterministic board", again.to_html())


if __name__ == "__main__":
    unittest.main()
