# SPDX-License-Identifier: BSD-3-Clause
"""The kit on an emulated board, against the same networks in a program of this machine.

    test_boards.py BOARD, which has packets of 32 there, and of 4094 as BOARD-4094
"""

import os
import random
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from runs_of_boards import MOST_ULP, WITH_DATA, cycles, started, ulps, values  # noqa: E402
from wire_client import Client, Server  # noqa: E402

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
KIT = os.environ["AIRUNNER_KIT"]
CPU_HZ, FREE, FIRST_CUT = {  # the clock, memory that hosts may write, where a session breaks off first
    "mps2-an386": (25_000_000, 0x21000000, 1),
    "mps3-an547": (32_000_000, 0x21000000, 14),
    "netduinoplus2": (168_000_000, 0x20010000, 27),
}[sys.argv[1]]
FREE_BYTES = 65536


class Boards(unittest.TestCase):
    def board(self, name):
        board = Server((AIRUNNER, "board", "start", name))
        self.addCleanup(board.__exit__)
        return board

    def client(self, name):
        client, models = started(self.board(name).descriptor)
        self.addCleanup(client.close)
        return client, models

    def test_each_layer_is_that_of_the_host(self):
        """Bit for bit; with float32, the last one within what the two C libraries differ."""
        host = Server((KIT, "null:", "st-ai:digits_int8", "st-ai:digits_float32"))
        self.addCleanup(host.__exit__)
        here, (_, int8, float32) = started(host.descriptor)
        self.addCleanup(here.close)
        for name in (BOARD, BOARD + "-4094"):
            board, models = self.client(name)
            self.assertEqual([m.name for m in models], [b"digits_int8", b"digits_float32"])
            for seed in range(3):
                some = random.Random(seed)
                image_int8 = some.randbytes(64)
                self.assertEqual(values(board.run(models[0], [image_int8], WITH_DATA)), values(here.run(int8, [image_int8], WITH_DATA)))
                image_float32 = struct.pack("<64f", *(some.random() for _ in range(64)))
                there = values(board.run(models[1], [image_float32], WITH_DATA))
                expected = values(here.run(float32, [image_float32], WITH_DATA))
                self.assertEqual(there[:-2], expected[:-2])
                for mine, other in zip(there[-2:], expected[-2:]):
                    self.assertLessEqual(ulps(mine[0], other[0]), MOST_ULP)

    def test_all_modes(self):
        board, models = self.client(BOARD)
        for model, image in zip(models, (bytes(range(64)), struct.pack("<64f", *(i / 64 for i in range(64))))):
            plain = [t.data.datas for t in board.run(model, [image]).outputs]
            for mode in (1 | 2, WITH_DATA, 1 | 256):
                result = board.run(model, [image], mode)
                self.assertEqual([t.data.datas for t in result.outputs], plain)
                self.assertEqual(len(result.nodes), 9 if mode & 2 else 0)
            performance = board.run(model, [image[:len(image) // 64]], 1 | 2 | 8 | 512)
            self.assertEqual([len(t.data.datas) for t in performance.outputs], [0])
            self.assertEqual(len(performance.nodes), 9)

    def test_cycles_repeat_to_the_tick(self):
        """On the same board, on a board that is started anew, and whether or not data is sent in between."""
        counted = []
        for _ in range(2):
            board, models = self.client(BOARD)
            for mode in (1 | 2, 1 | 2, WITH_DATA):
                counted.append([cycles(board.run(model, [bytes(64 * size)], mode)) for model, size in zip(models, (1, 4))])
        self.assertTrue(all(one == counted[0] for one in counted), counted)
        for nodes in counted[0]:
            self.assertTrue(all(0 < node < CPU_HZ for node in nodes))
            self.assertLessEqual(sum(nodes[:-1]), nodes[-1])

    def test_memory(self):
        board, _ = self.client(BOARD)
        address, size = FREE, FREE_BYTES
        data = random.Random(1).randbytes(2000)
        board.request(21, address + size - len(data), "", len(data))
        chunk = board.expect("ack", 1).param
        for at in range(0, len(data), chunk):
            board.data(data[at:at + chunk])
            board.expect("ack", 3 if at + chunk >= len(data) else 1)
        board.request(20, address + size - len(data), "", len(data))
        board.expect("ack", 2)
        first = board.expect("data", 2).datas
        board.ack()
        self.assertEqual(first + board.expect("data", 3).datas, data)
        for outside in (0, address - 1, address + size, 0x20000000, 0xFFFFFFFF):
            board.request(20, outside, "", 4)
            self.assertEqual(board.response().body, {"param": outside, "error": 4})

    def test_a_thousand_inferences(self):
        board, (model, _) = self.client(BOARD)
        expected = {}
        for number in range(1000):
            image = bytes([number % 7] * 64)
            outputs = [t.data.datas for t in board.run(model, [image]).outputs]
            self.assertEqual(expected.setdefault(image, outputs), outputs)

    def test_a_hostile_host_never_ends_it(self):
        """Garbage, parts of a session, and connections that end anywhere: the next one is served."""
        board = self.board(BOARD)
        client, (model, _) = started(board.descriptor)
        heard, write = [], client.channel.write
        client.channel.write = lambda data: (heard.append(bytes(data)), write(data))
        client.run(model, [bytes(64)], WITH_DATA)
        client.close()
        session = b"".join(heard)
        some = random.Random(BOARD)
        for sent in [session[:cut] for cut in range(FIRST_CUT, len(session), 41)] + [some.randbytes(some.randrange(1, 300)) for _ in range(8)]:
            rude = Client(board.descriptor)
            rude.channel.write(sent)
            rude.channel.read_all(0.05)
            rude.close()
            done = subprocess.run((AIRUNNER, "run", board.descriptor, "--name", "digits_int8"), capture_output=True, text=True, timeout=120,
                                  check=False)
            self.assertEqual(done.returncode, 0, (sent.hex(), done.stderr))

    def test_the_command_shows_cycles_of_each_layer(self):
        board = self.board(BOARD)
        done = subprocess.run((AIRUNNER, "profile", board.descriptor, "--name", "digits_int8"), capture_output=True, text=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("Profile of digits_int8", "Conv2D", "Softmax", "CPU cycles", " per MACC (268,544 MACC)"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    BOARD = sys.argv.pop(1)
    unittest.main()
