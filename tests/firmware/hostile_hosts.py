# SPDX-License-Identifier: BSD-3-Clause
"""Hosts that say parts of a session, or garbage, and go; and the next one, which is airunner."""

import os
import random
import select
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bindings", "python"))

import airunner  # noqa: E402
import numpy  # noqa: E402
from wire_client import LIMIT, Channel  # noqa: E402


def _relay(listener, descriptor, heard):
    host, _ = listener.accept()
    target = Channel(descriptor)
    while True:
        ready = select.select([host, target.socket], [], [], LIMIT)[0]
        data = host.recv(65536) if host in ready else None
        if data:
            heard.append(data)
            target.write(data)
        elif data is not None or not ready:
            break
        if target.socket in ready:
            host.sendall(target.socket.recv(65536))
    host.close()
    target.close()


def recorded_session(descriptor, address, size=100):
    """What airunner sends when it connects, runs the first model with the data of each node, and writes and reads memory: packet by packet."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = threading.Thread(target=_relay, args=(listener, descriptor, heard))
        relay.start()
        with airunner.connect(f"socket:127.0.0.1:{listener.getsockname()[1]}") as runner:
            runner.model.invoke(inputs_of(runner.model), mode="per_layer_with_data")
            runner.write_memory(address, bytes(size))
            runner.read_memory(address, size)
        relay.join()
    return heard


def inputs_of(model):
    return [numpy.arange(tensor.size_bytes, dtype=numpy.uint8).view(tensor.dtype).reshape(1, *tensor.shape[1:]) for tensor in model.inputs]


def outputs_of_the_next(descriptor):
    with airunner.connect(descriptor) as runner:
        return [output.tobytes() for output in runner.model.invoke(inputs_of(runner.model)).outputs]


def with_a_bit_flipped(session, seed):
    """For each byte the whole session, in which one bit of that byte is another one."""
    some = random.Random(seed)
    for at, byte in enumerate(session):
        yield session[:at] + bytes([byte ^ 1 << some.randrange(8)]) + session[at + 1:]


def garbage(count, seed):
    some = random.Random(seed)
    return [some.randbytes(some.randrange(1, 300)) for _ in range(count)]
