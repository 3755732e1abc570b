# SPDX-License-Identifier: BSD-3-Clause
"""airunner.validation: where samples come from. Files of every kind are made here, with the standard library where it can."""

import importlib.util
import json
import sys
import unittest
import wave
from types import SimpleNamespace
from unittest import mock

import numpy as np

from validating import FLOAT32, IMAGES, INT8, LABELS, ValidateTest

import airunner
from airunner.validation import Coco, Files, ImageRules, WavRules
from airunner.validation.data import source_of
from airunner.validation.data.wav import read_wav

HAS_PILLOW = importlib.util.find_spec("PIL") is not None


def tensor(*shape, dtype=np.float32, layout=None):
    return SimpleNamespace(name="input", shape=(1, *shape), dtype=np.dtype(dtype), layout=layout, n_elements=int(np.prod(shape)))


class ArrayFiles(ValidateTest):
    def check(self, data, targets=None, **more):
        found = airunner.validate(INT8, data, "classification", targets=targets, **more)
        self.assertEqual(found.metrics, self.wanted)
        return found

    def setUp(self):
        self.wanted = airunner.validate(INT8, self.images, "classification", targets=self.labels).metrics

    def test_npz(self):
        folder = self.folder()
        for name, save in (("stored", np.savez), ("packed", np.savez_compressed)):
            for keys in (("x", "y"), ("input_1", "labels"), ("x_test", "y_test"), ("whatever", "targets")):
                path = folder / f"{name}.npz"
                save(path, **dict(zip(keys, (self.images, self.labels))))
                found = self.check(path)
                self.assertEqual(found.document["data"], {"kind": "npz", "path": str(path)})
        source = source_of(folder / "stored.npz")
        source.bind([tensor(8, 8, 1)])
        self.assertIsInstance(source[0][0][0].base, np.memmap)  # it stays in the file

    def test_npy(self):
        found = self.check(IMAGES, LABELS)
        self.assertEqual(found.document["data"]["targets"], str(LABELS))

    def test_float64_and_missing_dimensions(self):
        self.check(self.images.astype(np.float64)[..., 0], self.labels)

    def test_wrong_files(self):
        folder = self.folder()
        (folder / "x.npy").write_bytes(b"nothing")
        with self.assertRaisesRegex(airunner.InvalidInputError, "it cannot be read as arrays"):
            airunner.validate(INT8, folder / "x.npy")
        np.savez(folder / "x.npz", a=self.images, b=self.images)
        with self.assertRaisesRegex(airunner.InvalidInputError, "arrays are named 'a', 'b', expected 'input_1'"):
            airunner.validate(INT8, folder / "x.npz")
        with self.assertRaisesRegex(airunner.InvalidInputError, "different numbers of samples: inputs 360, targets 2"):
            airunner.validate(INT8, self.images, targets=[1, 2])


class DataSets(ValidateTest):
    def test_iterables(self):
        wanted = airunner.validate(INT8, self.images, "classification", targets=self.labels).metrics
        pairs = list(zip(self.images, self.labels))
        for data in (pairs, iter(pairs), (pair for pair in pairs)):
            found = airunner.validate(INT8, data, "classification")
            self.assertEqual(found.metrics, wanted)
            self.assertEqual((found.document["samples"], found.document["missing"]), (360, 0))

    def test_an_iterable_goes_on(self):
        journal = self.folder() / "journal.jsonl"

        def samples(broken):
            for place, pair in enumerate(zip(self.images, self.labels)):
                if broken and place == 300:
                    raise OSError("the disk is gone")
                yield pair

        with self.assertRaisesRegex(OSError, "the disk is gone"):
            airunner.validate(INT8, samples(True), "classification", journal=journal)
        before = len(self.lines(journal))
        found = airunner.validate(INT8, samples(False), "classification", journal=journal)
        self.assertGreater(before, 0)
        self.assertEqual((found.document["accepted"], found.document["executed"]), (360, 361))
        self.assertEqual(found.metrics, airunner.validate(INT8, self.images, "classification", targets=self.labels).metrics)

    def test_like_torch(self):
        """`len()` and `[]`, and tensors that NumPy can read; it may be shuffled."""
        class Tensor:
            def __init__(self, array):
                self._array = array

            def __array__(self, dtype=None, copy=None):
                return np.asarray(self._array, dtype)

        class Dataset:
            def __len__(self):
                return 360

            def __getitem__(own, index):
                return Tensor(self.images[index]), Tensor(self.labels[index])

        found = airunner.validate(INT8, Dataset(), "classification", shuffle=3)
        self.assertEqual(found.metrics, airunner.validate(INT8, self.images, "classification", targets=self.labels).metrics)
        self.assertEqual(found.document["order"], "shuffled by seed 3 (NumPy's default_rng)")

    def test_like_tensorflow(self):
        """`cardinality()`, `as_numpy_iterator()`."""
        class Dataset:
            def cardinality(self):
                return np.int64(-2)

            def as_numpy_iterator(own):
                return iter(list(zip(self.images, self.labels)))

            def __iter__(self):
                raise AssertionError("of tensors that nobody here can read")

        found = airunner.validate(INT8, Dataset(), "classification", samples=50)
        self.assertEqual((found.document["samples"], found.document["accepted"]), (50, 50))
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "gives its samples in one order only"):
            airunner.validate(INT8, Dataset(), shuffle=1)

    def test_single_values_are_no_arrays(self):
        for data, targets, name in ((np.float32(1), None, "inputs"), (self.images, self.labels[0], "targets")):
            with self.assertRaisesRegex(airunner.InvalidInputError, f"{name} is a single value, expected an array whose first dimension"):
                airunner.validate(INT8, np.asarray(data), targets=targets)

    def test_arrays_beside_those_that_are_used(self):
        """Of any type and shape; but what is used has to fit."""
        folder = self.folder()
        data = {"x": self.images[:4], "y": self.labels[:4], "when": np.zeros(4, "datetime64[s]"), "none": np.zeros((4, 0))}
        np.savez(folder / "data.npz", **data)
        self.assertTrue(airunner.validate(INT8, folder / "data.npz", "classification", journal=folder / "journal.jsonl"))
        for group, told in ((np.array(0), "group is a single value"), (np.zeros(3), "arrays of different numbers of samples: .*group 3")):
            with self.assertRaisesRegex(airunner.InvalidInputError, told):
                airunner.validate(INT8, {**data, "group": group}, "classification")

    def test_batches_are_no_samples(self):
        """But for those of one."""
        ones, fours = ([(self.images[first:first + n], self.labels[first]) for first in range(0, 40, n)] for n in (1, 4))
        self.assertTrue(airunner.validate(INT8, ones, "classification").complete)
        with self.assertRaisesRegex(airunner.InvalidInputError, "sample 0 has 2 inputs, expected 1; .* a loader, which gives lists of batches"):
            airunner.validate(INT8, [list(pair) for pair in fours], "classification")  # as PyTorch's DataLoader
        with self.assertRaisesRegex(airunner.InvalidInputError, r"sample 0 has the shape \(4, 8, 8, 1\) and looks like a batch, expected one sample, \(8, 8, 1\).*unbatch"):
            airunner.validate(INT8, fours, "classification")

    def test_shuffled_indices_are_those_of_the_data(self):
        journal = self.folder() / "journal.jsonl"
        for samples in (30, 30):
            airunner.validate(INT8, self.images, "classification", targets=self.labels, samples=samples, shuffle=5, journal=journal)
        lines = self.lines(journal)
        self.assertEqual(len(lines), 31)
        self.assertNotEqual([line["index"] for line in lines], sorted(line["index"] for line in lines))
        for line in lines:
            self.assertEqual(line["kept"][0]["label"], self.labels[line["index"]])

    def test_what_is_no_data(self):
        for data, told in ((5, "data is a int"), ([(1, 2, 3)], "a tuple of 3"), ([], "there are no samples")):
            with self.assertRaisesRegex(airunner.Error, told):
                airunner.validate(INT8, data)
        with self.assertRaisesRegex(airunner.InvalidInputError, "is not there"):
            airunner.validate(INT8, "/no/such/folder")
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "targets=...: they are for arrays"):
            airunner.validate(INT8, [self.images[0]], targets=[1])


class FilesOfSamples(ValidateTest):
    def test_folders_of_classes(self):
        folder = self.folder()
        for place, (image, label) in enumerate(zip(self.images[:60], self.labels[:60])):
            (folder / f"digit-{label}").mkdir(exist_ok=True)
            np.save(folder / f"digit-{label}" / f"{place:03}.npy", image)
        found = airunner.validate(INT8, folder, "classification")
        self.assertEqual(found.metrics["classification"]["top1"],
                         airunner.validate(INT8, self.images[:60], "classification", targets=self.labels[:60]).metrics["classification"]["top1"])
        self.assertEqual(found.document["data"]["classes"], [f"digit-{number}" for number in range(10)])
        self.assertEqual(found.metrics["classification"]["classes"][3]["name"], "digit-3")

    def test_csv_of_paths(self):
        folder = self.folder()
        for place, image in enumerate(self.images[:20]):
            np.save(folder / f"{place}.npy", image)
        for head, words in (("path,label\n", False), ("", False), ("file,class\n", True)):
            names = [f"d{label}" if words else str(label) for label in self.labels[:20]]
            (folder / "set.csv").write_text(head + "".join(f"{place}.npy,{name}\n" for place, name in enumerate(names)))
            found = airunner.validate(FLOAT32, folder / "set.csv", "classification" if not words else ())
            self.assertEqual(found.document["accepted"], 20)
        (folder / "set.csv").write_text("0.npy,1,2\n")
        with self.assertRaisesRegex(airunner.InvalidInputError, "has 3 cells, expected a path and a target"):
            airunner.validate(FLOAT32, folder / "set.csv")

    def test_targets_of_a_csv(self):
        folder = self.folder()
        for place, image in enumerate(self.images[:3]):
            np.save(folder / f"{place}.npy", image)

        def targets(*cells):
            (folder / "set.csv").write_text("".join(f"{place}.npy,{cell}\n" for place, cell in enumerate(cells)))
            source = Files(folder / "set.csv")
            return [target for _, target in source._files], source.names

        # An empty cell is no class of its own, and a word with a dot no file.
        self.assertEqual(targets("3", "", "0.5"), ([3, None, 0.5], []))
        self.assertEqual(targets("St. Bernard", "", "cat"), ([0, None, 1], ["St. Bernard", "cat"]))
        with self.assertRaisesRegex(airunner.InvalidInputError, "some targets are numbers such as 7, others words such as 'cat'"):
            targets("7", "cat", "9")
        targets("3", "", "4")
        with self.assertRaisesRegex(airunner.InvalidInputError, "sample 1 has no target"):
            airunner.validate(FLOAT32, folder / "set.csv", "classification")
        (folder / "set.csv").write_bytes(b"0.npy,\xe9t\xe9\n")
        with self.assertRaisesRegex(airunner.InvalidInputError, "cannot be read as CSV in UTF-8"):
            Files(folder / "set.csv")

    def test_an_empty_folder(self):
        with self.assertRaisesRegex(airunner.InvalidInputError, "there are no samples in it: expected files that end in .jpg"):
            airunner.validate(FLOAT32, self.folder())


class Sounds(ValidateTest):
    def write(self, path, values, width=2, channels=1, rate=16000):
        path.parent.mkdir(exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(width)
            file.setframerate(rate)
            data = np.rint(np.asarray(values, np.float64) * (2**(8 * width - 1) - 1)).astype(np.int64)
            data = data + 128 if width == 1 else data
            file.writeframes(b"".join(int(value).to_bytes(width, "little", signed=width > 1) for value in data.ravel()))

    def test_every_width(self):
        folder = self.folder()
        values = np.linspace(-1, 1, 21)
        for width in (1, 2, 3, 4):
            self.write(folder / "x.wav", values, width)
            read, rate = read_wav(folder / "x.wav")
            self.assertEqual((read.shape, read.dtype, rate), ((21, 1), np.float32, 16000))
            np.testing.assert_allclose(read[:, 0], values, atol=2.0**(2 - 8 * width) + 1e-6)

    def test_a_file_that_was_cut_off(self):
        """Within a sample of several bytes: those before it are there."""
        path = self.folder() / "x.wav"
        for width in (2, 3, 4):
            self.write(path, np.linspace(-1, 1, 20), width, channels=2)
            path.write_bytes(path.read_bytes()[:-1])
            self.assertEqual(read_wav(path)[0].shape, (9, 2))

    def test_a_folder(self):
        """Short ones are filled up, long ones cut, channels averaged."""
        folder = self.folder()
        self.write(folder / "no" / "a.wav", [0.5] * 32)
        self.write(folder / "yes" / "b.wav", [0.25] * 100)
        self.write(folder / "yes" / "c.wav", [[0.5, 0.0]] * 64, channels=2)
        source = Files(folder, sounds=WavRules(rate=16000))
        source.bind([tensor(64)])
        samples = list(source)
        self.assertEqual([target for _, target in samples], [0, 1, 1])
        np.testing.assert_allclose(samples[0][0], [0.5] * 32 + [0] * 32, atol=1e-4)
        np.testing.assert_allclose(samples[1][0], [0.25] * 64, atol=1e-4)
        np.testing.assert_allclose(samples[2][0], [0.25] * 64, atol=1e-4)
        self.assertEqual(source.rules["sounds"]["size"], [64])
        found = airunner.validate(FLOAT32, Files(folder), "classification")
        self.assertEqual(found.document["accepted"], 3)

    def test_features_and_rates(self):
        folder = self.folder()
        self.write(folder / "no" / "a.wav", [0.5] * 32, rate=8000)
        source = Files(folder, sounds=WavRules(features=lambda sound, rate: np.full(4, sound.max() * rate)))
        source.bind([tensor(4)])
        np.testing.assert_allclose(source[0][0], [4000] * 4, rtol=1e-3)
        with self.assertRaisesRegex(airunner.InvalidInputError, "8000 samples a second, expected 16000"):
            airunner.validate(FLOAT32, Files(folder, sounds=WavRules(rate=16000)))
        (folder / "no" / "a.wav").write_bytes(b"RIFF")
        with self.assertRaisesRegex(airunner.InvalidInputError, "cannot be read as PCM"):
            airunner.validate(FLOAT32, folder)


class WithoutPillow(ValidateTest):
    def test_it_is_named(self):
        folder = self.folder()
        (folder / "a").mkdir()
        (folder / "a" / "x.png").write_bytes(b"")
        with mock.patch.dict(sys.modules, {"PIL": None, "PIL.Image": None}):
            with self.assertRaisesRegex(airunner.UnsupportedError, "the Python package Pillow is needed .*pip install Pillow"):
                airunner.validate(FLOAT32, folder)


@unittest.skipUnless(HAS_PILLOW, "Pillow is not there")
class Images(ValidateTest):
    def write(self, path, pixels):
        from PIL import Image

        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)

    def read(self, pixels, rules, *shape, **more):
        path = self.folder() / "x.png"
        self.write(path, pixels)
        rules.bind([tensor(*shape, **more)])
        return rules.read(path)

    def test_normalising(self):
        pixels = np.random.default_rng(1).integers(0, 256, (6, 6, 3), np.uint8)
        unit = pixels.astype(np.float32) / 255
        mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
        for name, wanted in (("unit", unit), ("symmetric", unit * 2 - 1), ("bytes", pixels), ("imagenet", (unit - mean) / std)):
            np.testing.assert_allclose(self.read(pixels, ImageRules("stretch", normalise=name), 6, 6, 3), wanted, atol=1e-4, err_msg=name)
        np.testing.assert_array_equal(self.read(pixels, ImageRules("stretch", normalise="stored"), 6, 6, 3, dtype=np.uint8), pixels)
        np.testing.assert_array_equal(self.read(pixels, ImageRules("stretch", normalise="stored"), 6, 6, 3, dtype=np.int8), pixels.astype(int) - 128)
        np.testing.assert_allclose(self.read(pixels, ImageRules("stretch", colours="BGR"), 3, 6, 6), unit[:, :, ::-1].transpose(2, 0, 1), atol=1e-6)

    def test_sizes(self):
        """A red half beside a green one, wider than high."""
        pixels = np.zeros((40, 80, 3), np.uint8)
        pixels[:, :40, 0], pixels[:, 40:, 1] = 255, 255
        crop = self.read(pixels, ImageRules("crop", crop=1.0), 20, 20, 3)
        self.assertEqual((crop[10, 2].tolist(), crop[10, 17].tolist()), ([1, 0, 0], [0, 1, 0]))
        letterbox = self.read(pixels, ImageRules("letterbox"), 20, 20, 3)
        np.testing.assert_allclose(letterbox[:5], 114 / 255, atol=1e-6)
        np.testing.assert_allclose(letterbox[15:], 114 / 255, atol=1e-6)
        self.assertEqual(letterbox[10, 2].tolist(), [1, 0, 0])

    def test_the_middle_is_that_of_torchvision(self):
        """Resize(256), CenterCrop(224): of an image of 256 pixels the middle, untouched."""
        pixels = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
        np.testing.assert_array_equal(self.read(pixels, ImageRules(normalise="stored"), 224, 224, 3, dtype=np.uint8), pixels[16:240, 16:240])

    def test_what_has_the_right_size_is_left_as_it_is(self):
        pixels = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
        for resize in ("crop", "stretch", "letterbox"):
            np.testing.assert_array_equal(self.read(pixels, ImageRules(resize, normalise="stored"), 8, 8, 3, dtype=np.uint8), pixels)

    def test_a_folder_of_digits(self):
        folder = self.folder()
        for place, (image, label) in enumerate(zip(self.images[:80], self.labels[:80])):
            self.write(folder / str(label) / f"{place}.png", np.rint(image[:, :, 0] * 255).astype(np.uint8))
        found = airunner.validate(INT8, Files(folder, images=ImageRules("stretch")), "classification")
        self.assertGreater(found.metrics["classification"]["top1"], 0.95)
        self.assertEqual(found.document["data"]["images"], {"resize": "stretch", "normalise": "unit", "colours": "RGB", "size": [8, 8], "channels": 1,
                                                            "filter": "bilinear, antialiased", "reader": "Pillow"})

    def test_masks_of_a_csv(self):
        folder = self.folder()
        self.write(folder / "image.png", np.zeros((16, 16, 3), np.uint8))
        self.write(folder / "mask.png", np.kron([[0, 1], [2, 255]], np.ones((8, 8))).astype(np.uint8))
        (folder / "set.csv").write_text("image.png,mask.png\n")
        source = Files(folder / "set.csv")
        source.bind([tensor(4, 4, 3)])
        np.testing.assert_array_equal(source[0][1], np.kron([[0, 1], [2, 255]], np.ones((2, 2))))

    def test_coco(self):
        folder = self.folder()
        self.write(folder / "a.png", np.zeros((50, 100, 3), np.uint8))
        (folder / "truth.json").write_text(json.dumps({
            "images": [{"id": 7, "file_name": "a.png", "width": 100, "height": 50}],
            "categories": [{"id": 90, "name": "dog"}, {"id": 3, "name": "cat"}],
            "annotations": [{"image_id": 7, "category_id": 90, "bbox": [10, 10, 20, 20], "area": 350.5, "iscrowd": 0}]}))
        source = Coco(folder / "truth.json", folder)
        source.bind([tensor(32, 32, 3)])
        _, target = source[0]
        self.assertEqual(source.names, ["cat", "dog"])
        self.assertEqual(target, {"boxes": [[1, 10, 10, 20, 20, 350.5, 0]], "size": [100, 50], "scale_x": 0.32, "scale_y": 0.32, "left": 0, "top": 8})
        with self.assertRaisesRegex(airunner.InvalidInputError, "cannot be read as COCO's annotations .KeyError"):
            (folder / "truth.json").write_text("{}")
            Coco(folder / "truth.json", folder)

    def test_what_is_wrong(self):
        for arguments, told in (({"resize": "squash"}, "expected one of crop, stretch, letterbox"), ({"normalise": "x"}, "expected one of unit"),
                                ({"crop": 0}, "more than 0")):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, told):
                ImageRules(**arguments)
        with self.assertRaisesRegex(airunner.InvalidModelError, "neither its second nor its last dimension"):
            ImageRules().bind([tensor(5, 6, 7)])
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "is for 3 colours"):
            self.read(np.zeros((4, 4), np.uint8), ImageRules(normalise="imagenet"), 4, 4, 1)
        path = self.folder() / "a" / "x.png"
        path.parent.mkdir()
        path.write_bytes(b"nothing")
        with self.assertRaisesRegex(airunner.InvalidInputError, "cannot be read as an image"):
            airunner.validate(FLOAT32, path.parents[1])


if __name__ == "__main__":
    unittest.main()
