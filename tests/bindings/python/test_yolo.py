# SPDX-License-Identifier: BSD-3-Clause
"""What the integration for Ultralytics sees in shapes and types, and how it converts; Ultralytics itself is tested by scripts/test-ultralytics."""

import unittest

from support import TestCase

import numpy as np
from airunner import Encoding, Error, TensorInfo
from airunner.integrations import _yolo


def tensor(shape, dtype="float32", scales=(), zero_points=(), axis=None):
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    encoding = Encoding.QUANTIZED if len(scales) else Encoding.PLAIN
    return TensorInfo("t", "I.0", dtype, encoding, shape, shape, count, count * dtype.itemsize, tuple(scales), tuple(zero_points), axis,
                      0, 0, None, 0)


def geometry(image, *outputs):
    return _yolo.Geometry((tensor(image),), tuple(map(tensor, outputs)))


class Shapes(TestCase):
    def test_layouts(self):
        for image, nhwc in (((1, 192, 128, 3), True), ((1, 3, 192, 128), False), ((1, 192, 128, 1), True), ((1, 192, 128), True)):
            with self.subTest(image=image):
                seen = geometry(image, (1, 84, 504))
                self.assertEqual((seen.nhwc, seen.height, seen.width), (nhwc, 192, 128))

    def test_tasks(self):
        image = (1, 192, 192, 3)
        for outputs, expected in (([(1, 84, 756)], ("detect", 80, False, False)), ([(1, 84, 1, 756)], ("detect", 80, False, False)),
                                  ([(1, 1, 756, 84)], ("detect", 80, True, False)), ([(1, 5, 756)], ("detect", 1, False, False)),
                                  ([(1, 300, 6)], ("detect", 0, False, True)), ([(1, 1, 1, 1000)], ("classify", 1000, False, False)),
                                  ([(1, 48, 48, 32), (1, 116, 756)], ("segment", 80, False, False)),
                                  ([(1, 116, 1, 756), (1, 32, 48, 48)], ("segment", 80, False, False))):
            with self.subTest(outputs=outputs):
                seen = geometry(image, *outputs)
                self.assertEqual((seen.task, seen.n_classes, seen.transposed, seen.end2end), expected)

    def test_what_is_no_yolo(self):
        for image, outputs in (((1, 10), [(1, 84, 756)]), ((1, 7, 192, 9), [(1, 84, 756)]), ((1, 192, 192, 3), [(1, 4, 756)]),
                               ((1, 192, 192, 3), [(1, 84, 756), (1, 84, 756)])):
            with self.subTest(image=image, outputs=outputs), self.assertRaises(Error):
                geometry(image, *outputs)
        with self.assertRaisesRegex(Error, "null:"):
            _yolo.open_network("null:")

    def test_prototypes_as_large_as_they_are_many(self):
        for image, nhwc in (((1, 128, 128, 3), True), ((1, 3, 128, 128), False)):
            self.assertEqual(geometry(image, (1, 116, 336), (1, 32, 32, 32)).prototype_axes((1, 32, 32, 32)), (32, nhwc))


class Values(TestCase):
    def setUp(self):
        self.images = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5) / 119

    def test_input(self):
        last = self.images.transpose(0, 2, 3, 1)
        np.testing.assert_array_equal(_yolo.to_stored(self.images, tensor((1, 4, 5, 3)), True), last)
        np.testing.assert_array_equal(_yolo.to_stored(self.images, tensor((1, 3, 4, 5)), False), self.images)
        pixels = np.rint(last * 255)
        for info, offset in ((tensor((1, 4, 5, 3), "uint8", [1 / 255], [0]), 0), (tensor((1, 4, 5, 3), "int8", [1 / 255], [-128]), -128),
                             (tensor((1, 4, 5, 3), "uint8"), 0)):
            stored = _yolo.to_stored(self.images, info, True)
            self.assertEqual(stored.dtype, info.dtype)
            np.testing.assert_array_equal(stored, pixels + offset)

    def test_every_byte_survives(self):
        """Truncation would move about half of them by one."""
        pixels = np.arange(256, dtype=np.uint8)
        images = (pixels.astype(np.float32) / 255).reshape(1, 1, 16, 16)
        stored = _yolo.to_stored(images, tensor((1, 16, 16, 1), "uint8", [1 / 255], [0]), True)
        np.testing.assert_array_equal(stored.reshape(-1), pixels)

    def test_output_per_channel(self):
        stored = np.arange(12, dtype=np.int8).reshape(1, 3, 1, 4)
        scales = np.array([0.5, 1, 2], np.float32)
        real = _yolo.to_real(stored, tensor((1, 3, 1, 4), "int8", scales, [0, 1, 2], 1))
        np.testing.assert_allclose(real, (stored.reshape(1, 3, 4) - np.array([0, 1, 2]).reshape(3, 1)) * scales.reshape(3, 1))

    def test_boxes_become_pixels(self):
        seen = geometry((1, 192, 128, 3), (1, 6, 504))
        parts = np.random.default_rng(0).random((2, 6, 504), np.float32)
        expected = parts * np.array([128, 192, 128, 192, 1, 1], np.float32).reshape(6, 1)
        np.testing.assert_allclose(_yolo.to_pixels(parts.copy(), seen), expected)
        np.testing.assert_array_equal(_yolo.to_pixels(expected.copy(), seen), expected)
        turned = geometry((1, 192, 128, 3), (1, 504, 6))
        np.testing.assert_allclose(_yolo.to_pixels(parts.transpose(0, 2, 1).copy(), turned), expected)
        selected = geometry((1, 192, 128, 3), (1, 300, 6))
        rows = parts[:, :, :300].transpose(0, 2, 1).copy()
        np.testing.assert_allclose(_yolo.to_pixels(rows, selected), expected[:, :, :300].transpose(0, 2, 1))


if __name__ == "__main__":
    unittest.main()
