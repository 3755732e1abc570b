# SPDX-License-Identifier: BSD-3-Clause
"""airunner: values of nodes given to a run."""

import unittest

import numpy as np

from support import DIGITS, SOURCE, TestCase

import airunner
from airunner import Capability

# Of the model of null:, for each node those that follow it.
FOLLOWERS = {0: {1, 3}, 1: {3}, 2: {3}, 3: set()}


class Given(TestCase):
    def setUp(self):
        self.model = self.connect().model
        self.inputs = self.model.random_inputs(5)
        self.plain = self.run_layers()

    def run_layers(self, **arguments):
        """Outputs, and for each node its data."""
        outputs, profile = self.model.invoke(self.inputs, mode="per_layer_with_data", **arguments)
        return outputs, [node.data for node in profile.nodes]

    def changed(self, ran):
        """Nodes whose data are not those of the plain run."""
        pairs = zip(self.plain[1], ran[1])
        return {node for node, (plain, now) in enumerate(pairs) if any(a.tobytes() != b.tobytes() for a, b in zip(plain, now))}

    def assert_same_outputs(self, outputs):
        for plain, now in zip(self.plain[0], outputs):
            np.testing.assert_array_equal(plain, now)

    def test_own_values_change_nothing(self):
        self.assertIn(Capability.GIVEN, self.model.info.capabilities)
        own = dict(enumerate(self.plain[1]))
        self.model.prepare(own)
        ran = self.run_layers(given=own)
        self.assertEqual(self.changed(ran), set())
        self.assert_same_outputs(ran[0])

    def test_zeros_change_what_follows(self):
        for node, data in enumerate(self.plain[1]):
            with self.subTest(node=node):
                self.model.prepare([node])
                ran = self.run_layers(given={node: [np.zeros_like(block) for block in data]})
                self.assertEqual(self.changed(ran), FOLLOWERS[node])
                self.assertFalse(np.array_equal(ran[0][1], self.plain[0][1]) and np.array_equal(ran[0][0], self.plain[0][0]))

    def test_names_and_single_arrays(self):
        name = self.plain_name(2)
        self.model.prepare(name)
        zeros = np.zeros_like(self.plain[1][2][0])
        by_name, by_index = (self.model.invoke(self.inputs, given={key: zeros}).outputs for key in (name, 2))
        np.testing.assert_array_equal(by_name[1], by_index[1])
        self.assertFalse(np.array_equal(by_name[1], self.plain[0][1]))

    def plain_name(self, node):
        return self.model.invoke(self.inputs, mode="per_layer").profile.nodes[node].name

    def test_every_way_to_name_nodes(self):
        own = self.plain[1]
        for nodes in ([0, 1], (0, "quantize"), np.array([0, 1]), iter([0, 1]), {0: None, 1: None}):
            self.model.prepare(nodes)
            self.assert_same_outputs(self.run_layers(given={"scale": own[0], np.int64(1): own[1]})[0])
        for node in (1, np.int64(1), "quantize"):
            self.model.prepare(node)
            self.assert_same_outputs(self.run_layers(given={1: own[1]})[0])
        with self.assertRaisesRegex(airunner.InvalidInputError, "given twice"):
            self.run_layers(given={1: own[1], "quantize": own[1]})

    def test_a_run_without_is_as_before(self):
        self.model.prepare([0, 2])
        self.assert_same_outputs(self.run_layers()[0])
        self.model.prepare()
        self.assert_same_outputs(self.run_layers()[0])
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "prepared for none"):
            self.run_layers(given={0: self.plain[1][0]})

    def test_arrays_need_not_be_contiguous(self):
        values = self.plain[1][2][0]
        self.model.prepare([2])
        turned = np.asfortranarray(np.repeat(values, 2, axis=0))[::2]
        self.assertFalse(turned.flags.c_contiguous)
        self.assert_same_outputs(self.run_layers(given={2: turned})[0])

    def test_real_values(self):
        """As with inputs, they are converted when that is asked for."""
        node = self.model.invoke(self.inputs, mode="per_layer").profile.nodes[1]
        own = self.plain[1][1][0]
        real = node.info.outputs[0].dequantize(own)
        self.model.prepare(node.name)
        with self.assertRaisesRegex(airunner.InvalidInputError, "dtype is float32, expected int8, or quantize=True for real values"):
            self.run_layers(given={1: real})
        for values in (real, real.astype(np.float64), real.astype(real.dtype.newbyteorder()), own):
            with self.subTest(values.dtype):
                ran = self.run_layers(given={1: values}, quantize=True)
                self.assertEqual(self.changed(ran), set())
                self.assert_same_outputs(ran[0])
        self.assertEqual(self.changed(self.run_layers(given={1: real + 10}, quantize=True)), FOLLOWERS[1])
        with self.assertRaisesRegex(airunner.InvalidInputError, r"shape is \(5, 32\), expected \(5, 4, 4, 2\)"):
            self.run_layers(given={1: real.reshape(5, 32)}, quantize=True)
        real[0, 0, 0, 0] = np.nan
        with self.assertWarnsRegex(RuntimeWarning, "output 0 of node 1 'quantize': 1 of 160 values are NaN") as told:
            self.model.invoke(self.inputs, given={1: real}, quantize=True)
        self.assertEqual(told.filename, __file__)

    def test_what_does_not_fit_is_refused(self):
        self.model.prepare([1])
        good = self.plain[1][1][0]
        for given, text in (({1: good.astype(np.float32)}, "expected int8"),
                            ({1: good[:4]}, r"output 0 of node 1 'quantize': shape is \(4, 4, 4, 2\), expected \(5, 4, 4, 2\)"),
                            ({1: [good, good]}, "2 arrays, expected 1"), ({2: self.plain[1][2][0]}, "not prepared for"),
                            ({1: good, 2: self.plain[1][2][0]}, "not prepared for")):
            with self.subTest(text), self.assertRaisesRegex(airunner.InvalidInputError, text):
                self.run_layers(given=given)
        for key in (4, -1, 2**32 + 1):
            with self.subTest(key), self.assertRaisesRegex(airunner.NotFoundError, f"no node {key}: there are 4, scale, "):
                self.run_layers(given={key: good})
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "given is a ndarray, expected a dict"):
            self.run_layers(given=good)
        self.assert_same_outputs(self.run_layers(given={1: good})[0])

    def test_nodes_that_there_are_not(self):
        with self.assertRaisesRegex(airunner.NotFoundError, "no node 'other': there are 4, scale, "):
            self.model.prepare(["other"])
        for key in (4, -1, 2**32 + 1):  # the last would be node 1 in 32 bits
            with self.subTest(key), self.assertRaisesRegex(airunner.NotFoundError, f"no node {key}: there are 4"):
                self.model.prepare([key])
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "a node is 1.0, expected its name or its index"):
            self.model.prepare([1.0])
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "twice"):
            self.model.prepare([1, 1])
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "nodes is None, expected names or indices"):
            self.model.prepare(None)

    def test_layers_of_a_deployed_model_are_judged_one_by_one(self):
        """Each node of the int8 network is given what those of the trained one compute, and is off by its own rounding only."""
        x = np.load(SOURCE / "examples/models/digits/test_images.npy")[:20].astype(np.float32).reshape(20, 8, 8, 1)
        trained, deployed = (self.connect(DIGITS / f"st-ai-{kind}").model for kind in ("float32", "int8"))
        right = trained.invoke(x, mode="per_layer_with_data").profile.nodes
        chained = deployed.invoke(x, mode="per_layer_with_data", quantize=True).profile.nodes
        given = {node.name: node.data for node in right}
        deployed.prepare(given)
        alone = deployed.invoke(x, mode="per_layer_with_data", quantize=True, given=given).profile.nodes

        def errors(nodes):
            tensors = [node.info.outputs[0] for node in nodes]
            off = [(t.dequantize(node.data[0]) - r.data[0]) / t.scale for t, node, r in zip(tensors, nodes, right)]
            return [float(np.sqrt(np.mean(values**2))) for values in off]

        for own, with_former in zip(errors(alone), errors(chained)):
            self.assertLess(own, 0.6)
            self.assertLess(own, with_former + 0.02)
        self.assertLess(errors(alone)[7], 0.7 * errors(chained)[7])

    def test_a_backend_without(self):
        model = self.connect(self.serve("null:")).model
        self.assertNotIn(Capability.GIVEN, model.info.capabilities)
        model.invoke(self.inputs, mode="per_layer")
        with self.assertRaises(airunner.UnsupportedError):
            model.prepare([0])


if __name__ == "__main__":
    unittest.main()
