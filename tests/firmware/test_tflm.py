# SPDX-License-Identifier: BSD-3-Clause
"""TensorFlow Lite Micro on an emulated board against its twin on this machine: every operator of every network.

    test_tflm.py BOARD DIGITS MODELS [NETWORKS], folders of .tflite files; the last has those of which there is an image where it is named
"""

import math
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
BOARD = sys.argv[1]
DIGITS, MODELS, *NETWORKS = map(pathlib.Path, sys.argv[2:])
RUNTIME_TFLM = 2


class Twins(unittest.TestCase):
    """An image, and a server of the same files."""

    @classmethod
    def start(cls, image, *files):
        board = Server((AIRUNNER, "board", "start", f"{BOARD}-{image}"))
        cls.addClassCleanup(board.__exit__)
        host = Server((AIRUNNER, "serve"), *(f"tflm:{file}" for file in files), "--listen", "tcp:127.0.0.1:0", "--packet", "4094")
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

    def check_same(self, there, here):
        self.assertEqual([number for number, both in enumerate(zip(there, here)) if both[0] != both[1]], [], "operators whose values differ")

    def check_models(self, *names):
        self.assertEqual([m.name for m in self.models], [name.encode() for name in names])
        for model, twin in zip(self.models, self.twins):
            self.assertEqual(model.rtid & 0xFF, RUNTIME_TFLM)
            self.assertEqual(model.n_nodes, twin.n_nodes)


class Examples(Twins):
    """The digits networks, and those of TensorFlow Lite Micro's examples."""

    @classmethod
    def setUpClass(cls):
        cls.start("tflm", DIGITS / "digits_int8.tflite", DIGITS / "digits_float32.tflite", MODELS / "micro_speech.tflite",
                  MODELS / "person_detection_grayscale.tflite")

    def test_models(self):
        self.check_models("digits_int8", "digits_float32", "micro_speech", "person_detection")

    def test_digits_int8(self):
        some = random.Random(1)
        for _ in range(5):
            there, here = self.both(0, some.randbytes(64))
            self.assertEqual(len(there), 9 + 1)
            self.check_same(there, here)

    def test_digits_float32(self):
        """Bit for bit, and the last operator within what the two C libraries differ."""
        some = random.Random(2)
        for _ in range(5):
            there, here = self.both(1, struct.pack("<64f", *(some.random() for _ in range(64))))
            self.check_same(there[:-2], here[:-2])
            for mine, other in zip(there[-2:], here[-2:]):
                self.assertLessEqual(ulps(mine[0], other[0]), MOST_ULP)

    def recordings(self, network, **files):
        """Recordings that come with the examples: the class that wins is theirs."""
        for name, expected in files.items():
            with self.subTest(name=name):
                there, here = self.both(network, (MODELS / f"{name}.data").read_bytes())
                self.check_same(there, here)
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


@unittest.skipUnless(NETWORKS, "the public networks were not in build/proof when this folder was configured: scripts/test fetches them")
class PublicInt8(Twins):
    """Networks of MLPerf Tiny, which take and give floats: all between is int8."""

    @classmethod
    def setUpClass(cls):
        cls.start("tflm-int8", NETWORKS[0] / "kws/int8.tflite", NETWORKS[0] / "vww/int8.tflite")

    def test_models(self):
        self.check_models("keyword_spotting", "visual_wake_words")

    def compare(self, network, n_nodes, samples, largest):
        """Each operator, of inputs within what the first one makes int8 of."""
        some = random.Random(network)
        size = math.prod(self.models[network].inputs[0].dims)
        for _ in range(samples):
            there, here = self.both(network, struct.pack(f"<{size}f", *(some.uniform(0, largest) for _ in range(size))))
            self.assertEqual(len(there), n_nodes + 1)
            self.check_same(there, here)

    def test_keyword_spotting(self):
        self.compare(0, 15, 3, 224)

    def test_visual_wake_words(self):
        self.compare(1, 33, 1, 255)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
