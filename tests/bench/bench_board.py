#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An emulated board that is written to and read by its memory services, against a bare firmware on the same board that takes and sends as many
bytes in the same turns. All stay on one processor, the two take turns, and a number is that of the best round.

usage: bench_board.py [--smoke] AIRUNNER BOARD
"""

import json
import os
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "server"))

from wire_client import S_PROCESSING, Channel, Client, Server  # noqa: E402

SMOKE = "--smoke" in sys.argv
AIRUNNER, BOARD = [argument for argument in sys.argv[1:] if argument != "--smoke"]
FREE = 0x21000000
N_BYTES, N_ROUNDS = (2000, 1) if SMOKE else (65536, 5)
LIMIT = 1 / 0.9


def write(client, data):
    client.request(21, FREE, "", len(data))
    chunk = client.expect("ack", 1).param
    for at in range(0, len(data), chunk):
        client.data(data[at:at + chunk])
        client.expect("ack", 3 if at + chunk >= len(data) else 1)


def read(client, data):
    client.request(20, FREE, "", len(data))
    client.expect("ack", 2)
    got = b""
    while len(got) < len(data):
        message = client.response()
        got += message.body.datas
        if message.state == S_PROCESSING:
            client.ack()
    assert got == data


def turns_of(channel, work):
    """[bytes sent, bytes that came next] of what it does, and how long it takes."""
    turns, send, receive = [], channel.write, channel.read

    def counted_send(data):
        if not turns or turns[-1][1]:
            turns.append([0, 0])
        turns[-1][0] += len(data)
        send(data)

    def counted_receive(*arguments):
        data = receive(*arguments)
        turns[-1][1] += len(data)
        return data

    channel.write, channel.read = counted_send, counted_receive
    begin = time.perf_counter()
    work()
    seconds = time.perf_counter() - begin
    channel.write, channel.read = send, receive
    return turns, seconds


def replay(channel, turns):
    begin = time.perf_counter()
    for sent, received in turns:
        channel.write(struct.pack("<HH", sent, received) + bytes(sent))
        channel.read(received)
    return time.perf_counter() - begin


def main():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    data = os.urandom(N_BYTES)
    with Server((AIRUNNER, "board", "start", BOARD + "-4094")) as kit, Server((AIRUNNER, "board", "start", BOARD + "-loopback")) as bare:
        client, channel = Client(kit.descriptor), Channel(bare.descriptor)
        client.sync()
        client.sys_info()
        for name, work in (("to", write), ("from", read)):
            rounds = []
            for _ in range(N_ROUNDS):
                turns, seconds = turns_of(client.channel, lambda: work(client, data))
                rounds.append((seconds, replay(channel, turns)))
            value, baseline = (1e9 * 1e6 / N_BYTES * min(each) for each in zip(*rounds))
            print(json.dumps({"name": f"{name} the memory of {BOARD}, packets of 4094, against a bare firmware", "value": value,
                              "unit": "ns/MB", "baseline": baseline, "limit": LIMIT * baseline}))
        client.close()
        channel.close()


if __name__ == "__main__":
    main()
