# SPDX-License-Identifier: BSD-3-Clause
"""airunner: what an invoke measured, and its documents."""

import copy
import csv
import gc
import html
import json
import pickle
import sys
import types
import unittest
import unittest.mock

import numpy as np

from support import FIXTURES, TINY_LEGACY, TINY_ST_AI, TestCase

import airunner
from airunner import Statistics
from document import profile_to_dict


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
    def test_what_the_objects_tell_is_what_the_library_writes(self):
        cases = [(TINY_LEGACY, "per_layer_with_data"), (TINY_ST_AI, "per_layer"), ("null:", "io_only"),
                 (FIXTURES / "formats-st-ai", "per_layer_with_data"), (FIXTURES / "formats-legacy", "per_layer_with_data"),
                 (self.serve(TINY_ST_AI, "--personality", "neural-art"), "per_layer"),
                 (self.serve("null:", "--personality", "legacy"), "per_layer_with_data+debug")]
        for descriptor, mode in cases:
            model = self.connect(descriptor).model
            for data in (False, True):
                with self.subTest(descriptor=str(descriptor), data=data):
                    profile = model.invoke(model.random_inputs(3), mode=mode).profile
                    told, written = profile_to_dict(profile, data), profile.to_dict(data=data)
                    self.assertEqual(json.loads(profile.to_json(data=data)), written)
                    self.assertEqual(list(told), list(written))
                    outside = told.pop("outside_nodes_ms"), written.pop("outside_nodes_ms")
                    self.assertAlmostEqual(*outside, places=9)
                    self.assertEqual(rounded(told), rounded(written))

    def test_nan_is_null(self):
        model = self.connect("null:").model
        x = model.random_inputs(1)
        x[0][0, 0, 0, 0] = np.nan
        profile = model.invoke(x, mode="per_layer_with_data").profile
        self.assertIsNone(json.loads(profile.to_json(data=True))["c_nodes"][0]["data"][0][0])


class Values(TestCase):
    """A profile holds its result, and its arrays are views of it."""

    def arrays(self, profile):
        return [profile.durations_ms, profile.exec_times_ms,
                *(array for node in profile.nodes for array in (node.durations_ms, *node.data))]

    def test_two_results_beyond_the_connection(self):
        with airunner.connect(TINY_ST_AI) as runner:
            model = runner.model
            (first, second) = (model.random_inputs(4, seed) for seed in (1, 2))
            results = [model.invoke(inputs, mode="per_layer_with_data") for inputs in (first, second)]
            expected = [[array.copy() for array in self.arrays(result.profile)] for result in results]
            for _ in range(5):  # memory of results that are released is used again, that of these is not
                model.invoke(second, mode="per_layer_with_data")
        gc.collect()
        for result, arrays in zip(results, expected):
            for found, array in zip(self.arrays(result.profile), arrays):
                np.testing.assert_array_equal(found, array)
            np.testing.assert_array_equal(result.profile.nodes[2].data[0], result.outputs[0])
        self.assertFalse(np.array_equal(results[0].outputs[0], results[1].outputs[0]))

    def test_arrays_keep_the_result(self):
        runner = airunner.connect(TINY_ST_AI)
        inputs = runner.model.random_inputs(1000)
        array = runner.model.invoke(inputs, mode="per_layer_with_data").profile.nodes[0].data[0]
        expected = array.copy()
        runner.model.invoke(inputs[0] + 1, mode="per_layer_with_data")
        runner.close()
        del runner
        gc.collect()
        np.testing.assert_array_equal(array, expected)

    def test_nobody_writes_into_a_result(self):
        model = self.connect(TINY_ST_AI).model
        profile = model.invoke(model.random_inputs(2), mode="per_layer_with_data").profile
        for array in self.arrays(profile):
            self.assertFalse(array.flags.owndata or array.flags.writeable)
            with self.assertRaises(ValueError):
                array[...] = 0
            with self.assertRaises(ValueError):
                array.flags.writeable = True
        self.assertIs(profile.nodes[0].data[0], profile.nodes[0].data[0])

    def test_copies(self):
        """What was read goes to another process; it has no result there."""
        model = self.connect(self.serve(TINY_ST_AI)).model
        result = model.invoke(model.random_inputs(2), mode="per_layer_with_data")
        profile = result.profile
        self.assertIs(copy.copy(profile), profile)
        for info in (model.inputs[0], profile.nodes[0].info.outputs[0]):
            real = info.dequantize(np.zeros(info.shape, info.dtype))  # what it keeps for that stays here
            for copied in (copy.deepcopy(info), pickle.loads(pickle.dumps(info))):
                self.assertEqual(copied, info)
                np.testing.assert_array_equal(copied.dequantize(np.zeros(info.shape, info.dtype)), real)
        self.assertEqual(pickle.loads(pickle.dumps(model.info)), model.info)
        self.assertIs(copy.deepcopy(result).profile.nodes[0], profile.nodes[0])
        for copied in (pickle.loads(pickle.dumps(result)).profile, pickle.loads(pickle.dumps(profile))):
            self.assertEqual(str(copied), str(profile))
            self.assertEqual((copied.report(), copied.report(verbose=True)), (profile.report(), profile.report(verbose=True)))
            self.assertEqual((copied.to_dict(), copied.to_csv(), copied.outside_nodes_ms), (profile.to_dict(), profile.to_csv(), profile.outside_nodes_ms))
            self.assertEqual((copied.link_packets, copied.stack_bytes, copied.counter_type), (profile.link_packets, profile.stack_bytes, profile.counter_type))
            np.testing.assert_array_equal(copied.nodes[1].data[0], profile.nodes[1].data[0])
            for call in (lambda: copied.to_dict(data=True), copied.to_trace, lambda: copied.nodes[0].tensors):
                with self.assertRaisesRegex(airunner.InvalidArgumentError, "a pickled profile has no tensors, no trace and no document with data"):
                    call()

    def test_the_document_is_read_once(self):
        model = self.connect(TINY_ST_AI).model
        profile = model.invoke(model.random_inputs(2), mode="per_layer").profile
        with unittest.mock.patch.object(json, "loads", wraps=json.loads) as read:
            self.assertEqual(profile.outside_nodes_ms, profile.outside_nodes_ms)
        self.assertEqual(read.call_count, 1)

    def test_nodes_are_the_same_objects(self):
        model = self.connect(TINY_ST_AI).model
        inputs = model.random_inputs(1)
        nodes = [[node.info for node in model.invoke(inputs, mode=mode).profile.nodes] for mode in ("per_layer", "per_layer_with_data")]
        self.assertEqual(*(list(map(id, infos)) for infos in nodes))
        self.assertEqual(model.invoke(inputs).profile.nodes, [])

    def test_mode_of_events(self):
        """Data of nodes for the callback alone."""
        model = self.connect(TINY_ST_AI).model
        sizes = []
        profile = model.invoke(model.random_inputs(2), mode="per_layer_with_data+events_only",
                               on_node_end=lambda event: sizes.append(event.data[0].size)).profile
        self.assertEqual(len([size for size in sizes if size]), 6)
        self.assertEqual([node.data[0].size for node in profile.nodes], [0, 0, 0])


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
        p50, p90, p99 = np.percentile(values, (50, 90, 99))
        expected = {"count": 101, "mean": values.mean(), "std": values.std(), "min": values.min(), "max": values.max(), "p50": p50,
                    "p90": p90, "p99": p99}
        for given in (values, np.append(values, np.nan), values[::-1]):
            for name, value in expected.items():
                self.assertAlmostEqual(getattr(Statistics.of(given), name), value, places=12)
        self.assertEqual((Statistics.of(values[:0]).count, Statistics.of(values[:0]).mean), (0, 0))

    def test_text_and_html(self):
        model = self.connect(TINY_ST_AI).model
        profile = model.invoke(model.random_inputs(2), mode="per_layer").profile
        self.assertRegex(str(profile), r"neg +Conv2D ")
        frame = html.unescape(profile._repr_html_())
        self.assertEqual(frame[frame.index("<!DOCTYPE"):frame.rindex('"></iframe>')], profile.to_html())
        fresh = self.connect(TINY_ST_AI).model
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "nothing was measured yet"):
            fresh.report()
        profile = model.invoke(model.random_inputs(1), mode="per_layer").profile
        self.assertRegex(model.report(), r"neg +Conv2D ")
        self.assertEqual(profile.report(), model.report())

    def test_standard_output_without_bars(self):
        program = """
import airunner
with airunner.connect("null:") as runner:
    profile = runner.model.invoke(runner.model.random_inputs(2), mode="per_layer").profile
print(profile)
assert "\\u2588" in profile.report(), "there were none"
"""
        self.assertIn("##", self.run_python(program, PYTHONIOENCODING="ascii")[0])

    def test_csv_and_trace(self):
        model = self.connect(TINY_ST_AI).model
        profile = model.invoke(model.random_inputs(2), mode="per_layer").profile
        rows = list(csv.DictReader(profile.to_csv().splitlines()))
        self.assertEqual([row["name"] for row in rows], [node.name for node in profile.nodes])
        self.assertEqual([float(row["mean_ms"]) for row in rows], [node.mean_ms for node in profile.nodes])
        self.assertIn("ai_node_2", json.dumps(json.loads(profile.to_trace())))

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
        self.assertIn("pool", page)  # what it computes: names of nodes only count
        self.assertEqual(airunner.render_html(profile.to_json()), page)
        self.assertEqual(airunner.render_html(profile.to_json(), profile.to_json()).count("<article"), 2)
        with self.assertRaisesRegex(airunner.InvalidInputError, "document 2: is not a JSON document"):
            airunner.render_html(profile.to_json(), "{")

    def test_pandas(self):
        fake = types.ModuleType("pandas")
        fake.DataFrame = list
        self.addCleanup(sys.modules.__setitem__, "pandas", sys.modules.get("pandas"))
        sys.modules["pandas"] = fake
        model = self.connect(TINY_ST_AI).model
        rows = model.invoke(model.random_inputs(2), mode="per_layer").profile.to_pandas()
        self.assertEqual([row["name"] for row in rows], ["ai_node_0", "ai_node_1", "ai_node_2"])
        self.assertEqual(list(rows[0]), ["name", "index", "m_id", "type", "mean_ms", "std_ms", "min_ms", "max_ms", "share", "shape"])
        self.assertEqual((rows[2]["m_id"], rows[2]["type"], rows[0]["shape"]), (9, "NL (0x107)", "1x4x4x2"))
        self.assertAlmostEqual(sum(row["share"] for row in rows), 1)
        self.assertEqual(len(model.invoke(model.random_inputs(2)).profile.to_pandas()), 1)


if __name__ == "__main__":
    unittest.main()
