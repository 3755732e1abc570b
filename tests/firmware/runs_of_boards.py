# SPDX-License-Identifier: BSD-3-Clause
"""What runs on emulated boards and on this machine are compared by."""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

from wire_client import Client  # noqa: E402

WITH_DATA = 1 | 2 | 4
MOST_ULP = 2  # of exp() in newlib and glibc, which softmax is made of


def ulps(a, b):
    """How many floats are between two arrays of positive ones, at most."""
    count = len(a) // 4
    return max(abs(x - y) for x, y in zip(struct.unpack(f"<{count}i", a), struct.unpack(f"<{count}i", b)))


def started(descriptor):
    client = Client(descriptor)
    client.sync()
    client.sys_info()
    return client, client.discover()


def values(result):
    """Data of each node's tensors, and of the outputs."""
    return [[t.data.datas for t in node.tensors] for node in result.nodes] + [[t.data.datas for t in result.outputs]]


def cycles(result):
    return [n.op.counters[0] | n.op.counters[1] << 32 for n in [*result.nodes, result]]
