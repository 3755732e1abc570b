# SPDX-License-Identifier: BSD-3-Clause
"""Whatever a host sends to the kit, and at whatever byte it goes: the kit goes on, and the next host gets the right outputs."""

import concurrent.futures
import os
import socket
import struct
import unittest

from hostile_hosts import garbage, outputs_of_the_next, recorded_session, with_a_bit_flipped
from wire_client import LIMIT, Channel, Server

KIT = os.environ["AIRUNNER_KIT"]
SCRATCH = 0x20000000
AT_ONCE = 8  # most of the time is waiting


def kit(*arguments):
    return Server((KIT, "null:", "--listen", "tcp:127.0.0.1:0", "--memory"), *arguments)


def say(descriptor, words, abruptly):
    """And go: at once, so that what was not read yet is lost, or when the kit has heard it all."""
    channel = Channel(descriptor)
    channel.write(words)
    if abruptly:
        channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        channel.socket.shutdown(socket.SHUT_WR)
        channel.read_all(LIMIT)
    channel.close()


def failures(arguments, expected, all_words):
    """What the hosts said after which the next one did not get what is expected: one after the other, to one kit."""
    found = []
    with kit(*arguments) as server:
        for number, words in enumerate(all_words):
            say(server.descriptor, words, abruptly=number % 4 == 3)
            if outputs_of_the_next(server.descriptor) != expected:
                found.append(words)
        if server.process.poll() is not None:
            found.append("the kit has ended")
    return found


class Hostile(unittest.TestCase):
    def check(self, all_words, *arguments):
        with kit(*arguments) as server:
            expected = outputs_of_the_next(server.descriptor)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            parts = [pool.submit(failures, arguments, expected, all_words[i::AT_ONCE]) for i in range(AT_ONCE)]
        self.assertEqual([part.result() for part in parts], [[]] * AT_ONCE)

    def session(self, *arguments):
        with kit(*arguments) as server:
            return recorded_session(server.descriptor, SCRATCH)

    def test_gone_at_any_byte(self):
        session = b"".join(self.session())
        self.check([session[:cut] for cut in range(len(session) + 1)])

    def test_gone_at_any_byte_of_a_large_packet_that_is_not_padding(self):
        """And at some of the padding."""
        packets = self.session("--packet", "4094")
        said, cuts = b"", []
        for packet in packets:
            content = len(packet.rstrip(b"\0"))
            cuts += [said + packet[:cut] for cut in (*range(content), *range(content, len(packet), 511))]
            said += packet
        self.check(cuts, "--packet", "4094")

    def test_a_bit_flips(self):
        session = b"".join(self.session())
        self.check(list(with_a_bit_flipped(session, seed=1)))

    def test_garbage(self):
        self.check(garbage(200, seed=2))


if __name__ == "__main__":
    unittest.main()
