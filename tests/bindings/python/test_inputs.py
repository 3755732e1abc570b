# SPDX-License-Identifier: BSD-3-Clause
"""airunner: what is taken as input, and what is refused."""

import unittest

import numpy as np

from support import FIXTURES, TINY_ST_AI, TestCase

import airunner


class ArrayLike:
    """Something of another package that NumPy can read."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return self._array if dtype is None else self._array.astype(dtype)


class OneInput(TestCase):
    def setUp(self):
        self.model = self.connect(TINY_ST_AI).model
        (self.x,) = self.model.random_inputs(3)
        self.expected = self.model.invoke(self.x).outputs[0]

    def assert_taken(self, value, **arguments):
        before = value.copy() if isinstance(value, np.ndarray) else None
        np.testing.assert_array_equal(self.model.invoke(value, **arguments).outputs[0], self.expected)
        if before is not None:
            np.testing.assert_array_equal(value, before)

    def assert_refused(self, value, text, **arguments):
        with self.assertRaisesRegex(airunner.InvalidInputError, text):
            self.model.invoke(value, **arguments)
        self.assert_taken(self.x)  # the model is as it was

    def test_containers(self):
        for value in ([self.x], (self.x,), {"input_1": self.x}, ArrayLike(self.x), [ArrayLike(self.x)], self.x.tolist()):
            with self.subTest(kind=type(value)):
                self.assert_taken(value)

    def test_memory_layouts(self):
        wide = np.zeros((6, 4, 4, 2), np.int8)
        wide[::2] = self.x
        self.assert_taken(wide[::2])
        self.assert_taken(np.asfortranarray(self.x))
        self.assert_taken(self.x[::-1][::-1])
        read_only = self.x.copy()
        read_only.flags.writeable = False
        self.assert_taken(read_only)
        unaligned = np.zeros(self.x.nbytes + 1, np.int8)[1:].reshape(self.x.shape)
        unaligned[...] = self.x
        self.assert_taken(unaligned)

    def test_dimensions_of_one(self):
        self.assert_taken(self.x.reshape(3, 1, 4, 4, 1, 2))

    def test_contiguous_inputs_are_not_copied(self):
        arrays, _ = self.model._bind_inputs([self.x], False)
        self.assertTrue(np.shares_memory(arrays[0], self.x))

    def test_pixels_are_no_real_values(self):
        pixels = np.zeros((1, *self.model.inputs[0].shape[1:]), np.uint8)
        self.assert_refused(pixels, "only real values are quantized; stored ones stand for real values from -62.5 to 65.*array / 255.*quantize=True", quantize=True)

    def test_nan(self):
        real = self.model.inputs[0].dequantize(self.x)
        real.flat[0] = np.nan
        with self.assertWarnsRegex(RuntimeWarning, "input #1 'input_1': 1 of [0-9]+ values are NaN, which are quantized to 0") as told:
            self.model.invoke(real, quantize=True)
        self.assertEqual(told.filename, __file__)

    def test_clipped(self):
        real = self.model.inputs[0].dequantize(self.x)
        with self.assertWarnsRegex(RuntimeWarning, "input #1 'input_1': [0-9.]+ % of the values are clipped: it holds -62.5 to 65"):
            self.model.invoke(real * 1000 + 100, quantize=True)

    def test_quantize(self):
        real = self.model.inputs[0].dequantize(self.x)
        for dtype in (np.float32, np.float64):
            self.assert_taken(real.astype(dtype), quantize=True)
        self.assert_taken(self.x, quantize=True)

    def test_wrong_shapes(self):
        expected = r"expected \(n, 4, 4, 2\); the first dimension counts the samples"
        for shape in ((4, 4), (3, 32), (3, 2, 4, 4), (3, 4, 4, 3)):
            with self.subTest(shape=shape):
                self.assert_refused(np.zeros(shape, np.int8), expected)
        self.assert_refused(np.int8(3), expected)

    def test_one_sample_without_its_first_dimension(self):
        for one in (self.x[0], self.x[0].reshape(4, 1, 4, 2)):
            with self.assertWarnsRegex(UserWarning, r"input #1 'input_1': an array of shape .* is taken as one sample") as told:
                np.testing.assert_array_equal(self.model.invoke(one).outputs[0], self.expected[:1])
            self.assertEqual(told.filename, __file__)

    def test_pixels_for_a_signed_input(self):
        self.assert_refused(self.x.view(np.uint8), "dtype is uint8, expected int8: .*; stored ones stand for real values from .* to .*"
                                                   "quantize=True", quantize=True)

    def test_values_that_are_not_finite_are_told_once(self):
        model = self.connect("null:").model
        a, b = model.random_inputs(2)
        a[0, 0, 0, 0], a[1, 0, 0, 0] = np.nan, np.inf
        for dtype in (np.float32, np.float64):
            with self.assertLogs("airunner", "WARNING") as log:
                model.invoke([a.astype(dtype), b], quantize=True)
                model.invoke([a.astype(dtype), b], quantize=True)
            self.assertEqual(log.output, ["WARNING:airunner:input #1 'input_1' has 1 NaN and 1 infinite among 64 values"])
            with self.assertNoLogs("airunner", "WARNING"):
                model.invoke([np.zeros_like(a), b])

    def test_wrong_dtypes(self):
        for dtype in (np.uint8, np.int16, bool, np.float16):
            self.assert_refused(self.x.astype(dtype), f"dtype is {np.dtype(dtype)}, expected int8")
        self.assert_refused(self.x.astype(np.float32), "or quantize=True for real values")
        self.assert_refused(self.x.astype(object), "dtype is object")
        self.assert_refused(self.x.astype("U4"), "expected int8")
        self.assert_refused(self.x.astype(complex), "expected int8")
        self.assert_refused((self.x.astype(int) + 300).tolist(), "some values are no int8")
        self.assert_refused("text", "inputs is the path .text., expected arrays")

    def test_empty_batch(self):
        self.assert_refused(self.x[:0], "the batch is empty")

    def test_wrong_count(self):
        self.assert_refused([self.x, self.x], "2 inputs, expected 1")
        self.assert_refused({"other": self.x}, "inputs are named 'other', expected 'input_1'")
        self.assert_refused([], "0 inputs, expected 1")


class SeveralInputs(TestCase):
    def setUp(self):
        self.model = self.connect("null:").model
        self.inputs = self.model.random_inputs(2)

    def test_big_endian(self):
        a, b = self.inputs
        expected = self.model.invoke([a, b]).outputs
        got = self.model.invoke([a.astype(">f4"), b]).outputs
        for x, y in zip(got, expected):
            np.testing.assert_array_equal(x, y)

    def test_by_name_in_any_order(self):
        a, b = self.inputs
        expected = self.model.invoke([a, b]).outputs
        np.testing.assert_array_equal(self.model.invoke({"input_2": b, "input_1": a}).outputs[1], expected[1])

    def test_batches_of_different_length(self):
        a, b = self.inputs
        with self.assertRaisesRegex(airunner.InvalidInputError, "input #2 'input_2': 1 samples, input #1 has 2"):
            self.model.invoke([a, b[:1]])

    def test_bare_array_for_two_inputs(self):
        with self.assertRaisesRegex(airunner.InvalidInputError, "1 inputs, expected 2"):
            self.model.invoke(self.inputs[0])


class AllFormats(TestCase):
    def test_storage_of_every_format(self):
        for flavour in ("legacy", "st-ai"):
            model = self.connect(FIXTURES / f"formats-{flavour}").model
            inputs = model.random_inputs(2)
            outputs, _ = model.invoke(inputs)
            self.assertEqual([o.dtype for o in outputs], [t.dtype for t in model.outputs])
            self.assertEqual([o.shape for o in outputs], [(2, *t.storage_shape[1:]) for t in model.outputs])
            np.testing.assert_array_equal(outputs[2], ~inputs[2].reshape(outputs[2].shape))
            real, _ = model.invoke(inputs, dequantize=True)
            self.assertEqual([o.shape for o in real], [(2, *t.shape[1:]) for t in model.outputs])
            self.assertTrue(all(o.dtype == np.float32 for o in real))


if __name__ == "__main__":
    unittest.main()
