# SPDX-License-Identifier: BSD-3-Clause
"""TensorFlow Lite Micro on an emulated board against its twin on this machine: every operator of every network.

    test_tflm.py BOARD DIGITS MODELS, the last two folders of .tflite files
"""

import os
import pathlib
import random
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from runs_of_boards import MOST_ULP, WITH_DATA, cycles, started, ulps, values  # noqa: E402
from wire_client import Server  # noqa: E402

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
RUNTIME_TFLM = 2


class Twins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        board = Server((AIRUNNER, "board", "start", f"{BOARD}-tflm"))
        cls.addClassCleanup(board.__exit__)
        files = [DIGITS / "digits_int8", DIGITS / "digits_float32", MODELS / "micro_speech", MODELS / "person_detection_grayscale"]
        host = Server((AIRUNNER, "serve"), *(f"tflm:{file}.tflite" for file in files), "--listen", "tcp:127.0.0.1:0")
        cls.addClassCleanup(host.__exit__)
        cls.there, cls.models = started(board.descriptor)
        cls.addClassCleanup(cls.there.close)
        cls.here, cls.twins = started(host.descriptor)
        cls.addClassCleanup(cls.here.close)

    def both(self, network, data):
        """Values there and here."""
        there, here = (values(client.run(models[network], [data], WITH_DATA))
                       for client, models in ((self.there, self.models), (self.here, self.twins)))
        self.assertEqual([len(node) for node in there], [len(node) for node in here])
        self.assertTrue(all(data for node in there for data in node))
        return there, here

    def test_models(self):
        self.assertEqual([m.name for m in self.models], [b"digits_int8", b"digits_float32", b"micro_speech", b"person_detection"])
        for model, twin in zip(self.models, self.twins):
            self.assertEqual(model.rtid & 0xFF, RUNTIME_TFLM)
            self.assertEqual(model.n_nodes, twin.n_nodes)

    def test_digits_int8(self):
        some = random.Random(1)
        for _ in range(5):
            there, here = self.both(0, some.randbytes(64))
            self.assertEqual(len(there), 9 + 1)
            self.assertEqual(there, here)

    def test_digits_float32(self):
        """Bit for bit, and the last operator within what the two C libraries differ."""
        some = random.Random(2)
        for _ in range(5):
            there, here = self.both(1, struct.pack("<64f", *(some.random() for _ in range(64))))
            self.assertEqual(there[:-2], here[:-2])
            for mine, other in zip(there[-2:], here[-2:]):
                self.assertLessEqual(ulps(mine[0], other[0]), MOST_ULP)

    def recordings(self, network, **files):
        """Recordings that come with the examples: the class that wins is theirs."""
        for name, expected in files.items():
            with self.subTest(name=name):
                there, here = self.both(network, (MODELS / f"{name}.data").read_bytes())
                self.assertEqual(there, here)
                self.assertEqual(max(range(len(there[-1][0])), key=there[-1][0].__getitem__), expected)

    def test_micro_speech(self):
        self.recordings(2, yes_micro_f2e59fea_nohash_1=2, no_micro_f9643d42_nohash_4=3)

    def test_person_detection(self):
        self.recordings(3, person_image_data_grayscale=1, no_person_image_data_grayscale=2)

    def test_cycles_repeat_to_the_tick(self):
        counted = []
        for mode in (1 | 2, WITH_DATA, 1 | 2):
            result = self.there.run(self.models[0], [bytes(64)], mode)
            counted.append(cycles(result))
        self.assertEqual(counted[0], counted[1])
        self.assertEqual(counted[0], counted[2])
        self.assertTrue(all(counted[0]))
        self.assertLessEqual(sum(counted[0][:-1]), counted[0][-1])


if __name__ == "__main__":
    BOARD = sys.argv[1]
    DIGITS, MODELS = map(pathlib.Path, sys.argv[2:4])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
