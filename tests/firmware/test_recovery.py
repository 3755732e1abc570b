# SPDX-License-Identifier: BSD-3-Clause
"""A kit on a serial line that a host left anywhere in a session, or that has heard garbage: airunner finds it again and it works."""

import concurrent.futures
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from wire_client import LIMIT, Channel, Client, Server  # noqa: E402

AIRUNNER = os.environ["AIRUNNER_COMMAND"]
KIT = os.environ["AIRUNNER_KIT"]
SER2NET = shutil.which("ser2net", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
INPUTS = [bytes(128), bytes(8)]
WITH_DATA = 1 | 2 | 4
READ, WRITE, SCRATCH, SCRATCH_BYTES = 20, 21, 0x20000000, 100
AT_ONCE = 16  # most of the time is waiting


def kit(*arguments):
    return Server((KIT, "null:", "--listen", "pty", "--memory"), *arguments)


def recorded_session(*arguments):
    """What a host sends from its first SYNC to a run with the data of every node, and reading and writing memory: packet by packet."""
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
            client.request(READ, SCRATCH, "", SCRATCH_BYTES)
            client.expect("ack", 2)
            client.expect("data", 3)
            client.request(WRITE, SCRATCH, "", SCRATCH_BYTES)
            client.expect("ack", 1)
            for half in range(2):
                client.data(bytes([half]) * (SCRATCH_BYTES // 2))
                client.expect("ack", 1 + 2 * half)
        finally:
            Channel.write = write
            client.close()
        return heard


def leave(descriptor, heard):
    """A host that says this and goes."""
    channel = Channel(descriptor)
    channel.write(heard)
    channel.read_all(0.05)
    channel.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_listener(port):
    until = time.monotonic() + LIMIT
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < until, f"nobody listens at port {port}"
        time.sleep(0.05)


def failure_of(descriptor):
    """What airunner says of a target; nothing when it works."""
    done = subprocess.run((AIRUNNER, "compare", descriptor, "null:"), capture_output=True, text=True, timeout=120, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def failure_after(heard, *arguments):
    """The same of a kit that has heard this and then nothing."""
    with kit(*arguments) as server:
        leave(server.descriptor, heard)
        return failure_of(server.descriptor)


class Recovery(unittest.TestCase):
    def check(self, all_heard, *arguments):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            failures = pool.map(lambda heard: failure_after(heard, *arguments), all_heard)
        for heard, failure in zip(all_heard, failures):
            self.assertEqual(failure, "", f"after {len(heard)} bytes that end with {heard[-8:].hex()}")

    def test_left_anywhere_in_a_session(self):
        session = b"".join(recorded_session())
        self.check([session[:cut] for cut in range(0, len(session), 9)])

    def test_left_within_large_packets(self):
        """Behind the header, where the rest of a packet takes in all of the next request, and where it takes in a part of it."""
        for size in (382, 4094):
            said, cuts = b"", []
            for packet in recorded_session("--packet", str(size)):
                cuts += [said + packet[:cut] for cut in (2, len(packet) // 2, len(packet) - 2)]
                said += packet
            self.check(cuts, "--packet", str(size))

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_left_within_large_packets_behind_ser2net(self):
        """What is taken for a UART, where packets are small unless the descriptor says otherwise."""
        session = b"".join(recorded_session("--packet", "4094"))
        with kit("--packet", "4094") as server, tempfile.NamedTemporaryFile("w", suffix=".yaml") as settings:
            leave(server.descriptor, session[:len(session) // 2])
            port = free_port()
            device = server.descriptor.split(":")[1]
            settings.write(f"connection: &board\n  accepter: telnet(rfc2217,mode=server),tcp,127.0.0.1,{port}\n"
                           f"  connector: serialdev(nouucplock=true),{device},115200n81,local\n  options:\n    max-connections: 9\n")
            settings.flush()
            relay = subprocess.Popen((SER2NET, "-d", "-n", "-c", settings.name), stderr=subprocess.DEVNULL)
            self.addCleanup(relay.wait)
            self.addCleanup(relay.kill)
            await_listener(port)
            self.assertEqual(failure_of(f"rfc2217:127.0.0.1:{port}?packet=4094"), "")

    def test_garbage(self):
        self.check([random.Random(seed).randbytes(1 + seed * 13) for seed in range(24)])


if __name__ == "__main__":
    unittest.main()
