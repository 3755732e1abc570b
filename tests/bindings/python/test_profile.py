# SPDX-License-Identifier: BSD-3-Clause
"""airunner: what an invoke measured, and its documents."""

import ctypes
import json
import sys
import types
import unittest

import numpy as np

from support import FIXTURES, TINY_LEGACY, TINY_ST_AI, TestCase

import airunner
from airunner import Statistics


def json_of_the_library(model, flags):
    """What air_profile_to_json() says of the last invoke."""
    text = ctypes.c_void_p()
    model._library.check(model._library.air_profile_to_json(model._session, flags, ctypes.byref(text)))
    try:
        return json.loads(ctypes.string_at(text.value))
    finally:
        model._library.air_free_text(text)


def rounded(value):
    """Means may differ in the last digit."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, float) and not value.is_integer():  # the library writes whole ones without a point
        return float(f"{value:.9g}")
    return value


class Documents(TestCase):
    def test_the_same_as_the_library_writes(self):
        cases = [(TINY_LEGACY, "per_layer_with_data"), (TINY_ST_AI, "per_layer"), ("null:", "io_only"),
                 (FIXTURES / "formats-st-ai", "per_layer_with_data"), (FIXTURES / "formats-legacy", "per_layer_with_data"),
                 (self.serve(TINY_ST_AI, "--personality", "neural-art"), "per_layer"),
                 (self.serve("null:", "--personality", "legacy"), "per_layer_with_data+debug")]
        for descriptor, mode in cases:
            model = self.connect(descriptor).model
            for data in (False, True):
                with self.subTest(descriptor=str(descriptor), data=data):
                    profile = model.invoke(model.random_inputs(3), mode=mode).profile
                    expected = json_of_the_library(model, 2 if data else 0)
                    got = profile.to_dict(data=data)
                    self.assertEqual(list(got), list(expected))
                    outside = got.pop("outside_nodes_ms"), expected.pop("outside_nodes_ms")
                    self.assertAlmostEqual(*outside, places=9)
                    self.assertEqual(rounded(got), rounded(expected))
                    self.assertEqual(json.loads(profile.to_json(data=data)), {**got, "outside_nodes_ms": outside[0]})

    def test_nan_is_null(self):
        model = self.connect("null:").model
        x = model.random_inputs(1)
        x[0][0, 0, 0, 0] = np.nan
        profile = model.invoke(x, mode="per_layer_with_data").profile
        self.assertIsNone(json.loads(profile.to_json(data=True))["c_nodes"][0]["data"][0][0])


class Contents(TestCase):
    def test_copy_survives_the_next_invoke_and_the_runner(self):
        runner = self.connect(TINY_ST_AI)
        x = runner.model.random_inputs(2)
        profile = runner.model.invoke(x, mode="per_layer_with_data").profile
        before = profile.to_json(data=True)
        runner.model.invoke(x, mode="per_layer_with_data", repeat=5)
        runner.close()
        self.assertEqual(profile.to_json(data=True), before)

    def test_times(self):
        model = self.connect("null:?delay_ms=5").model
        profile = model.invoke(model.random_inputs(2)).profile
        self.assertEqual((len(profile.durations_ms), len(profile.exec_times_ms)), (2, 2))
        self.assertGreaterEqual(profile.host_ms, 10)
        self.assertAlmostEqual(profile.device_ms, float(profile.durations_ms.sum()))
        self.assertEqual(profile.link_ms, 0)

    def test_statistics(self):
        values = np.random.RandomState(3).rand(101)
        got = Statistics.of(values)
        model = self.connect("null:").model
        struct = __import__("airunner._abi", fromlist=["_abi"]).Statistics()
        library = model._library
        function = ctypes.CDLL(library.name).air_get_statistics
        function(values.ctypes.data_as(ctypes.c_void_p), ctypes.c_uint64(len(values)), ctypes.byref(struct))
        for name in ("count", "mean", "std", "min", "max", "p50", "p90", "p99"):
            self.assertAlmostEqual(getattr(got, name), getattr(struct, name), places=12)
        self.assertEqual(Statistics.of(values[:0]).count, 0)

    def test_text_and_html(self):
        model = self.connect(TINY_ST_AI).model
        profile = model.invoke(model.random_inputs(2), mode="per_layer").profile
        self.assertIn("ai_node_2", str(profile))
        html = profile._repr_html_()
        self.assertEqual(html.count("<tr>"), 4)
        self.assertIn("width:", html)
        self.assertNotIn("<table", model.invoke(model.random_inputs(1)).profile._repr_html_())
        model.invoke(model.random_inputs(1), mode="per_layer")
        self.assertIn("Conv2D (0x103)", model.report())

    def test_short_texts(self):
        runner = self.connect(TINY_ST_AI)
        model = runner.model
        result = model.invoke(model.random_inputs(50), mode="per_layer_with_data")
        recorded = airunner.capture(model, model.random_inputs(50))
        node = result.profile.nodes[0]
        for thing, text in (
                (runner, "<airunner.Runner 'file:"), (model, "<airunner.Model 'network' of 'file:"),
                (result, r"<airunner.Result: outputs float32 .50, 2.; <airunner.Profile of 'network': 50 samples, [0-9.]+ ms by sample, 3 nodes>>$"),
                (result.profile, "<airunner.Profile of 'network': 50 samples, [0-9.]+ ms by sample, 3 nodes>$"),
                (node, r"<airunner.NodeProfile 'ai_node_0': Conv2D .0x103., [0-9.]+ ms by sample, data int8 .50, 4, 4, 2.>$"),
                (node.info, r"<airunner.NodeInfo #0 'ai_node_0': Conv2D .0x103., outputs int8 .1, 4, 4, 2.>$"),
                (model.inputs[0], r"<airunner.TensorInfo 'input_1': int8 .1, 4, 4, 2., scale 0.5, zero point -3>$"),
                (model.info, "<airunner.ModelInfo 'network' of 'file:.*: inputs int8 .1, 4, 4, 2.; outputs float32 .1, 2.; 3 nodes>$"),
                (recorded, "<airunner.Capture of 'file:.*, 50 samples, 3 nodes>$"),
                (airunner.compare(recorded, recorded), "<airunner.Comparison: The outputs are equal; the nodes are equal>$")):
            self.assertRegex(repr(thing), "^" + text)
            self.assertLess(len(repr(thing)), 150 + 2 * len(TINY_ST_AI))

    def test_page(self):
        model = self.connect(TINY_ST_AI).model
        profile = model.invoke(model.random_inputs(2), mode="per_layer").profile
        page = profile.to_html()
        self.assertTrue(page.startswith("<!DOCTYPE html>"))
        self.assertIn("ai_node_2", page)
        self.assertEqual(airunner.render_html(profile.to_json()), page)
        self.assertEqual(airunner.render_html(profile.to_json(), profile.to_json()).count("<article"), 2)
        with self.assertRaisesRegex(airunner.InvalidInputError, "document 2: is not a JSON document"):
            airunner.render_html(profile.to_json(), "{")

    def test_names_are_escaped(self):
        model = self.connect("null:").model
        profile = model.invoke(model.random_inputs(1), mode="per_layer").profile
        node = profile.nodes[0]
        profile.nodes[0] = airunner.NodeProfile(
            airunner.NodeInfo(0, "<b>", "&", None, 0, (), ()), node.durations_ms, [], "", node.counters, [])
        self.assertIn("&lt;b&gt;", profile._repr_html_())

    def test_pandas(self):
        fake = types.ModuleType("pandas")
        fake.DataFrame = list
        self.addCleanup(sys.modules.__setitem__, "pandas", sys.modules.get("pandas"))
        sys.modules["pandas"] = fake
        model = self.connect(TINY_ST_AI).model
        rows = model.invoke(model.random_inputs(2), mode="per_layer").profile.to_pandas()
        self.assertEqual([row["name"] for row in rows], ["ai_node_0", "ai_node_1", "ai_node_2"])
        self.assertAlmostEqual(sum(row["share"] for row in rows), 1)
        self.assertEqual(len(model.invoke(model.random_inputs(2)).profile.to_pandas()), 1)


if __name__ == "__main__":
    unittest.main()
