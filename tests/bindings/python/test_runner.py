# SPDX-License-Identifier: BSD-3-Clause
"""airunner: connecting, models, running them."""

import gc
import html
import json
import logging
import threading
import time
import unittest
from unittest import mock

import numpy as np

from support import BUILD, DIGITS, FIXTURES, SOURCE, TINY_LEGACY, TINY_ST_AI, TestCase

import airunner
from airunner import Capability, Encoding, Mode


class Connecting(TestCase):
    def test_models(self):
        runner = self.connect("null:?models=3")
        self.assertEqual(runner.names, ["network", "network_2", "network_3"])
        self.assertEqual([model.name for model in runner], runner.names)
        self.assertEqual(len(runner), 3)
        self.assertIs(runner["network_2"], runner.models[1])
        self.assertIs(runner[0], runner.model)
        with self.assertRaisesRegex(airunner.NotFoundError, "no model 'other'.*network, network_2, network_3"):
            runner["other"]

    def test_arguments_reach_the_library(self):
        self.assertEqual(self.connect("null:", options={"models": 2, "stateful": True}, model="network_2").names,
                         ["network_2"])
        with self.assertRaisesRegex(airunner.InvalidDescriptorError, "unknown option nope"):
            airunner.connect("null:", options={"nope": 1})

    def test_paths(self):
        for descriptor in (FIXTURES / "tiny-legacy", f"file:{TINY_LEGACY}", str(FIXTURES / "tiny-legacy" / "libai_network")):
            self.assertEqual(self.connect(descriptor).backend, "stlib")

    def test_weights(self):
        path = FIXTURES / "weights" / "tiny" / "weights.bin"
        block = path.read_bytes()
        expected = self.connect(TINY_ST_AI).model
        inputs = expected.random_inputs(2)
        for weights in (path, str(path), block, bytearray(block), memoryview(block), np.frombuffer(block, np.int8),
                        [block]):
            model = self.connect(FIXTURES / "tiny-no-weights-st-ai", weights=weights).model
            np.testing.assert_array_equal(model.invoke(inputs).outputs[0], expected.invoke(inputs).outputs[0])
        with self.assertRaises(airunner.WeightsError):
            airunner.connect(FIXTURES / "tiny-no-weights-st-ai", weights=block[:4])
        with self.assertRaisesRegex(airunner.NotFoundError, "weights file nowhere.bin cannot be read"):
            airunner.connect(FIXTURES / "tiny-no-weights-st-ai", weights="nowhere.bin")

    def test_arguments_of_wrong_types(self):
        for arguments in ({"options": {5: 1}}, {"model": 0}):
            with self.assertRaises(airunner.InvalidArgumentError):
                airunner.connect("null:", **arguments)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "n_samples is 1.5, expected a whole number"):
            self.connect("null:").model.random_inputs(1.5)

    def test_a_runner_that_nobody_has_any_more_lets_its_port_go(self):
        descriptor = self.serve(TINY_ST_AI, listen="pty")
        gc.disable()
        self.addCleanup(gc.enable)
        for _ in range(3):
            airunner.connect(descriptor).model.info.macc

    def test_errors_name_functions_as_they_are_called_here(self):
        runner = self.connect(self.serve(TINY_ST_AI))
        inputs = runner.model.random_inputs()
        self.server.kill()
        self.server.wait()
        with self.assertRaises(airunner.LinkLostError):
            runner.model.invoke(inputs)
        with self.assertRaisesRegex(airunner.NotConnectedError, r"any more: reconnect\(\) restores it"):
            runner.model.invoke(inputs)

    def test_errors_tell_the_whole_story(self):
        with self.assertRaises(airunner.NotFoundError) as caught:
            airunner.connect("file:/no/such/place")
        error = caught.exception
        self.assertIsInstance(error, LookupError)
        self.assertEqual(error.status, airunner.Status.NOT_FOUND)
        self.assertIn("/no/such/place", error.message)
        self.assertTrue(any(cause.startswith("tried /no/such/place.so") for cause in error.causes), error.causes)
        self.assertEqual(str(error), "\n  ".join([error.message, *error.causes]))

    def test_wrong_numbers(self):
        model = self.connect().model
        x = model.random_inputs()
        for arguments in ({"warmup": -1}, {"repeat": 2**32}, {"timeout": -1}, {"timeout": float("nan")}, {"option": -1}, {"option": 2**32},
                          {"mode": (1 << 40) | 1}, {"mode": -1}):
            with self.assertRaises(airunner.InvalidArgumentError):
                model.invoke(x, **arguments)
        for seed in (-1, 2**32):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, f"seed is {seed}, expected 0 to 4294967295"):
                model.random_inputs(seed=seed)
        model.invoke(x, timeout=float("inf"))

    def test_keys_of_properties(self):
        model = self.connect().model
        self.assertIsNone(model.get_property("no such"))
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "the key of a property has a zero byte"):
            model.get_property("runtime\0zz")
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "the key of a property is a int, expected a text"):
            model.get_property(3)

    def test_weights_for_what_has_none(self):
        with self.assertRaisesRegex(airunner.UnsupportedError, "null: models have no weights: give none"):
            airunner.connect("null:", weights=b"abcd")

    def test_wrong_type(self):
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "int, expected a text or a path"):
            airunner.connect(5)
        with self.assertRaises(airunner.InvalidArgumentError):
            airunner.connect("null:", timeout=0)
        with self.assertRaisesRegex(airunner.InvalidDescriptorError, "zero byte"):
            airunner.connect("null:\0")
        with self.assertRaisesRegex(airunner.InvalidDescriptorError, "zero byte"):
            airunner.connect("null:?delay_ms=1%00")
        for arguments in ({"model": "a\0"}, {"options": {"delay_ms": "1\0"}}, {"options": {"a\0": "1"}},
                          {"plugin_paths": ["/\0"]}):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "zero byte"):
                airunner.connect("null:", **arguments)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "zero byte"):
            airunner.load_capture("a\0.npz")
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "zero byte"):
            airunner.render_html('{"schema": "x"}\0')

    def test_context_ends_the_connection(self):
        with airunner.connect("null:") as runner:
            model, inputs = runner.model, runner.model.random_inputs()
            self.assertTrue(runner.is_connected)
        self.assertFalse(runner.is_connected)
        runner.close()
        for call in (lambda: model.invoke(inputs), runner.ping, model.random_inputs, model.summary, model.reset_states):
            with self.assertRaisesRegex(airunner.NotConnectedError, "closed: connect again"):
                call()
        self.assertEqual(model.info.name, "network")

    def test_log(self):
        lines = []
        self.connect(TINY_LEGACY, log=lambda level, text: lines.append((level, text)), log_level=airunner.LogLevel.INFO)
        self.assertTrue(any("libai_network.so" in text for _, text in lines), lines)

    def test_log_goes_to_logging(self):
        with self.assertLogs("airunner", logging.INFO) as logs:
            self.connect(TINY_LEGACY)
        self.assertIn("libai_network.so", "".join(logs.output))

    def test_failing_log_does_not_harm(self):
        def fail(level, text):
            raise RuntimeError("no log today")

        with self.assertLogs("airunner", logging.ERROR):
            runner = self.connect(TINY_LEGACY, log=fail, log_level=airunner.LogLevel.DEBUG)
        self.assertTrue(runner.is_connected)

    def test_scan_and_plugins(self):
        self.assertIsInstance(airunner.scan(), list)
        found = {plugin.name: plugin for plugin in airunner.plugins()}
        self.assertEqual(found["stlib"].schemes, ("file", "lib"))
        self.assertEqual(found["null"].status, airunner.Status.OK)
        options = {option.key: option for option in found["stlib"].options}
        self.assertEqual((options["api"].type, options["api"].choices, options["api"].default), ("choice", ("legacy", "st-ai"), None))
        self.assertEqual((options["batch"].type, options["batch"].default), ("number", "1"))
        self.assertEqual((found["stlib"].patterns, found["stlib"].has_manifest), (("*",), True))
        self.assertEqual(airunner.load_plugin(found["stlib"].path), found["stlib"])

    def test_broken_plugin(self):
        broken = self.folder() / "libairunner-broken.so"
        broken.write_text("no library")
        plugin = next(p for p in airunner.plugins([broken]) if p.path == str(broken))
        self.assertEqual((plugin.status, plugin.has_manifest), (airunner.Status.OK, False))  # nothing is known
        plugin = airunner.load_plugin(broken)
        self.assertNotEqual(plugin.status, airunner.Status.OK)
        self.assertTrue(plugin.error)


class Info(TestCase):
    def test_model(self):
        info = self.connect(TINY_ST_AI).model.info
        self.assertEqual((info.name, info.backend, info.n_nodes, info.macc), ("network", "stlib", 3, 123456))
        self.assertEqual((info.weights_bytes, info.activations_bytes), (8, 100))
        self.assertEqual(info.runtime.version, (12, 0, 0))
        self.assertEqual(info.device.dev_type, "HOST")
        self.assertTrue(info.capabilities & Capability.PER_LAYER_DATA)
        self.assertIsNone(info.device.sys_clock)

    def test_tensor(self):
        (tensor,) = self.connect(TINY_ST_AI).model.inputs
        self.assertEqual((tensor.name, tensor.tag, tensor.dtype, tensor.shape), ("input_1", "I.0", np.int8, (1, 4, 4, 2)))
        self.assertEqual((tensor.scales, tensor.zero_points, tensor.encoding), ((0.5,), (-3,), Encoding.QUANTIZED))
        self.assertEqual((tensor.scale, tensor.zero_point, tensor.size_bytes), (0.5, -3, 32))

    def test_packed_and_per_channel_tensors(self):
        tensors = {tensor.name: tensor for tensor in self.connect(FIXTURES / "formats-st-ai").model.inputs}
        self.assertEqual((tensors["bits"].shape, tensors["bits"].storage_shape), ((1, 2, 2, 40), (1, 2, 2, 2)))
        self.assertEqual((tensors["channels"].scales, tensors["channels"].quantized_axis), ((0.5, 0.25, 2.0), 3))
        self.assertTrue(tensors["rows"].batch_added)

    def test_conversion(self):
        (tensor,) = self.connect(TINY_ST_AI).model.inputs
        values = np.linspace(-100, 100, 64, dtype=np.float32).reshape(2, 4, 4, 2)
        stored = tensor.quantize(values)
        np.testing.assert_array_equal(stored, np.clip(np.rint(values / 0.5) - 3, -128, 127).astype(np.int8))
        np.testing.assert_array_equal(tensor.dequantize(stored), (stored.astype(np.float32) + 3) * 0.5)
        with self.assertRaisesRegex(airunner.InvalidInputError, "31 elements, expected a multiple of 32"):
            tensor.quantize(np.zeros(31))
        with self.assertRaisesRegex(airunner.InvalidInputError, "dtype is float32, expected int8"):
            tensor.dequantize(values)

    def test_conversion_of_bits(self):
        tensor = next(t for t in self.connect(FIXTURES / "formats-st-ai").model.inputs if t.name == "bits")
        values = np.where(np.random.RandomState(1).rand(3, 2, 2, 40) < 0.5, -1, 1).astype(np.float32)
        np.testing.assert_array_equal(tensor.dequantize(tensor.quantize(values)), values)

    def test_types_that_numpy_lacks(self):
        """Their bytes are kept in integers; two elements of 4 bits share one."""
        int4, bfloat16 = 13, 15
        tensor = airunner.TensorInfo("t", "I.0", np.dtype("uint8"), Encoding.QUANTIZED, (1, 3), (1, 2), 3, 2, (0.5,), (0,), None, 0, 0, None, 0,
                                     foreign=int4)
        values = np.array([[1, -1, 3], [0.5, 0, -4]], np.float32)
        stored = tensor.quantize(values)
        self.assertEqual(stored.tolist(), [[0xE2, 0x06], [0x01, 0x08]])
        np.testing.assert_array_equal(tensor.dequantize(stored), values)
        tensor = airunner.TensorInfo("t", "I.0", np.dtype("uint16"), Encoding.PLAIN, (1, 2), (1, 2), 2, 4, (), (), None, 0, 0, None, 0,
                                     foreign=bfloat16)
        self.assertEqual(tensor.quantize([[1, -2]]).tolist(), [[0x3F80, 0xC000]])

    def test_conversion_of_fixed_point(self):
        tensor = next(t for t in self.connect(FIXTURES / "formats-st-ai").model.outputs if t.encoding == Encoding.FIXED_POINT)
        self.assertEqual((tensor.scales, tensor.zero_points, tensor.scale), ((), (), None))
        stored = tensor.quantize(np.full(tensor.shape, 2.0**-tensor.fraction_bits * 3))
        self.assertEqual(set(stored.ravel().tolist()), {3})
        self.assertEqual(set(tensor.dequantize(stored).ravel().tolist()), {2.0**-tensor.fraction_bits * 3})

    def test_html(self):
        runner = self.connect(TINY_ST_AI)
        model, document = runner.model, runner.model.to_dict()
        self.assertEqual((document["schema"], document["inputs"][0]["name"]), ("airunner.info/1", "input_1"))
        self.assertEqual((json.loads(model.to_json()), json.loads(model.to_json(indent=1))), (document, document))
        self.assertIn("123,456", model.summary())
        runner.close()  # what a model is stays known
        self.assertEqual(model.to_html(), airunner.render_html(document))
        self.assertIn("123,456", model.to_html())
        self.assertIn(html.escape(model.to_html()), model._repr_html_())


class Running(TestCase):
    def test_digits(self):
        images = np.load(SOURCE / "examples/models/digits/test_images.npy")
        labels = np.load(SOURCE / "examples/models/digits/test_labels.npy")
        for folder in ("legacy-float32", "st-ai-int8"):
            model = self.connect(DIGITS / folder).model
            x = images.reshape(-1, *model.inputs[0].shape[1:]).astype(np.float32)
            outputs, profile = model.invoke(x, quantize=True, dequantize=True)
            right = (outputs[0].reshape(len(x), -1).argmax(axis=1) == labels).mean()
            self.assertGreater(right, 0.9, folder)
            self.assertEqual(len(profile.durations_ms), len(x))

    def test_outputs_are_fresh_and_the_callers(self):
        model = self.connect("null:").model
        inputs = model.random_inputs(3)
        first, second = model.invoke(inputs).outputs, model.invoke(inputs).outputs
        kept = first[0].copy()
        for array in second:
            self.assertTrue(array.flags.owndata and array.flags.writeable and array.flags.c_contiguous)
            array.fill(0)
        np.testing.assert_array_equal(first[0], kept)

    def test_batch_is_its_samples(self):
        model = self.connect(TINY_ST_AI).model
        (x,) = model.random_inputs(5)
        whole = model.invoke(x).outputs[0]
        np.testing.assert_array_equal(whole, np.concatenate([model.invoke(x[i:i + 1]).outputs[0] for i in range(5)]))
        streamed = [result.outputs[0] for result in model.stream(x)]
        np.testing.assert_array_equal(whole, np.concatenate(streamed))

    def test_stream_of_several_inputs(self):
        model = self.connect("null:").model
        a, b = model.random_inputs(3)
        whole = model.invoke([a, b]).outputs
        for results in (model.stream(zip(a, b)), model.stream({"input_1": x, "input_2": y} for x, y in zip(a, b))):
            for place, result in enumerate(results):
                np.testing.assert_array_equal(result.outputs[1][0], whole[1][place])

    def test_random_inputs_are_those_of_numpy(self):
        model = self.connect(TINY_ST_AI).model
        expected = np.random.RandomState(42).randint(-128, 128, size=(2, 4, 4, 2)).astype(np.int8)
        np.testing.assert_array_equal(model.random_inputs(2)[0], expected)
        low = model.random_inputs(50, seed=1, low=-2, high=2)[0]
        self.assertEqual((low.min(), low.max()), (-2, 2))
        for arguments in ({"n_samples": 0}, {"low": 1}):
            with self.assertRaises(airunner.InvalidArgumentError):
                model.random_inputs(**arguments)

    def test_real_random_inputs(self):
        """Where a type has a scale; the others are drawn as they are stored."""
        model = self.connect(FIXTURES / "formats-st-ai").model
        real, stored = model.random_inputs(2, real=True), model.random_inputs(2)
        for tensor, array, other in zip(model.inputs, real, stored):
            is_quantized = tensor.encoding == Encoding.QUANTIZED
            self.assertEqual(array.dtype, np.float32 if is_quantized else tensor.dtype, tensor)
            self.assertEqual(array.shape, (2, *(tensor.shape if is_quantized else tensor.storage_shape)[1:]))
            self.assertEqual((other.dtype, other.shape), (tensor.dtype, (2, *tensor.storage_shape[1:])))
            self.assertTrue(array.flags.owndata and array.flags.writeable)
        self.assertEqual(model.invoke(real, quantize=True).profile.n_samples, 2)

    def test_modes(self):
        model = self.connect(TINY_ST_AI).model
        x = model.random_inputs(2)
        for mode in ("per_layer", "PER-LAYER", Mode.PER_LAYER, 1):
            profile = model.invoke(x, mode=mode).profile
            self.assertEqual([node.name for node in profile.nodes], ["ai_node_0", "ai_node_1", "ai_node_2"])
            self.assertEqual(profile.nodes[0].data[0].size, 0)
        profile = model.invoke(x, mode="per_layer_with_data+debug").profile
        np.testing.assert_array_equal(profile.nodes[2].data[0], model.invoke(x).outputs[0].reshape(2, 2))
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "mode 'fast'"):
            model.invoke(x, mode="fast")

    def test_perf_only_gives_no_outputs(self):
        outputs, profile = (model := self.connect("null:").model).invoke(model.random_inputs(3), mode="perf_only")
        self.assertEqual([len(output) for output in outputs], [0, 0])
        self.assertEqual(profile.n_samples, 3)

    def test_warmup_and_repeat(self):
        model = self.connect("null:").model
        profile = model.invoke(model.random_inputs(2), warmup=3, repeat=4).profile
        self.assertEqual((profile.n_samples, len(profile.durations_ms)), (2, 8))

    def test_timeout(self):
        model = self.connect("null:?delay_ms=20000").model
        with self.assertRaises(TimeoutError) as caught:
            model.invoke(model.random_inputs(), timeout=0.05)
        self.assertIsInstance(caught.exception, airunner.TimeoutError)

    def test_states(self):
        model = self.connect(FIXTURES / "accumulator-st-ai").model
        x = np.ones((2, 4), np.float32)
        first = model.invoke(x).outputs[0]
        self.assertFalse(np.array_equal(model.invoke(x).outputs[0], first))
        model.reset_states()
        np.testing.assert_array_equal(model.invoke(x).outputs[0], first)

    def test_run_that_fails(self):
        model = self.connect(FIXTURES / "tiny-failing-third-legacy").model
        x = model.random_inputs(1)
        model.invoke(x), model.invoke(x)
        with self.assertRaises(airunner.RunFailedError) as caught:
            model.invoke(x)
        self.assertNotEqual(caught.exception.vendor_code, 0)

    def test_cancel(self):
        runner = self.connect("null:?delay_ms=20000")
        begun = threading.Event()

        def cancel():
            begun.wait(20)
            runner.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        with self.assertRaises(airunner.CancelledError):
            runner.model.invoke(runner.model.random_inputs(2), on_sample_begin=lambda sample: begun.set())
        thread.join()

    def test_cancel_between_calls(self):
        """It is for the call in progress, and there is none."""
        runner = self.connect("null:")
        inputs = runner.model.random_inputs()
        for _ in range(2):
            runner.cancel()
            self.assertEqual(runner.model.invoke(inputs).profile.n_samples, 1)

    def test_runners_run_in_parallel(self):
        """Two runs take less time than one after the other would."""
        runners = [self.connect("null:?delay_ms=100") for _ in range(2)]
        inputs, times = runners[0].model.random_inputs(3), []
        threads = [threading.Thread(target=lambda runner=runner: times.append(runner.model.invoke(inputs).profile.host_ms))
                   for runner in runners]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed_ms = 1000 * (time.monotonic() - start)
        self.assertGreater(min(times), 300)
        self.assertLess(elapsed_ms, 0.9 * sum(times))

    def test_others_run_meanwhile(self):
        """The interpreter is free while the library computes."""
        runner = self.connect("null:?delay_ms=300")
        inputs, done = runner.model.random_inputs(), threading.Event()
        thread = threading.Thread(target=lambda: (runner.model.invoke(inputs), done.set()))
        thread.start()
        turns = 0
        while not done.is_set():
            turns += 1
        thread.join()
        self.assertGreater(turns, 1000)

    def test_one_call_at_a_time(self):
        runner = self.connect("null:")
        inputs = runner.model.random_inputs()

        def again(sample):
            runner.model.invoke(inputs)

        with self.assertRaisesRegex(airunner.BusyError, "another call uses this runner"):
            runner.model.invoke(inputs, on_sample_begin=again)

        with self.assertRaisesRegex(airunner.BusyError, "a callback cannot close its own runner"):
            runner.model.invoke(inputs, on_sample_begin=lambda sample: runner.close())
        runner.model.invoke(inputs)

    def test_close_ends_the_call_of_another_thread(self):
        runner = airunner.connect("null:?delay_ms=20000")
        begun, errors = threading.Event(), []

        def run():
            try:
                runner.model.invoke(runner.model.random_inputs(), on_sample_begin=lambda sample: begun.set())
            except airunner.Error as error:
                errors.append(type(error))

        thread = threading.Thread(target=run)
        thread.start()
        self.assertTrue(begun.wait(30))
        runner.close()
        thread.join()
        self.assertEqual(errors, [airunner.CancelledError])


    def test_call_that_does_not_end(self):
        """close() says so, and the runner is as it was."""
        runner = self.connect("null:")
        begun, go_on, errors = threading.Event(), threading.Event(), []

        def wait(sample):
            begun.set()
            go_on.wait(60)

        def run():
            try:
                runner.model.invoke(runner.model.random_inputs(2), on_sample_begin=wait)
            except airunner.Error as error:
                errors.append(type(error))

        thread = threading.Thread(target=run)
        thread.start()
        self.assertTrue(begun.wait(30))
        with mock.patch("airunner._connection._CLOSE_LIMIT_S", 0.1):
            with self.assertRaisesRegex(TimeoutError, "null:.*has not ended within 0.1 s: still connected"):
                runner.close()
        self.assertTrue(runner.is_connected)
        go_on.set()
        thread.join()
        self.assertEqual(errors, [airunner.CancelledError])
        self.assertEqual(runner.model.invoke(runner.model.random_inputs()).profile.n_samples, 1)
        for _ in range(2):
            runner.close()
        self.assertFalse(runner.is_connected)

    def test_several_threads_close(self):
        runner = airunner.connect("null:")
        threads = [threading.Thread(target=runner.close) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertFalse(runner.is_connected)


class Target(TestCase):
    def test_same_as_on_the_host(self):
        for listen in ("tcp:127.0.0.1:0", "pty"):
            remote = self.connect(self.serve(TINY_ST_AI, listen=listen)).model
            local = self.connect(TINY_ST_AI).model
            x = local.random_inputs(3)
            near, far = (model.invoke(x, mode="per_layer_with_data") for model in (local, remote))
            np.testing.assert_array_equal(near.outputs[0], far.outputs[0])
            for a, b in zip(near.profile.nodes, far.profile.nodes):
                np.testing.assert_array_equal(a.data[0], b.data[0].reshape(a.data[0].shape))
            self.assertGreater(far.profile.link_bytes_sent, 0)
            self.assertEqual(far.profile.counters.shape[0], 3)

    def test_counters_of_an_npu(self):
        board = self.serve("null:", "--personality", "neural-art")
        model = self.connect(board, options={"counters": "npu,port"}).model
        x = model.random_inputs(2)
        profile = model.invoke(x, mode="per_layer").profile
        first = profile.nodes[0]
        self.assertEqual((first.info.processor, profile.nodes[3].info.processor, first.info.computes_in), ("NPU", "CPU", None))
        read, core, width = (first.columns["npu." + name] for name in ("port.0.read", "cycles.core", "port.0.read.bandwidth"))
        np.testing.assert_allclose(width, read * 1000 / core)  # MB/s at 1 GHz
        self.assertEqual(profile.columns["npu.port.0.read"][0], sum(node.columns["npu.port.0.read"][0] for node in profile.nodes))
        self.assertNotIn("npu.cache.read.hit", profile.columns)
        self.assertIn("time.link", profile.columns)
        with self.assertRaises(airunner.UnsupportedError):
            self.connect(self.serve("null:"), options={"counters": "npu"})
        model.runner.close()  # a target serves one client at a time
        profile = self.connect(board).model.invoke(x, mode="per_layer", option=16).profile
        self.assertIn("npu.cache.read.hit", profile.nodes[0].columns)

    def test_memory_and_self_test(self):
        runner = self.connect(self.serve("null:", "--memory", "--self-test"))
        runner.ping()
        runner.write_memory(0x20000000, b"airunner")
        self.assertEqual(runner.read_memory(0x20000000, 8), b"airunner")
        from stm_ai_runner import bsdchecksum

        self.assertEqual(runner.checksum_memory(0x20000000, 8), bsdchecksum(b"airunner"))
        self.assertIsInstance(runner.self_test(0), int)
        with self.assertRaises(airunner.UnsupportedError):
            self.connect("null:").read_memory(0, 1)

    def test_memory_of_an_older_plugin(self):
        runner = self.connect("waits:", plugin_paths=[BUILD / "tests" / "bindings" / "python"])
        self.assertEqual(runner.read_memory(0, 4), bytes([7] * 4))
        for entry, call in (("memory_write", lambda: runner.write_memory(0, b"airunner")), ("memory_checksum", lambda: runner.checksum_memory(0, 4)),
                            ("self_test", lambda: runner.self_test(0))):
            with self.subTest(entry), self.assertRaisesRegex(airunner.UnsupportedError, f"this plugin lacks the entry {entry}"):
                call()
        self.assertEqual(runner.read_memory(0, 1), bytes([7]))

    def test_reconnect(self):
        runner = self.connect(self.serve("null:"))
        expected = runner.model.invoke(inputs := runner.model.random_inputs()).outputs
        runner.reconnect()
        np.testing.assert_array_equal(runner.model.invoke(inputs).outputs[0], expected[0])


if __name__ == "__main__":
    unittest.main()
