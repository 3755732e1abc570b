# SPDX-License-Identifier: BSD-3-Clause
"""How far today's TensorFlow Lite Micro, a package for Python, is from the revision that is built in: of random images, each value of each operator.

    test_current.py DIGITS RUNTIMES, the folder of the digits networks, and that of Python's packages

It prints the numbers that docs/tflm.md tells. Without the packages tflite-micro, ai-edge-litert and flatbuffers it is skipped.
"""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from wire_client import Client, Server  # noqa: E402

DIGITS, RUNTIMES = map(pathlib.Path, sys.argv[1:3])
sys.path.insert(0, str(RUNTIMES))
sys.path.insert(0, str(RUNTIMES / "ai_edge_litert"))
try:
    import numpy as np
    import schema_py_generated as schema
    from tflite_micro.python.tflite_micro import runtime as current
except ImportError as missing:
    print(f"skipped, {missing}: pip install --target build/runtimes tflite-micro ai-edge-litert flatbuffers")
    sys.exit(77)  # as Meson knows it

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
IMAGES = 100
WITH_DATA = 1 | 2 | 4
FULLY_CONNECTED = 7  # has weights with a scale for each channel, of which the revision that is built in takes the first


def computed_tensors(path):
    """The number of the tensor that each operator writes."""
    graph = schema.Model.GetRootAs(path.read_bytes()).Subgraphs(0)
    return [graph.Operators(i).Outputs(0) for i in range(graph.OperatorsLength())]


class Current(unittest.TestCase):
    def differences(self, name, dtype, images):
        """Of each operator: (values, those that differ, by how much at most)."""
        path = DIGITS / f"{name}.tflite"
        interpreter = current.Interpreter.from_file(str(path), intrepreter_config=current.InterpreterConfig.kPreserveAllTensors)
        places = computed_tensors(path)
        counts = [[0, 0, 0] for _ in places]
        with Server((AIRUNNER, "serve"), f"tflm:{path}", "--listen", "tcp:127.0.0.1:0") as server:
            client = Client(server.descriptor)
            client.sync()
            client.sys_info()
            model, = client.discover()
            for image in images:
                interpreter.set_input(image, 0)
                interpreter.invoke()
                for place, node, count in zip(places, client.run(model, [image.tobytes()], WITH_DATA).nodes, counts):
                    ours = np.frombuffer(node.tensors[0].data.datas, dtype).astype(float)
                    theirs = interpreter.GetTensor(place, 0)["tensor_data"].reshape(-1).astype(float)
                    away = np.abs(ours - theirs)
                    count[:] = count[0] + away.size, count[1] + np.count_nonzero(away), max(count[2], away.max())
            client.close()
        print(name, "".join(f"\n  operator {i}: {n} values, {other} differ, by {most:g} at most" for i, (n, other, most) in enumerate(counts)))
        return counts

    def test_int8(self):
        some = np.random.default_rng(1)
        counts = self.differences("digits_int8", np.int8, some.integers(-128, 128, (IMAGES, 1, 8, 8, 1), np.int8))
        self.assertEqual([c[1] for c in counts[:FULLY_CONNECTED]], [0] * FULLY_CONNECTED)
        self.assertGreater(counts[FULLY_CONNECTED][1], 0, "it takes a scale for each channel now: the note of tflm is obsolete")

    def test_float32(self):
        some = np.random.default_rng(2)
        counts = self.differences("digits_float32", np.float32, some.random((IMAGES, 1, 8, 8, 1), np.float32))
        self.assertEqual([c[1] for c in counts[:-1]], [0] * (len(counts) - 1))
        self.assertLess(counts[-1][2], 1e-6)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
