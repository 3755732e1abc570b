#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tensors to an emulated board and from it, in packets of 4094 bytes, against a bare firmware on the same board that takes and sends bytes without a
protocol; and what the target kit costs for a byte. QEMU has one processor and this program another, the two take turns, and a number is that of the
best round.

usage: bench_board.py [--smoke] AIRUNNER BOARD
"""

import json
import os
import socket
import struct
import sys
import time
from pathlib import Path

sys.path[:0] = [os.environ["AIRUNNER_PYTHON_DIR"], str(Path(__file__).resolve().parent.parent / "server")]

import numpy as np  # noqa: E402
from wire_client import Server  # noqa: E402

import airunner  # noqa: E402

SMOKE = "--smoke" in sys.argv
AIRUNNER, BOARD = [argument for argument in sys.argv[1:] if argument != "--smoke"]
START = (AIRUNNER, "board", "start")
N_ROUNDS = 2 if SMOKE else 5
LIMIT_S = 120  # of what never takes so long
LARGEST_SHARE = 1 / 0.9  # of the bare firmware's time
PACKET = 4096
# What an inference of a byte in and a byte out sends and awaits: its request, the tensor, the acknowledge of the acknowledge. Every tensor longer than
# a packet adds packets to that.
TURNS = [(PACKET, PACKET), (PACKET, PACKET), (PACKET, 2 * PACKET)]
MOST_CYCLES = {"that comes in whole packets": 1, "that comes one at a time": 25, "that goes": 1}


def report(name, value, unit, baseline, limit):
    print(json.dumps({"name": f"{BOARD}: {name}", "value": value, "unit": unit, "baseline": baseline, "limit": limit}))


class Bare:
    """The bare firmware: takes as many bytes as it is told, and sends as many."""

    def __init__(self, descriptor):
        self.socket = socket.create_connection(("127.0.0.1", int(descriptor.rsplit(":", 1)[1])), timeout=LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def turn(self, n_to, n_from):
        self.socket.sendall(struct.pack("<II", n_to, n_from) + bytes(n_to))
        self.receive(n_from)

    def receive(self, n):
        into = bytearray(n)
        view = memoryview(into)
        while view:
            view = view[self.socket.recv_into(view) or sys.exit("the bare firmware has gone"):]
        return into


def seconds(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def compare(name, n_bytes, model, bare):
    """`bare` does without a protocol what an inference of the model does."""
    size = model.inputs[0].shape[1:]

    def infer():
        inputs = np.random.randint(0, 256, (1, *size), np.uint8)
        output = model.invoke(inputs).outputs[0]
        if output.flat[-1] != inputs.flat[-1]:
            sys.exit(f"{name}: the board sends a wrong output")

    ours, baseline = (min(each) for each in zip(*[(seconds(infer), seconds(bare)) for _ in range(N_ROUNDS)]))
    unit, scale = ("ns/MB", 1e15 / n_bytes) if n_bytes > 1 else ("ms", 1e3)
    report(name, ours * scale, unit, baseline * scale, LARGEST_SHARE * baseline * scale)


def bench_speed():
    with Server(START, BOARD + "-kit") as kit, Server(START, BOARD + "-bare") as served:
        os.sched_setaffinity(0, {CPUS[0]})
        bare = Bare(served.descriptor)
        with airunner.connect(kit.descriptor) as runner:
            take, give, turn = (runner[name] for name in ("take", "give", "turn"))
            compare("inference of one byte, against a bare firmware with as many packets", 1, turn, lambda: [bare.turn(*each) for each in TURNS])
            if SMOKE:
                return
            n_in, n_out = take.inputs[0].size, give.outputs[0].size
            compare(f"tensor of {n_in} bytes to it, against a bare firmware", n_in, take, lambda: bare.turn(n_in, 1))
            compare(f"tensor of {n_out} bytes from it, against a bare firmware", n_out, give, lambda: bare.turn(1, n_out))


def bench_cost():
    """Counted by the board, where an instruction always takes 0.8 of a cycle: the same in every run."""
    with Server(START, BOARD + "-cost") as cost:
        line = Bare(cost.descriptor)
        line.socket.sendall(b"?")
        n_bytes, *cycles = struct.unpack("<7I", line.receive(28))
    if n_bytes == 0:
        sys.exit("the kit gives wrong bytes")
    for (what, limit), kit, bare in zip(MOST_CYCLES.items(), cycles[::2], cycles[1::2]):
        value = (kit - bare) / n_bytes
        report(f"cycles of the kit for a byte {what}, beside a bare firmware's", value, "cycles", bare / n_bytes, limit)
        if value > limit:
            sys.exit(f"the kit takes {value} cycles for a byte {what}, expected {limit} at most")


if __name__ == "__main__":
    CPUS = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {CPUS[-1]})  # of the boards, which inherit it
    bench_cost()
    bench_speed()
