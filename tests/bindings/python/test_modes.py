# SPDX-License-Identifier: BSD-3-Clause
"""Outputs do not depend on the mode: for the models of every backend, directly and served, in several batches, through both packages."""

import os
import unittest
from pathlib import Path

import numpy as np

from support import BUILD, FIXTURES, SOURCE, TestCase
from test_stm_connect import StmTest

import airunner
from stm_ai_runner import AiRunner

LITERT_MODELS = BUILD / "tests" / "litert" / "models"
DIGITS = SOURCE / "examples" / "models" / "digits"
RUNTIMES = Path(os.environ["AIRUNNER_RUNTIMES"])
HAS = {"tflite": (RUNTIMES / "ai_edge_litert").is_dir(), "onnx": (RUNTIMES / "onnxruntime").is_dir()}
LITERT = ("half_weights", "free_batch", "free_two", "branches", "where_inside", "borders", "per_channel", "empty", "svdf", "lstm",
          "resource", "constant", "int8", "chain")
ROUNDING = 1e-5  # of fused float32 operators; a quantum more where there are some
N = 7


def models():
    """Descriptors, and how far outputs may be apart."""
    for descriptor in ("null:", "null:?stateful=1"):
        yield descriptor, 0
    for name in ("tiny", "layers", "accumulator"):
        yield str(FIXTURES / f"{name}-st-ai"), 0
    for scheme, exact, usual in (("tflite", "kernels=builtin", "kernels=xnnpack"), ("onnx", "optimize=none", "optimize=all")):
        if not HAS[scheme]:
            continue
        paths = [DIGITS / f"digits_{dtype}.{scheme}" for dtype in ("int8", "float32")]
        paths += [LITERT_MODELS / f"{name}.tflite" for name in LITERT] if scheme == "tflite" else []
        for path in paths:
            yield f"{scheme}:{path}?threads=1&runtime={RUNTIMES}&{exact}", 0
            yield f"{scheme}:{path}?threads=1&runtime={RUNTIMES}&{usual}", ROUNDING


def reset(model):
    if airunner.Capability.RESET_STATES in model.info.capabilities:
        model.reset_states()


class Modes(StmTest):
    def assert_close(self, found, expected, tensors, tolerance):
        for array, other, tensor in zip(found, expected, tensors):
            self.assertEqual(array.shape, other.shape)
            step = 1 if tolerance and array.dtype.kind in "iu" else 0
            np.testing.assert_allclose(array.astype("f8"), other.astype("f8"), rtol=0, atol=max(tolerance, step),
                                       err_msg=tensor.name)

    def batches(self, model, inputs, mode, sizes):
        """Outputs of all samples, which are given in batches of these sizes."""
        reset(model)
        results, at = [], 0
        for size in sizes:
            results.append(model.invoke([x[at:at + size] for x in inputs], mode=mode).outputs)
            at += size
        return [np.concatenate(arrays) for arrays in zip(*results)]

    def test_outputs(self):
        for descriptor, tolerance in models():
            with self.subTest(descriptor):
                model = self.connect(descriptor).model
                inputs = model.random_inputs(N)
                expected = self.batches(model, inputs, airunner.Mode.IO_ONLY, (N,))
                for mode in (airunner.Mode.IO_ONLY, airunner.Mode.PER_LAYER, airunner.Mode.PER_LAYER_WITH_DATA):
                    for sizes in ((N,), (1, 4, 2)):
                        found = self.batches(model, inputs, mode, sizes)
                        self.assert_close(found, expected, model.outputs, tolerance if mode else 0)

    def test_served_outputs(self):
        for descriptor, tolerance in models():
            with self.subTest(descriptor):
                local = self.connect(descriptor).model
                inputs = local.random_inputs(N)
                expected = self.batches(local, inputs, airunner.Mode.IO_ONLY, (N,))
                served = self.connect(self.serve(descriptor)).model
                for mode in (airunner.Mode.IO_ONLY, airunner.Mode.PER_LAYER_WITH_DATA):
                    self.assert_close(served.invoke(inputs, mode=mode).outputs, expected, local.outputs, tolerance if mode else 0)

    def test_drop_in(self):
        for descriptor, tolerance in models():
            with self.subTest(descriptor):
                model = self.connect(descriptor).model
                inputs = model.random_inputs(N)
                reset(model)
                expected = model.invoke(inputs).outputs
                for mode in (AiRunner.Mode.IO_ONLY, AiRunner.Mode.PER_LAYER_WITH_DATA):
                    outputs, _ = self.runner(descriptor).invoke(inputs, mode=mode)
                    found = [np.reshape(array, other.shape) for array, other in zip(outputs, expected)]
                    self.assert_close(found, expected, model.outputs, tolerance if mode != AiRunner.Mode.IO_ONLY else 0)

    @unittest.skipUnless(HAS["tflite"], "LiteRT is not there")
    def test_samples_that_differ_in_shape(self):
        descriptor = f"tflite:{LITERT_MODELS}/where.tflite?threads=1&runtime={RUNTIMES}&kernels=builtin"
        model = self.connect(descriptor).model
        self.assertIn(-1, model.outputs[0].shape)
        x, events, nodes = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 0, 1], [1, 0, 0, 0]], "f4"), [], []
        expected = [np.argwhere(sample[np.newaxis] > 0) for sample in x]
        outputs, profile = model.invoke(x, mode="per_layer_with_data", on_sample_end=events.append,
                                        on_node_end=lambda event: nodes.append((event.node.name, event.data)))
        stored = {node.name: node.data for node in profile.nodes}["where"]
        for arrays in (outputs[0], model.invoke(x).outputs[0], [event.outputs[0][0] for event in events], stored[0],
                       [data[0][0] for name, data in nodes if name == "where"]):
            self.assertEqual([array.tolist() for array in arrays], [e.tolist() for e in expected])
        outputs[0][1][:] = 7  # the caller's own
        self.assertEqual(model.invoke(x[1:3], on_sample_end=lambda event: False).outputs[0].shape, (1, 1, 2))
        self.assertEqual(model.invoke(x, mode="perf_only").outputs[0].shape, (0, 0, 2))
        with self.assertRaisesRegex(airunner.Error, "a shape of its own"):
            model.outputs[0].dequantize(outputs[0][1])
        dictionary = self.runner(descriptor).invoke(x, mode=AiRunner.Mode.PER_LAYER_WITH_DATA)[1]
        self.assertEqual(dictionary["c_nodes"][1]["data"][0].tolist(), [])


if __name__ == "__main__":
    unittest.main()
