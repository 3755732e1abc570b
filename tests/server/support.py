# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the server share: starting it, and what the built-in model computes."""

import os
import struct
import unittest

from wire_client import Client, Server

PROGRAM = os.environ["AIRUNNER_COMMAND"]


def serve(*arguments, listen="tcp:127.0.0.1:0"):
    return Server((PROGRAM, "serve"), *arguments, "--listen", listen)


INPUT_1 = [0.25 * i - 3.5 for i in range(32)]
INPUT_2 = list(range(-4, 4))
INPUTS = [struct.pack("<32f", *INPUT_1), struct.pack("8b", *INPUT_2)]


def null_network(input_1=INPUT_1, input_2=INPUT_2):
    """Outputs and node data of the model that `null:` describes, as bytes."""
    scaled = [x * 2 for x in input_1]
    quantized = [max(-128, min(127, round(x / 0.25) + 4)) for x in scaled]
    biased = [(q + 3) * 0.5 + 1 for q in input_2]
    sums = [biased[2 * i] + biased[2 * i + 1] for i in range(4)]
    floats, bytes_ = (lambda v: struct.pack(f"<{len(v)}f", *v)), (lambda v: struct.pack(f"{len(v)}b", *v))
    outputs = [bytes_(quantized), floats(sums)]
    nodes = [[floats(scaled)], [bytes_(quantized)], [floats(biased)], [floats(sums), bytes_(quantized)]]
    return outputs, nodes


class ServerTest(unittest.TestCase):
    maxDiff = None

    def started(self, *arguments, listen="tcp:127.0.0.1:0"):
        server = serve(*arguments, listen=listen)
        self.addCleanup(server.__exit__)
        return server

    def client(self, server, flavour="B"):
        client = Client(server.descriptor, flavour)
        self.addCleanup(self.close, client)
        return client

    @staticmethod
    def close(client):
        try:
            client.close()
        except OSError:
            pass

    def connected(self, *arguments, flavour="B", listen="tcp:127.0.0.1:0"):
        """A client that has done what every client does first, and the models."""
        client = self.client(self.started(*arguments, listen=listen), flavour)
        client.sync()
        client.sys_info()
        return client, client.discover()

    def assert_healthy(self, client, model):
        """A run gives what the model computes."""
        result = client.run(model, INPUTS)
        self.assertEqual([tensor.data.datas for tensor in result.outputs], null_network()[0])
