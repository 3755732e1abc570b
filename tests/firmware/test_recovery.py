# SPDX-License-Identifier: BSD-3-Clause
"""A kit on a serial line that a host left anywhere in a session, or that has heard garbage: airunner finds it again and it works."""

import concurrent.futures
import os
import random
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from wire_client import Channel, Client, Server  # noqa: E402

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
KIT = os.environ["AIRUNNER_KIT"]
INPUTS = [bytes(128), bytes(8)]
WITH_DATA = 1 | 2 | 4
AT_ONCE = 8  # most of the time is waiting


def kit(*arguments):
    return Server((KIT, "null:", "--listen", "pty"), *arguments)


def recorded_session(*arguments):
    """What a host sends from its first SYNC to the end of a run with the data of every node."""
    with kit(*arguments) as server:
        client, heard, write = Client(server.descriptor), [], Channel.write

        def record(channel, data):
            heard.append(bytes(data))
            write(channel, data)

        Channel.write = record
        try:
            client.sync()
            client.sys_info()
            (model,) = client.discover()
            client.run(model, INPUTS, WITH_DATA)
        finally:
            Channel.write = write
            client.close()
        return b"".join(heard)


def failure_after(heard, *arguments):
    """What airunner says of a kit that has heard this and then nothing; nothing when it works."""
    with kit(*arguments) as server:
        channel = Channel(server.descriptor)
        channel.write(heard)
        channel.read_all(0.05)
        channel.close()
        done = subprocess.run((AIRUNNER, "compare", server.descriptor, "null:"), capture_output=True, text=True, timeout=120, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr


class Recovery(unittest.TestCase):
    def check(self, all_heard, *arguments):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            failures = pool.map(lambda heard: failure_after(heard, *arguments), all_heard)
        for heard, failure in zip(all_heard, failures):
            self.assertEqual(failure, "", f"after {len(heard)} bytes that end with {heard[-8:].hex()}")

    def test_left_anywhere_in_a_session(self):
        # Larger packets are for lines that tell when their host has gone: with 382 two of them are still within what airunner tries.
        for arguments, step in (((), 61), (("--packet", "382"), 997)):
            session = recorded_session(*arguments)
            self.check([session[:cut] for cut in range(0, len(session), step)], *arguments)

    def test_garbage(self):
        self.check([random.Random(seed).randbytes(1 + seed * 13) for seed in range(24)])


if __name__ == "__main__":
    unittest.main()
