# SPDX-License-Identifier: BSD-3-Clause
"""The kit on an emulated board, against the same networks in a program of this machine.

    test_boards.py BOARD, which has packets of 32 there, and of 4094 as BOARD-4094
"""

import concurrent.futures
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from hostile_hosts import airunner, garbage, outputs_of_the_next, recorded_session, with_a_bit_flipped  # noqa: E402
from runs_of_boards import MOST_ULP, WITH_DATA, cycles, started, ulps, values  # noqa: E402
from wire_client import Channel, Server  # noqa: E402

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
KIT = os.environ["AIRUNNER_KIT"]
CPU_HZ, FREE, FIRST_CUT = {  # the clock, memory that hosts may write, where a session breaks off first
    "mps2-an386": (25_000_000, 0x21000000, 0),
    "mps3-an547": (32_000_000, 0x21000000, 4),
    "netduinoplus2": (168_000_000, 0x20010000, 8),
}[sys.argv[1]]
FREE_BYTES = 65536
AT_ONCE = 4  # boards; most of the time is waiting, and a host gives up those for which the machine has no time


def outputs_after(descriptor, words):
    """Of the host that comes after one that has said this and nothing more. Nothing tells the firmware that it has gone."""
    rude = Channel(descriptor)
    rude.write(words)
    rude.read_all(0.05)
    rude.close()
    try:
        return outputs_of_the_next(descriptor)
    except airunner.Error:  # all other suites may run meanwhile, and QEMU had no time: what has ended serves no other one either
        return outputs_of_the_next(descriptor)


def started_board(name):
    return Server((AIRUNNER, "board", "start", name))


class Boards(unittest.TestCase):
    def client(self, name):
        board = started_board(name)
        self.addCleanup(board.__exit__)
        client, models = started(board.descriptor)
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
        """On one board, which takes twenty seconds for them; fewer on the others."""
        board, (model, _) = self.client(BOARD)
        expected = {}
        for number in range(1000 if BOARD == "mps2-an386" else 50):
            image = bytes([number % 7] * 64)
            outputs = [t.data.datas for t in board.run(model, [image]).outputs]
            self.assertEqual(expected.setdefault(image, outputs), outputs)

    def test_a_hostile_host_never_ends_it(self):
        """Sessions that end early, at other bytes than on the two other boards, or have another bit, and garbage: the next one is served. Every
        byte has its turn in test_hostile.py, where nothing is emulated."""
        with started_board(BOARD) as board:
            expected = outputs_of_the_next(board.descriptor)
            session = b"".join(recorded_session(board.descriptor, FREE))
        said = [session[:cut] for cut in range(FIRST_CUT, len(session), 12)] + list(with_a_bit_flipped(session, FIRST_CUT))[::60] + garbage(4, FIRST_CUT)

        def failures(part):
            """After what one board, told one after the other, has no right outputs for the next one."""
            with started_board(BOARD) as board:
                return [words for words in part if outputs_after(board.descriptor, words) != expected]

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            self.assertEqual(list(pool.map(failures, (said[i::AT_ONCE] for i in range(AT_ONCE)))), [[]] * AT_ONCE)

    def test_the_command_shows_cycles_of_each_layer(self):
        """And its share, and cycles per MACC of the network: those of layers nobody tells."""
        client, (model, _) = self.client(BOARD)
        *nodes, whole = cycles(client.run(model, [bytes(64)], 1 | 2))
        with tempfile.NamedTemporaryFile() as image:
            image.write(bytes(64))
            image.flush()
            done = subprocess.run((AIRUNNER, "profile", f"board:{BOARD}", "--name", "digits_int8", "--input", f"raw:{image.name}"), capture_output=True,
                                  text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("Profile of digits_int8", f" {whole / 268_544:.2f} per MACC (268,544 MACC)", " share ", " CPU cycles"):
            self.assertIn(word, done.stdout)
        rows = [line.split() for line in done.stdout.splitlines() if " CPU " in line and "%" in line and line.split()[0].isdigit()]
        self.assertEqual([row[-1] for row in rows], [f"{node:,}" for node in nodes])
        for row, node in zip(rows, nodes):
            self.assertIn(f"{100 * node / sum(nodes):.1f}%", row)


if __name__ == "__main__":
    BOARD = sys.argv.pop(1)
    unittest.main()
