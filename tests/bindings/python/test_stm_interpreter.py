# SPDX-License-Identifier: BSD-3-Clause
"""stm_ai_runner: one interpreter for all."""

import os
import sys
import types
import unittest
import unittest.mock

import numpy as np

from support import BUILD, FIXTURES, SOURCE, TINY_ST_AI
from test_stm_connect import QUIET, StmTest

import airunner
from stm_ai_runner import AiRunner, AiRunnerInterpreter
from stm_ai_runner.ai_interpreter import AiDeviceDesc, AiRuntimeDesc, AiRuntimeType


class Interpreter(StmTest):
    def test_what_it_takes(self):
        runner = self.runner(TINY_ST_AI)
        expected = runner.invoke(runner.generate_rnd_inputs(batch_size=1, rng=np.random.RandomState(3)))[0][0]
        x = runner.generate_rnd_inputs(batch_size=1, rng=np.random.RandomState(3))
        library = FIXTURES / "tiny-st-ai" / "libai_network.so"
        for model in (runner, runner.session(), TINY_ST_AI, FIXTURES / "tiny-st-ai", library, str(library)):
            interpreter = AiRunnerInterpreter(model, logger=QUIET)
            self.assertTrue(interpreter.is_valid)
            self.assertEqual(interpreter.name, "network")
            self.assertEqual([d.name for d in (*interpreter.get_inputs(), *interpreter.get_outputs())], ["input_1", "output_1"])
            np.testing.assert_array_equal(interpreter.invoke(x)[0], expected)
            self.assertTrue(interpreter.reset())
        self.assertEqual(str(AiRunnerInterpreter(runner)), f"AiRunner(v3.2): {runner}")

    def test_bare_array_and_wrong_count(self):
        interpreter = AiRunnerInterpreter(self.runner(TINY_ST_AI))
        x = np.zeros((3, 4, 4, 2), np.int8)
        self.assertEqual(interpreter.invoke(x)[0].shape, (3, 2))
        self.assertEqual(interpreter.invoke([x, x]), [])

    def test_name(self):
        interpreter = AiRunnerInterpreter(self.runner("null:?models=2"), name="network_2")
        self.assertEqual(interpreter.name, "network_2")

    def test_reset(self):
        """Of a model with states, which others than ST's runtimes do."""
        runner = self.runner("null:?stateful=1")
        x = runner.generate_rnd_inputs(batch_size=1)
        for model in (runner, runner.session(), "null:?stateful=1"):
            interpreter = AiRunnerInterpreter(model, logger=QUIET)
            self.assertTrue(interpreter.reset())
            first, second = interpreter.invoke(x), interpreter.invoke(x)
            self.assertTrue(interpreter.reset())
            third = interpreter.invoke(x)
            self.assertFalse(all(np.array_equal(a, b) for a, b in zip(first, second)))
            for a, b in zip(first, third):
                np.testing.assert_array_equal(a, b)

    def test_failures(self):
        nowhere = AiRunnerInterpreter("lib:/no/where", logger=QUIET)
        self.assertEqual((nowhere.is_valid, nowhere.get_inputs(), str(nowhere)), (True, [], "AiRunner(v3.2): <unconnected>"))
        self.assertEqual(nowhere.invoke([]), [])
        wrong = AiRunnerInterpreter(5)
        self.assertEqual((wrong.is_valid, str(wrong), wrong.invoke([])), (False, "<undefined>", []))

    @unittest.skipUnless((BUILD / "runtimes" / "ai_edge_litert").is_dir(), "LiteRT is not in build/runtimes")
    def test_kernels_of_a_tflite_file(self):
        """ST's default are the reference kernels; `no-kref` are the others; a descriptor may name them itself."""
        os.environ["AIRUNNER_LITERT"] = str(BUILD / "runtimes")
        self.addCleanup(os.environ.pop, "AIRUNNER_LITERT")
        path = SOURCE / "examples" / "models" / "digits" / "digits_int8.tflite"
        x = AiRunner(logger=QUIET)
        self.assertTrue(x.connect(path), x.get_error())
        x = x.generate_rnd_inputs(batch_size=20, rng=np.random.RandomState(1))
        for arguments, option in (({}, "kernels=reference"), ({"mode": None}, "kernels=reference"), ({"mode": "no-kref"}, None),
                                  ({"mode": "a+no-kref"}, None)):
            for model in (path, str(path), f"tflite:{path}"):
                interpreter = AiRunnerInterpreter(model, logger=QUIET, **arguments)
                descriptor = interpreter._interpreter._runner._drv.runner.descriptor
                self.assertEqual(descriptor.partition("?")[2], option or "", arguments)
                with airunner.connect(f"tflite:{path}?{option or ''}") as runner:
                    np.testing.assert_array_equal(interpreter.invoke(x)[0], runner.model.invoke(x).outputs[0])
        named = AiRunner(logger=QUIET)
        self.assertTrue(named.connect(f"{path}?kernels=builtin"), named.get_error())
        self.assertEqual(named._drv.runner.descriptor, f"tflite:{path}?kernels=builtin")
        self.assertTrue(named.connect(f"{path}?threads=1", mode="no-kref"), named.get_error())
        self.assertEqual(named._drv.runner.descriptor, f"tflite:{path}?threads=1")

    def test_runtime_without_reference_kernels(self):
        """The runtime's own are taken, and the log says so."""
        called, logged = [], []

        def connect(text, options, **arguments):
            called.append(dict(options))
            if "kernels" in options:
                raise airunner.UnsupportedError("option kernels=reference: this LiteRT has no such kernels")
            return airunner_connect("null:")

        airunner_connect = airunner.connect
        logger = types.SimpleNamespace(debug=lambda text: None, info=print, warning=logged.append, error=print)
        with unittest.mock.patch.object(airunner, "connect", connect):
            interpreter = AiRunnerInterpreter("model.tflite", logger=logger)
        self.assertEqual((called, interpreter.name), ([{"kernels": "reference"}, {}], "network"))
        self.assertIn("model.tflite: computed by the runtime's default kernels, not by the reference kernels: option kernels", logged[0])

    def test_tflite_file_without_tensorflow(self):
        path = self.folder() / "model.tflite"
        path.write_bytes(b"no model")
        if "tensorflow" in sys.modules:
            self.skipTest("tensorflow is loaded")
        sys.modules["tensorflow"] = None
        self.addCleanup(sys.modules.pop, "tensorflow")
        with self.assertRaisesRegex(ImportError, "model.tflite: (.|\\n)+\nTensorFlow, which is tried then, is not there"):
            AiRunnerInterpreter(path, logger=QUIET)

    def test_tflite_file(self):
        class Fake:
            def __init__(self, model_path, experimental_op_resolver_type):
                self.kernels = experimental_op_resolver_type

            def allocate_tensors(self):
                pass

            def get_input_details(self):
                return [{"name": "x", "index": 0, "shape": np.array([1, 2]), "dtype": np.int8, "quantization": (0.5, -1)}]

            def get_output_details(self):
                return [{"name": "y", "index": 1, "shape": np.array([1, 2]), "dtype": np.float32, "quantization": (0.0, 0)}]

            def set_tensor(self, index, value):
                self.value = value

            def invoke(self):
                pass

            def get_tensor(self, index):
                return self.value.astype(np.float32)

            def reset_all_variables(self):
                pass

        resolver = types.SimpleNamespace(BUILTIN_REF="reference", AUTO="auto")
        sys.modules["tensorflow"] = types.SimpleNamespace(__version__="2.15", lite=types.SimpleNamespace(
            Interpreter=Fake, experimental=types.SimpleNamespace(OpResolverType=resolver)))
        self.addCleanup(sys.modules.pop, "tensorflow")
        path = self.folder() / "model.tflite"
        path.write_bytes(b"no model")
        interpreter = AiRunnerInterpreter(path, logger=QUIET)
        self.assertEqual(str(interpreter), f"tf.lite.Interpreter(v2.15): model_path={path}")
        (desc,) = interpreter.get_inputs()
        self.assertEqual((desc.shape, desc.dtype, desc.scale, desc.zero_point), ((1, 2), np.int8, [0.5], [-1]))
        x = np.arange(6, dtype=np.int8).reshape(3, 2)
        np.testing.assert_array_equal(interpreter.invoke(x)[0], x)
        self.assertEqual(interpreter.invoke([x, x]), [])

    def test_plain_types(self):
        self.assertEqual((str(AiRuntimeType.HOST), AiRuntimeType.SIMULATOR.value), ("HOST", 1))
        self.assertEqual(AiRuntimeDesc._fields[:3], ("rt_type", "name", "protocol"))
        self.assertEqual(AiDeviceDesc._fields, ("device", "desc", "id", "system", "attrs"))
        self.assertIsInstance(AiRunner(logger=QUIET), AiRunner)


if __name__ == "__main__":
    unittest.main()
