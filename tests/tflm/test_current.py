# SPDX-License-Identifier: BSD-3-Clause
"""How far today's TensorFlow Lite Micro, a package for Python, is from the revision that is built in: of random inputs, each value of each operator.

    test_current.py DIGITS NETWORKS, the folder of the digits networks, and that of public ones

It prints the numbers that docs/tflm.md tells. It is skipped where scripts/test did not put that package and the networks into build/proof.
"""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from wire_client import Client, Server  # noqa: E402

try:
    import numpy as np
    from tflite_micro.python.tflite_micro import runtime as current
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema
except ImportError as missing:
    print(f"skipped, {missing}: scripts/test installs tflite-micro into build/proof")
    sys.exit(77)  # as Meson knows it

DIGITS, NETWORKS = map(pathlib.Path, sys.argv[1:3])
AIRUNNER = os.environ["AIRUNNER_COMMAND"]
WITH_DATA = 1 | 2 | 4
FULLY_CONNECTED = 7  # has weights with a scale for each channel, of which the revision that is built in takes the first


def computed_tensors(path):
    """The number of the tensor that each operator writes."""
    graph = schema.Model.GetRootAs(path.read_bytes()).Subgraphs(0)
    return [graph.Operators(i).Outputs(0) for i in range(graph.OperatorsLength())]


class Current(unittest.TestCase):
    def differences(self, path, inputs):
        """Of each operator: (values, those that differ, by how much at most)."""
        interpreter = current.Interpreter.from_file(str(path), intrepreter_config=current.InterpreterConfig.kPreserveAllTensors)
        places = computed_tensors(path)
        counts = [[0, 0, 0] for _ in places]
        with Server((AIRUNNER, "serve"), f"tflm:{path}", "--listen", "tcp:127.0.0.1:0", "--packet", "4094") as server:
            client = Client(server.descriptor)
            client.sync()
            client.sys_info()
            model, = client.discover()
            for values in inputs:
                interpreter.set_input(values, 0)
                interpreter.invoke()
                for place, node, count in zip(places, client.run(model, [values.tobytes()], WITH_DATA).nodes, counts):
                    theirs = interpreter.GetTensor(place, 0)["tensor_data"].reshape(-1)
                    ours = np.frombuffer(node.tensors[0].data.datas, theirs.dtype)
                    away = np.abs(ours.astype(float) - theirs)
                    count[:] = count[0] + away.size, count[1] + np.count_nonzero(away), max(count[2], away.max())
            client.close()
        print(path, "".join(f"\n  operator {i}: {n} values, {other} differ, by {most:g} at most" for i, (n, other, most) in enumerate(counts)))
        return counts

    def check_same(self, counts):
        self.assertEqual([c[1] for c in counts], [0] * len(counts))

    def test_digits_int8(self):
        some = np.random.default_rng(1)
        counts = self.differences(DIGITS / "digits_int8.tflite", some.integers(-128, 128, (100, 1, 8, 8, 1), np.int8))
        self.check_same(counts[:FULLY_CONNECTED])
        self.assertGreater(counts[FULLY_CONNECTED][1], 0, "it takes a scale for each channel now: the note of tflm is obsolete")

    def test_digits_float32(self):
        some = np.random.default_rng(2)
        counts = self.differences(DIGITS / "digits_float32.tflite", some.random((100, 1, 8, 8, 1), np.float32))
        self.check_same(counts[:-1])
        self.assertLess(counts[-1][2], 1e-6)

    def check_public(self, name, n, shape, largest):
        """Those whose weights have one scale in a FULLY_CONNECTED: inputs are floats, of which the first operator makes int8."""
        path = NETWORKS / name / "int8.tflite"
        if not path.exists():
            self.skipTest(f"{path} is missing: scripts/test fetches it")
        some = np.random.default_rng(3)
        self.check_same(self.differences(path, some.random((n, 1, *shape), np.float32) * np.float32(largest)))

    def test_keyword_spotting(self):
        self.check_public("kws", 10, (50, 10, 1), 224)

    def test_visual_wake_words(self):
        self.check_public("vww", 3, (96, 96, 3), 255)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
