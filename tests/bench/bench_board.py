#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tensors to an emulated board and from it, in packets of 4094 bytes, against a bare firmware on the same board that takes and sends bytes without a
protocol; and what the target kit costs for a byte. QEMU has one processor and this program another, the two take turns, and a number is that of the
best round. Where others use the machine, the processor time of QEMU tells more than what passes: with a processor for itself it is what limits.

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


class Board:
    """An image that runs, and the processor time of its emulator: of all its threads, in seconds."""

    def __init__(self, server):
        tasks = Path(f"/proc/{server.process.pid}/task").iterdir()
        self.emulator = next(child for task in tasks for child in (task / "children").read_text().split())

    def processor_time(self):
        tasks = Path(f"/proc/{self.emulator}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def seconds(self, call):
        """What passes, and what of it is processor time."""
        begin, begin_processor = time.perf_counter(), self.processor_time()
        call()
        return time.perf_counter() - begin, self.processor_time() - begin_processor


def infer(model):
    inputs = np.random.randint(0, 256, (1, *model.inputs[0].shape[1:]), np.uint8)
    output = model.invoke(inputs).outputs[0]
    if output.flat[-1] != inputs.flat[-1]:
        sys.exit(f"the board sends a wrong output of {model.name}")


def compare(name, of_kit, of_bare):
    """The least of what each of two takes, in turns. A board and what it is to do are one of them."""
    rounds = [of_kit[0].seconds(of_kit[1]) + of_bare[0].seconds(of_bare[1]) for _ in range(N_ROUNDS)]
    passed, processor, bare_passed, bare_processor = (1e3 * min(each) for each in zip(*rounds))
    report(name, passed, "ms", bare_passed, LARGEST_SHARE * bare_passed)
    report(f"{name}, processor time of QEMU", processor, "ms", bare_processor, LARGEST_SHARE * bare_processor)


def bench_speed():
    with Server(START, BOARD + "-kit") as kit, Server(START, BOARD + "-bare") as bare:
        os.sched_setaffinity(0, {CPUS[0]})
        line, kit_board, bare_board = Bare(bare.descriptor), Board(kit), Board(bare)
        with airunner.connect(kit.descriptor) as runner:
            def run(name, model, turns):
                compare(name, (kit_board, lambda: infer(model)), (bare_board, lambda: [line.turn(*each) for each in turns]))

            take, give, turn = (runner[name] for name in ("take", "give", "turn"))
            run("inference of one byte, against as many packets", turn, TURNS)
            if not SMOKE:
                n_in, n_out = take.inputs[0].shape[-1], give.outputs[0].shape[-1]
                run(f"tensor of {n_in} bytes to it, against as many bytes", take, [(n_in, 1)])
                run(f"tensor of {n_out} bytes from it, against as many bytes", give, [(1, n_out)])


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
