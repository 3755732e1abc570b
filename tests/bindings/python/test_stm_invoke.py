# SPDX-License-Identifier: BSD-3-Clause
"""stm_ai_runner: dictionaries, random inputs, running, callbacks."""

import ctypes
import enum
import io
import os
import pty
import subprocess
import sys
import time
import unittest
from unittest import mock

import numpy as np

from support import DIGITS, FIXTURES, LIMIT_S, PACKAGES, TINY_LEGACY, TINY_ST_AI
from test_stm_connect import QUIET, StmTest

import airunner
from stm_ai_runner import AiRunner, AiRunnerCallback
from stm_ai_runner.ai_runner import AiRunnerError, HwIOError, InvalidParamError, NotConnectedError, generate_rnd

Mode, Caps = AiRunner.Mode, AiRunner.Caps

INFO_KEYS = {
    "HL": "name model_datetime compile_datetime hash n_nodes macc runtime device version inputs outputs weights activations "
          "mempools rt",
    "HS": "name model_datetime compile_datetime hash n_nodes macc runtime device version inputs flags outputs mempools "
          "activations weights rt",
    "TG": "version name rt compile_datetime hash n_nodes inputs outputs weights activations mempools macc runtime device"}
TENSOR_KEYS = {"HL": "name shape type io_tensor memory_pool scale zero_point",
               "HS": "name shape type size_bytes io_tensor memory_pool scale zero_point",
               "TG": "name shape type io_tensor memory_pool scale zero_point"}
RUNTIME_KEYS = {"HL": "protocol name compiler version capabilities tools_version",
                "HS": "protocol name compiler version capabilities tools_version",
                "TG": "protocol name rt_lib_desc compiler version capabilities tools_version"}
DEVICE_KEYS = {"HL": "desc dev_type dev_id system machine", "HS": "desc dev_type dev_id system machine",
               "TG": "dev_type desc dev_id system sys_clock bus_clock attrs extra"}
NODE_KEYS = {"HL": "c_durations clks name m_id layer_type layer_desc type shape scale zero_point io_tensors data",
             "HS": "c_durations clks name m_id layer_type layer_desc type shape scale zero_point io_tensors data",
             "TG": "name counters c_durations m_id layer_type layer_desc type shape scale zero_point io_tensors data extra"}


class Families(StmTest):
    def families(self):
        yield "HL", self.runner(TINY_LEGACY)
        yield "HS", self.runner(TINY_ST_AI)
        for generation, personality in (("2", "legacy"), ("3", "neural-art")):
            yield "TG", self.runner(self.serve(TINY_ST_AI, "--generation", generation, "--personality", personality))


class Dictionaries(Families):
    def test_info(self):
        for family, runner in self.families():
            with self.subTest(family=family):
                info = runner.get_info()
                times = ["n_init_time", "n_install_time"]  # where the target sends them
                self.assertEqual([key for key in info if key not in times], INFO_KEYS[family].split())
                for tensor in (*info["inputs"], *info["outputs"]):
                    self.assertEqual(list(tensor), TENSOR_KEYS[family].split())
                self.assertEqual(list(info["runtime"]), RUNTIME_KEYS[family].split())
                self.assertEqual(list(info["device"]), DEVICE_KEYS[family].split())
                self.assertEqual(info["version"], (2, 0))
                self.assertEqual("machine" in info["device"], family != "TG")
                for key in ("version", "tools_version"):
                    self.assertEqual([type(n) for n in info["runtime"][key]], [int] * 3)
                self.assertEqual(info["runtime"]["capabilities"][:3],
                                 [Caps.IO_ONLY, Caps.PER_LAYER, Caps.PER_LAYER_WITH_DATA])

    def test_tensors(self):
        for family, runner in self.families():
            with self.subTest(family=family):
                (tensor,), (output,) = runner.get_input_infos(), runner.get_output_infos()
                self.assertIs(tensor["type"], np.int8)
                self.assertIn(tensor["type"], {np.int8, np.uint8})
                self.assertEqual(tensor["shape"], (1, 4, 4, 2))
                self.assertEqual([type(tensor["shape"]), *map(type, tensor["shape"])], [tuple, *[int] * 4])
                self.assertIs(type(tensor["scale"]), np.float32 if family == "TG" else float)
                self.assertIs(type(tensor["zero_point"]), np.int8)
                self.assertEqual((tensor["scale"], tensor["zero_point"]), (0.5, -3))
                if family == "TG":
                    self.assertEqual((type(output["scale"]), output["scale"]), (np.float32, 0.0))
                    self.assertEqual(tensor["memory_pool"], "in 'activations' buffer")
                else:
                    self.assertIsNone(output["scale"])
                    self.assertEqual((type(output["zero_point"]), output["zero_point"]), (np.uint8, 0))
                    self.assertEqual(tensor["memory_pool"], "in activations buffer")

    def test_pools(self):
        for family, runner in self.families():
            pools = runner.get_info()["mempools"]
            (params,), (acts,) = pools["params"], pools["activations"]
            self.assertEqual((params["shape"][-1], acts["shape"][-1], params["type"]), (8, 100, np.uint8))
            if family == "TG":
                self.assertEqual((params["io_tensor"].tag, acts["io_tensor"].tag), ("W.0", "A.0"))
            else:
                self.assertEqual((list(params), params["shape"]), (["name", "shape", "type"], (1, 1, 1, 8)))
                self.assertEqual((params["name"], acts["name"]), ("params_1", "act_1") if family == "HL" else (None, None))

    def test_pools_of_targets(self):
        """Their shapes are those that each runtime sends."""
        for personality, shape in (("legacy", (1, 1, 1, 8)), ("st-ai", (1, 8)), ("neural-art", (8,)), ("tflm", (8,))):
            with self.subTest(personality=personality):
                (params,) = self.runner(self.serve(TINY_ST_AI, "--personality", personality)).get_info()["mempools"]["params"]
                self.assertEqual((params["shape"], params["io_tensor"].shape, params["io_tensor"].get_c_shape()), (shape,) * 3)
                self.assertEqual((params["memory_pool"], params["io_tensor"].memory_pool), ("user", None))

    def test_places(self):
        """Of inputs and outputs in the words of the family; of nodes only what a target says."""
        for family, runner in self.families():
            with self.subTest(family=family):
                (tensor,), (output,) = runner.get_input_infos(), runner.get_output_infos()
                place = "activations" if family == "TG" else "in activations buffer"
                self.assertEqual((tensor["io_tensor"].memory_pool, output["io_tensor"].memory_pool), (place, place))
                _, profiler = runner.invoke(runner.generate_rnd_inputs(batch_size=1), mode=Mode.PER_LAYER)
                self.assertEqual([node["io_tensors"][0].memory_pool for node in profiler["c_nodes"]], [None] * 3)
                self.assertEqual([node["io_tensors"][0].c_addr for node in profiler["c_nodes"]], [0] * 3)
        user = self.runner(FIXTURES / "tiny-user-io-st-ai").get_input_infos()[0]
        self.assertEqual((user["memory_pool"], user["io_tensor"].memory_pool), ("user", "user"))
        user = self.runner(self.serve(FIXTURES / "tiny-user-io-st-ai", "--personality", "legacy")).get_input_infos()[0]
        self.assertEqual((user["memory_pool"], user["io_tensor"].memory_pool), ("in 'user' buffer", "user"))

    def test_addresses(self):
        """A host library's inputs and outputs inside activations have one, and the reports show it."""
        for folder in (TINY_LEGACY, TINY_ST_AI):
            runner = self.runner(folder)
            (tensor,), (output,) = runner.get_input_infos(), runner.get_output_infos()
            addresses = tensor["io_tensor"].c_addr, output["io_tensor"].c_addr
            self.assertEqual([type(address) for address in addresses], [int, int])
            self.assertIn(f"I.0, , 0x{addresses[0]:08x} int8[1,4,4,2]", str(tensor["io_tensor"]))
            x = runner.generate_rnd_inputs(batch_size=1)
            outputs, profiler = runner.invoke(x)
            self.assertEqual(ctypes.string_at(addresses[1], outputs[0].nbytes), outputs[0].tobytes())
            lines = []
            runner.print_profiling(x, profiler, outputs, print_fn=lines.append, tensor_info=True)
            self.assertRegex("\n".join(lines), rf"I\.0 .* True {addresses[0]:#x} \n +O\.0 .* True {addresses[1]:#x} ")
        for elsewhere in (FIXTURES / "tiny-user-io-legacy", FIXTURES / "tiny-user-io-st-ai", self.serve(TINY_ST_AI)):
            self.assertEqual(self.runner(elsewhere).get_input_infos()[0]["io_tensor"].c_addr, 0)

    def test_device(self):
        *hosts, _, npu = [runner.get_info()["device"] for _, runner in self.families()]
        for host in hosts:
            self.assertEqual((host["dev_type"], host["dev_id"]), ("HOST", host["machine"] + " "))
        self.assertEqual((type(npu["dev_id"]), npu["dev_id"], npu["sys_clock"]), (int, 0x486, 800_000_000))
        self.assertIn("dev_id:0x486", npu["extra"])
        for word in ("version:1.0", "mcu_freq", "npu_freq", "nic_freq", "noc_freq"):
            self.assertTrue(any(text.startswith(word) for text in npu["extra"]), word)

    def test_changes_are_the_callers(self):
        runner = self.runner(TINY_ST_AI)
        info = runner.get_info()
        info["inputs"][0].clear()
        info["runtime"].clear()
        info["mempools"].clear()
        self.assertEqual(runner.get_info()["inputs"][0]["name"], "input_1")
        self.assertTrue(runner.get_info()["mempools"]["params"])
        self.assertIs(runner.get_info()["inputs"][0]["io_tensor"], runner.get_info()["inputs"][0]["io_tensor"])

    def test_profiler(self):
        for family, runner in self.families():
            with self.subTest(family=family):
                x = runner.generate_rnd_inputs(batch_size=2)
                _, profiler = runner.invoke(x, mode=Mode.PER_LAYER_WITH_DATA)
                self.assertEqual(list(profiler), ["info", "mode", "c_durations", "c_nodes", "debug"])
                self.assertEqual(list(profiler["debug"]),
                                 ["exec_times", "host_duration", "counters", "stack_usage", "heap_usage"])
                self.assertEqual([type(value) for value in profiler["c_durations"]], [float, float])
                self.assertEqual(len(profiler["c_nodes"]), 3)
                debug = profiler["debug"]
                if family == "TG":
                    self.assertEqual((debug["counters"]["type"], len(debug["counters"]["values"])), ("CPU cycles", 2))
                    self.assertIsInstance(debug["stack_usage"], int)
                else:
                    self.assertEqual((debug["counters"], debug["stack_usage"]), ({"type": 0, "values": []}, None))
                for index, node in enumerate(profiler["c_nodes"]):
                    self.assertEqual(list(node), NODE_KEYS[family].split())
                    self.assertEqual([len(node["c_durations"]), len(node["shape"])], [2, 1])
                    self.assertIsInstance(node["shape"][0], tuple)
                    self.assertEqual(node["io_tensors"][0].shape, node["shape"][0])
                    if family == "TG":
                        self.assertEqual((node["counters"]["type"], len(node["counters"]["values"])), ("CPU cycles", 2))
                        self.assertEqual([type(lines) for lines in node["extra"]], [list, list])
                        self.assertIs(type(node["scale"][0]), np.float32)
                    else:
                        self.assertEqual(node["name"], f"ai_node_{index}")
                        self.assertEqual(node["io_tensors"][0].name,
                                         f"{'ai' if family == 'HL' else 'stai'}_tens_n_{index}_0")
                        self.assertEqual(node["data"][0].shape, (2, *node["shape"][0][1:]))
                    flags = node["data"][0].flags
                    self.assertTrue(flags.writeable and flags.c_contiguous and flags.owndata)
                last = profiler["c_nodes"][2]
                self.assertEqual((last["scale"][0], last["zero_point"][0]),
                                 {"HL": (1.0, 0), "HS": (None, None), "TG": (0.0, 0)}[family])

    def test_io_only(self):
        for _, runner in self.families():
            x = runner.generate_rnd_inputs(batch_size=3)
            _, profiler = runner.invoke(x)
            self.assertEqual((len(profiler["c_durations"]), profiler["c_nodes"]), (3, []))
            self.assertEqual(profiler["mode"], Mode.IO_ONLY)

    def test_npu_statistics(self):
        class Option(enum.IntFlag):
            A = 1
            B = 2

        runner = self.runner(self.serve(TINY_ST_AI, "--personality", "neural-art"))
        x = runner.generate_rnd_inputs(batch_size=2)
        found = []
        for option in (0, *range(1, 16), Option.A | Option.B):
            _, profiler = runner.invoke(x, mode=Mode.PER_LAYER, disable_pb=True, option=option)
            self.assertEqual([node["m_id"] for node in profiler["c_nodes"]], ["-"] * 3)
            found += [text for node in profiler["c_nodes"] for texts in node["extra"] for text in texts]
        self.assertTrue(found)

    def test_tensor_without_batch(self):
        infos = {info["name"]: info for info in self.runner(FIXTURES / "formats-st-ai").get_input_infos()}
        self.assertEqual(infos["rows"]["shape"], (5, 3))
        self.assertEqual(infos["rows"]["io_tensor"].shape, (1, 5, 3))

    def test_every_format(self):
        for flavour in ("legacy", "st-ai"):
            runner = self.runner(FIXTURES / f"formats-{flavour}")
            x = runner.generate_rnd_inputs(batch_size=2)
            outputs, profiler = runner.invoke(x, mode=Mode.PER_LAYER_WITH_DATA)
            self.assertEqual([o.dtype for o in outputs], [np.dtype(i["type"]) for i in runner.get_output_infos()])
            self.assertIs(runner.get_input_infos()[2]["type"], bool)
            printed = []
            runner.print_profiling(x, profiler, outputs, print_fn=printed.append, tensor_info=True)
            self.assertGreater(len(printed), 30)


class Enums(StmTest):
    def test_values(self):
        self.assertEqual({caps.name: caps.value for caps in Caps}, {
            "IO_ONLY": 0, "PER_LAYER": 1, "PER_LAYER_WITH_DATA": 3, "SELF_TEST": 4, "RELOC": 8, "MEMORY_RW": 16, "USBC": 32})
        self.assertEqual(str(Caps.PER_LAYER), "Caps.PER_LAYER")
        self.assertEqual([int(m.value) for m in (Mode.IO_ONLY, Mode.PER_LAYER, Mode.PER_LAYER_WITH_DATA, Mode.FIXED_INPUT,
                                                 Mode.PERF_ONLY, Mode.DEBUG)], [0, 1, 2, 4, 8, 256])
        self.assertIs(Mode.CONST_VALUE, Mode.FIXED_INPUT)
        self.assertEqual(Mode(4).name, "FIXED_INPUT")
        self.assertFalse(Mode.PER_LAYER_WITH_DATA & Mode.PER_LAYER)

    def test_granted_modes(self):
        runner = self.runner(TINY_ST_AI)
        x = runner.generate_rnd_inputs(batch_size=1)
        for asked, granted in ((Mode.PER_LAYER_WITH_DATA, Mode.PER_LAYER | Mode.PER_LAYER_WITH_DATA), (1, Mode.PER_LAYER),
                               (Mode.PERF_ONLY | Mode.FIXED_INPUT, Mode.PERF_ONLY | Mode.FIXED_INPUT),
                               (Mode.DEBUG, Mode.DEBUG)):
            outputs, profiler = runner.invoke(x, mode=asked)
            self.assertEqual((profiler["mode"], len(outputs[0])), (granted, 1))
        for wrong in ("PER_LAYER", None, 1.0):
            with self.assertRaises(TypeError):
                runner.invoke(x, mode=wrong)
        bare = self.runner(FIXTURES / "tiny-no-observer-legacy")
        _, profiler = bare.invoke(bare.generate_rnd_inputs(batch_size=1), mode=Mode.PER_LAYER_WITH_DATA)
        self.assertEqual((profiler["mode"], profiler["c_nodes"]), (Mode.IO_ONLY, []))


class Random(StmTest):
    VALUES = (
        (np.float32, None, [-0.25091976, 0.90142864, 0.46398789, 0.19731697, -0.68796271, -0.68801093]),
        (np.float32, [-1, 1], [-0.25091976, 0.90142864, 0.46398789, 0.19731697, -0.68796271, -0.68801093]),
        (np.float32, [0, 1], [0.37454012, 0.95071429, 0.73199391, 0.59865850, 0.15601864, 0.15599452]),
        (np.int8, None, [-26, 51, -36, -114, -22, -57]), (np.int8, [-300, 300], [-26, 51, -36, -114, -22, -57]),
        (np.uint8, None, [102, 179, 92, 14, 106, 71]), (np.int16, None, [23654, -16973, -31908, 5390, 29802, 21575]),
        (np.int16, [-300, 300], [-198, 135, -30, -194, -229, -280]),
        (np.uint16, None, [56422, 15795, 860, 38158, 62570, 54343]),
        (np.int32, None, [-538846106, 1273642419, 1935803228, -1359637234, 996406378, 1201263687]),
        (np.uint32, None, [1608637542, 3421126067, 4083286876, 787846414, 3143890026, 3348747335]),
        (np.int64, None, [-2314326399425823309, 8314211556539077902, 4279532810384561223]),
        (bool, None, [False, True, False, False, False, True]), (np.int8, [-1.0, 1.0], [1, -1, 1, 1, -1, -1]),
        (np.int8, [0.2, 0.9], [0] * 6), (np.int8, [3.9], [3] * 6), (np.float32, [0.5], [0.5] * 6))

    def test_values(self):
        for dtype, val, expected in self.VALUES:
            with self.subTest(dtype=dtype, val=val):
                (array,) = generate_rnd([dtype], [(1, 2, 3)], 2, np.random.RandomState(42), val)
                self.assertEqual((array.shape, array.dtype), ((2, 2, 3), np.dtype(dtype)))
                np.testing.assert_array_equal(array.ravel()[:len(expected)], np.array(expected, dtype))

    def test_types_that_the_original_cannot_draw(self):
        for dtype in (np.float16, np.float64, np.uint64):
            self.assertEqual(generate_rnd(dtype, (1, 3), 2, np.random.RandomState(1)).dtype, dtype)
        self.assertEqual(generate_rnd(np.int8, (1, 3), 2, np.random.default_rng(1)).shape, (2, 3))

    def test_bad_val(self):
        with self.assertRaises(TypeError):
            generate_rnd(np.int8, (1, 3), val=3)
        with self.assertRaises(ValueError):
            generate_rnd(np.int8, (1, 3), val=[])

    def test_shared_generators(self):
        text = """
import sys
from stm_ai_runner import AiRunner
runner = AiRunner()
runner.connect(sys.argv[1])
first, second = (runner.generate_rnd_inputs(batch_size=2)[0].ravel()[:4].tolist() for _ in range(2))
print(first, second, runner.session().generate_rnd_inputs(batch_size=2)[0].ravel()[:4].tolist())
"""
        outputs = {self.run_python(text, TINY_ST_AI)[0] for _ in range(2)}
        self.assertEqual(len(outputs), 1)
        expected = np.random.RandomState(42).randint(-128, 128, size=(4, 4, 4, 2)).astype(np.int8)
        first, second = expected[0].ravel()[:4].tolist(), expected[2].ravel()[:4].tolist()
        self.assertEqual(outputs.pop(), f"{first} {second} {first}\n")

    def test_packed_and_batch(self):
        runner = self.runner(FIXTURES / "formats-legacy")
        arrays = runner.generate_rnd_inputs(batch_size=0)
        self.assertEqual([len(array) for array in arrays], [1] * 8)
        self.assertEqual(arrays[4].shape, (1, 2, 2, 2))
        self.assertEqual(len(runner.generate_rnd_inputs(runner.session(), batch_size=3)[0]), 3)


class Inputs(StmTest):
    def setUp(self):
        self.stm = self.runner(TINY_ST_AI)
        (self.x,) = self.stm.generate_rnd_inputs(batch_size=3, rng=np.random.RandomState(1))
        self.expected = self.stm.invoke(self.x)[0][0]

    def assert_refused(self, value, text):
        with self.assertRaises(InvalidParamError) as caught:
            self.stm.invoke(value)
        self.assertTrue(str(caught.exception).startswith(f"E804(InvalidParamError): {text}"), str(caught.exception))

    def test_taken(self):
        class Eager:
            dtype, shape = np.int8, (3, 4, 4, 2)
            __array__ = lambda this, dtype=None, copy=None: self.x

        for value in (self.x, [self.x], (self.x,), self.x.tolist(), [self.x.tolist()], Eager(), [Eager()],
                      self.x.reshape(3, 4, 1, 4, 2), np.asfortranarray(self.x)):
            np.testing.assert_array_equal(self.stm.invoke(value)[0][0], self.expected)

    def test_refused(self):
        self.assert_refused([self.x, self.x], "invalid input number -> 2, expected 1")
        self.assert_refused(self.x.astype(float), "input #1 - invalid dtype -> 'float64', expected '<class 'numpy.int8'>'")
        self.assert_refused(self.x[0], "input #1 - invalid shape -> (1, 4, 2), expected (1, 4, 4, 2)")
        self.assert_refused(self.x.reshape(3, 32), "input #1 - invalid shape -> (1, 32), expected (1, 4, 4, 2)")
        self.assert_refused(np.int8(5), "input #1 - invalid shape -> (1,), expected (1, 4, 4, 2)")
        with self.assertRaisesRegex(InvalidParamError, r"invalid shape -> \(1, 31\), expected \(1, 4, 4, 2\)$"):
            self.stm.invoke(np.zeros((3, 31)), io_mode="quantize")
        self.assert_refused(self.x[:0], "input #1 - the batch is empty")
        self.assert_refused(self.x.astype(object), "input #1 - invalid dtype -> 'object'")
        np.testing.assert_array_equal(self.stm.invoke(self.x)[0][0], self.expected)

    def test_nested_lists(self):
        """With one sample and with two, with the batch and without what is one; in a list around it too."""
        runner = self.runner(TINY_ST_AI)
        (one,) = runner.generate_rnd_inputs(batch_size=1)
        expected = runner.invoke([one])[0][0]
        for given in (one.tolist(), [one.tolist()], [one[0].tolist()], (one.tolist(),)):
            np.testing.assert_array_equal(runner.invoke(given)[0][0], expected)
        two = np.concatenate([one, one])
        for given in (two.tolist(), [two.tolist()]):
            np.testing.assert_array_equal(runner.invoke(given)[0][0], np.concatenate([expected, expected]))
        grey = self.runner(str(DIGITS / "st-ai-int8"))  # (1, 8, 8, 1)
        three = grey.generate_rnd_inputs(batch_size=3)[0]
        expected = grey.invoke(three)[0][0]
        for given in ([three.reshape(3, 8, 8).tolist()], three.reshape(3, 8, 8).tolist(), [three.tolist()]):
            np.testing.assert_array_equal(grey.invoke(given)[0][0], expected)
        for given in ([three[0, :, :, 0].tolist()], three[:1].reshape(1, 8, 8).tolist(), [three[:1].tolist()]):
            np.testing.assert_array_equal(grey.invoke(given)[0][0], expected[:1])

    def test_an_option_is_nothing_to_a_host_library(self):
        runner = self.runner(TINY_ST_AI)
        self.assertEqual(len(runner.invoke(runner.generate_rnd_inputs(batch_size=1), option=-1)[0]), 1)

    def test_several(self):
        runner = self.runner("null:")
        a, b = runner.generate_rnd_inputs(batch_size=2)
        expected = runner.invoke([a, b])[0]
        longer = np.concatenate([b, b])
        for got, wanted in zip(runner.invoke([a, longer])[0], expected):
            np.testing.assert_array_equal(got, wanted)
        np.testing.assert_array_equal(runner.invoke([a.astype(">f4"), b])[0][1], expected[1])
        with self.assertRaisesRegex(InvalidParamError, "input #2 - 1 samples, input #1 has 2"):
            runner.invoke([a, b[:1]])

    def test_io_mode(self):
        tensor = self.stm.get_input_infos()[0]["io_tensor"]
        real = tensor.dequantize(self.x)
        np.testing.assert_array_equal(self.stm.invoke(real, io_mode="quantize")[0][0], self.expected)
        np.testing.assert_array_equal(self.stm.invoke(real[0].ravel(), io_mode="quantize+dequantize")[0][0],
                                      self.expected[:1])
        np.testing.assert_array_equal(self.stm.invoke(self.x, io_mode=5)[0][0], self.expected)
        runner = self.runner("null:")
        outputs, _ = runner.invoke(runner.generate_rnd_inputs(batch_size=2), io_mode="dequantize")
        self.assertEqual([output.dtype for output in outputs], [np.float32] * 2)

    def test_hint_for_pixels(self):
        warnings = []
        runner = AiRunner(logger=mock.Mock(warning=warnings.append))
        self.addCleanup(runner.disconnect)
        self.assertTrue(runner.connect(TINY_ST_AI))
        x = np.full((1, 4, 4, 2), 200, np.uint8)
        for values in (np.full_like(x, 20), x.astype(np.float32), x.astype(np.int8)):
            runner.invoke(values, io_mode="quantize")
        self.assertEqual(warnings, [])
        for _ in range(2):
            runner.invoke(x, io_mode="quantize")
        self.assertEqual(warnings, ["input #1 - uint8 values are quantized as the real values they are: 100% of them lie outside of -62.5 "
                                    "to 65, which the model can represent. Pixels may have to be divided by 255 first"])

    def test_outputs(self):
        first, second = self.stm.invoke(self.x)[0][0], self.stm.invoke(self.x)[0][0]
        self.assertEqual((first.shape, first.dtype), ((3, 2), np.float32))
        self.assertTrue(second.flags.writeable and second.flags.c_contiguous and second.flags.owndata)
        second *= 0
        np.testing.assert_array_equal(first, self.expected)
        self.assertEqual(self.runner(TINY_LEGACY).invoke(self.x)[0][0].shape, (3, 1, 1, 2))
        remote = self.runner(self.serve(TINY_ST_AI))
        np.testing.assert_array_equal(remote.invoke(self.x)[0][0], self.expected)
        outputs, _ = remote.invoke(self.x, mode=Mode.PERF_ONLY)
        self.assertEqual((outputs[0].shape, outputs[0].dtype), ((0,), np.float32))

    def test_other_arguments(self):
        self.stm.invoke(self.x, disable_pb=True, option=3, io_extra_bytes=True, m_outputs=None, unknown=1)

    def test_failing_runs(self):
        for flavour, kind, text in (
                ("legacy", AiRunnerError, 'E800(AiRunnerError): ai_network_run() failed\n AiError - type="Invalid Value"(0x17), '
                                          'code="Layer"(0x14)\nmodel \'network\': '),
                ("st-ai", HwIOError, "E801(HwIOError): stai_network_run failed with error 0x30020\nmodel 'network': ")):
            runner = self.runner(FIXTURES / f"tiny-failing-{flavour}")
            with self.assertRaises(kind) as caught:
                runner.invoke(self.x)
            self.assertTrue(str(caught.exception).startswith(text), str(caught.exception))


class Recorder(AiRunnerCallback):
    def __init__(self, stop_at=None):
        self.events, self.stop_at, self.lists = [], stop_at, []

    def on_sample_begin(self, idx):
        self.events.append(("sample_begin", idx))

    def on_sample_end(self, idx, data, logs=None):
        self.events.append(("sample_end", idx, logs["dur"]))
        self.lists.append(data)
        return idx != self.stop_at

    def on_node_begin(self, idx, data, logs=None):
        self.events.append(("node_begin", idx, [d.shape for d in data], sorted(logs)))

    def on_node_end(self, idx, data, logs=None):
        self.events.append(("node_end", idx, [d.shape for d in data], sorted(logs)))


class Callbacks(Families):
    def test_sequence(self):
        for family, runner in self.families():
            with self.subTest(family=family):
                callback = Recorder()
                x = runner.generate_rnd_inputs(batch_size=2)
                outputs, profiler = runner.invoke(x, mode=Mode.PER_LAYER_WITH_DATA, callback=callback)
                kinds = [event[0] for event in callback.events]
                node = ["node_end"] if family == "TG" else ["node_begin", "node_end"]
                self.assertEqual(kinds, ["sample_begin", *node * 3, "sample_end"] * 2)
                ends = [event for event in callback.events if event[0] == "sample_end"]
                self.assertEqual([event[2] for event in ends], profiler["c_durations"])
                for place, data in enumerate(callback.lists):
                    np.testing.assert_array_equal(data[0], outputs[0][place:place + 1])
                if family != "TG":
                    self.assertEqual(callback.events[1], ("node_begin", 0, [(32,)], ["layer_type", "m_id"]))
                    self.assertEqual(callback.events[2], ("node_end", 0, [(1, 4, 4, 2)],
                                                          ["c_duration", "dur", "layer_type", "m_id", "shape"]))

    def test_io_only_has_no_nodes(self):
        callback = Recorder()
        runner = self.runner(TINY_LEGACY)
        runner.invoke(runner.generate_rnd_inputs(batch_size=1), callback=callback)
        self.assertEqual([event[0] for event in callback.events], ["sample_begin", "sample_end"])

    def test_kept_lists_do_not_change(self):
        callback = Recorder()
        runner = self.runner(TINY_ST_AI)
        outputs, _ = runner.invoke(runner.generate_rnd_inputs(batch_size=3), callback=callback)
        kept = [data[0].copy() for data in callback.lists]
        outputs[0].fill(0)
        for data, before in zip(callback.lists, kept):
            np.testing.assert_array_equal(data[0], before)

    def test_only_times(self):
        """A target sends no outputs then: callbacks see empty ones, and every sample is run."""
        for family, runner in self.families():
            callback = Recorder()
            x = runner.generate_rnd_inputs(batch_size=3)
            _, profiler = runner.invoke(x, mode=Mode.PERF_ONLY, callback=callback)
            self.assertEqual([event[0] for event in callback.events], ["sample_begin", "sample_end"] * 3)
            self.assertEqual(len(profiler["c_durations"]), 3)
            if family == "TG":
                self.assertEqual([(data.shape, data.dtype) for (data,) in callback.lists], [((0,), np.float32)] * 3)

    def test_stop(self):
        for _, runner in self.families():
            x = runner.generate_rnd_inputs(batch_size=5)
            outputs, profiler = runner.invoke(x, callback=Recorder(stop_at=1))
            self.assertEqual((len(outputs[0]), len(profiler["c_durations"])), (2, 2))
            self.assertIn("host_duration", profiler["debug"])

    def test_none_stops(self):
        class Forgetful(AiRunnerCallback):
            def on_sample_end(self, idx, data, logs=None):
                pass

        runner = self.runner(TINY_ST_AI)
        self.assertEqual(len(runner.invoke(runner.generate_rnd_inputs(), callback=Forgetful())[0][0]), 1)

    def test_what_is_raised(self):
        for _, runner in self.families():
            x = runner.generate_rnd_inputs(batch_size=2)
            expected = runner.invoke(x)[0][0]
            for name in ("on_sample_begin", "on_sample_end", "on_node_end"):
                callback = Recorder()
                setattr(callback, name, mock.Mock(side_effect=ZeroDivisionError("mine")))
                with self.assertRaisesRegex(ZeroDivisionError, "mine"):
                    runner.invoke(x, mode=Mode.PER_LAYER, callback=callback)
            np.testing.assert_array_equal(runner.invoke(x)[0][0], expected)


class Progress(StmTest):
    def bar(self, tty, runner, **arguments):
        """What the bar was told, None without a bar."""
        import stm_ai_runner._progress as progress

        class Terminal(io.StringIO):
            isatty = lambda self: tty

        tqdm = mock.MagicMock()
        tqdm.tqdm.return_value.n = 0
        with mock.patch.dict("sys.modules", {"tqdm": tqdm}), mock.patch.object(progress, "_has_tqdm", lambda: True), \
                mock.patch.object(progress, "_DELAY_S", 0.05), mock.patch("sys.stdout", Terminal()):
            runner.invoke(runner.generate_rnd_inputs(batch_size=6), **arguments)
        if tqdm.tqdm.called:
            tqdm.tqdm.return_value.close.assert_called_once_with()
        return tqdm.tqdm.call_args

    def test_bar(self):
        runner = self.runner("null:?delay_ms=30")
        arguments = self.bar(True, runner).kwargs
        self.assertEqual((arguments["total"], arguments["desc"], arguments["leave"]), (6, "STAI.IO", False))
        self.assertIsNone(self.bar(False, runner))
        self.assertIsNone(self.bar(True, runner, disable_pb=True))
        debug = AiRunner(logger=QUIET, debug=True)
        self.addCleanup(debug.disconnect)
        debug.connect("null:?delay_ms=30")
        self.assertIsNone(self.bar(True, debug))

    def test_terminal_that_goes(self):
        """The work is finished without the bar."""
        import stm_ai_runner._progress as progress

        class Gone(io.StringIO):
            def isatty(self):
                return True

        class Bar:
            n = 0
            calls = []

            def __init__(self, **arguments):
                pass

            def update(self, count):
                self.calls.append("update")
                raise OSError(5, "Input/output error")

            def close(self):
                self.calls.append("close")
                raise ValueError("I/O operation on closed file")

        runner = self.runner("null:?delay_ms=30")
        module = mock.MagicMock(tqdm=Bar)
        with mock.patch.dict("sys.modules", {"tqdm": module}), mock.patch.object(progress, "_has_tqdm", lambda: True), \
                mock.patch.object(progress, "_DELAY_S", 0.05), mock.patch("sys.stdout", Gone()):
            outputs, _ = runner.invoke(runner.generate_rnd_inputs(batch_size=6))
        self.assertEqual((len(outputs[0]), Bar.calls), (6, ["update", "close"]))

    def test_closed_on_errors(self):
        class Broken(AiRunnerCallback):
            def on_sample_end(self, idx, data, logs=None):
                if idx == 4:
                    raise KeyError("mine")
                return True

        with self.assertRaises(KeyError):
            self.bar(True, self.runner("null:?delay_ms=30"), callback=Broken())


    def test_a_terminal_that_goes(self):
        import stm_ai_runner._progress as progress

        for broken in ("tqdm.update", "tqdm", "tqdm.close"):
            with self.subTest(broken=broken):
                runner = self.runner("null:?delay_ms=30")
                module = mock.MagicMock()
                module.tqdm.return_value.n = 0
                for name in ("tqdm", "tqdm.update", "tqdm.close"):
                    target = module.tqdm if name == "tqdm" else getattr(module.tqdm.return_value, name[len("tqdm."):])
                    target.side_effect = OSError(5, "gone") if name == broken else None
                with mock.patch.dict("sys.modules", {"tqdm": module}), mock.patch.object(progress, "_DELAY_S", 0.05), \
                        mock.patch("stm_ai_runner._network.bar_possible", lambda: True):
                    outputs, _ = runner.invoke(runner.generate_rnd_inputs(batch_size=6))
                self.assertTrue(module.tqdm.called)
                self.assertEqual(len(outputs[0]), 6)


class Streams(StmTest):
    PROGRAM = """
import logging, sys
if sys.argv[2] == "closed object":
    sys.stdout.close()
    sys.stderr.close()
import airunner
from stm_ai_runner import AiRunner
logging.getLogger("airunner").setLevel(logging.DEBUG)
logging.getLogger("airunner").addHandler(logging.StreamHandler())
with airunner.connect("null:", options={"delay_ms": 1}) as runner:
    runner.model.invoke(runner.model.random_inputs(3))
runner = AiRunner(debug=True)
runner.connect("null:?delay_ms=20")
outputs, _ = runner.invoke(runner.generate_rnd_inputs(batch_size=70))
with open(sys.argv[1], "w") as file:
    file.write(str(len(outputs[0])))
"""

    def test_logs_and_bars_end_no_work(self):
        path = self.folder() / "done"
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
        for kind in ("closed", "closed object", "full", "gone", "pipe"):
            if kind == "gone":
                master, broken = pty.openpty()
            elif kind == "pipe":
                master, broken = os.pipe()
            else:
                broken, master = os.open("/dev/full" if kind == "full" else "/dev/null", os.O_WRONLY), None
            # A terminal goes while the bar is shown; a pipe has lost its reader at once.
            if kind == "pipe":
                os.close(master)
            close = (lambda: (os.close(1), os.close(2))) if kind == "closed" else None
            process = subprocess.Popen([sys.executable, "-c", self.PROGRAM, path, kind], env=environment, stdout=broken,
                                       stderr=broken, preexec_fn=close)
            os.close(broken)
            if kind == "gone":
                time.sleep(1)
                os.close(master)
            with self.subTest(kind=kind):
                process.wait(LIMIT_S)  # Python itself ends with 120 where it cannot write at its end
                self.assertEqual(path.read_text(), "70")
            path.unlink(missing_ok=True)


class Errors(StmTest):
    def test_lost_link(self):
        runner = self.runner(self.serve("null:", "--fault", "die@tensor:2"))
        x = runner.generate_rnd_inputs(batch_size=3)
        with self.assertRaises(AiRunnerError) as caught:
            runner.invoke(x)
        self.assertIsInstance(caught.exception.__cause__, airunner.LinkLostError)
        self.assertTrue(str(caught.exception).startswith("E801(HwIOError): "), str(caught.exception))
        self.assertFalse(runner.is_connected)
        with self.assertRaisesRegex(NotConnectedError, "^E810"):
            runner.invoke(x)

    def test_timeout_of_a_target(self):
        runner = self.runner(self.serve("null:", "--fault", "truncated-message@tensor"))
        with self.assertRaises(AiRunnerError):
            runner.invoke(runner.generate_rnd_inputs(batch_size=1))


if __name__ == "__main__":
    unittest.main()
