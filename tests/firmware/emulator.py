# SPDX-License-Identifier: BSD-3-Clause
"""A board in QEMU, whose serial line is a TCP connection."""

import ctypes
import re
import select
import signal
import subprocess

LONGEST_START = 30
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """QEMU outlives a parent that crashes."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Board:
    """Runs until the end of the block. By its own time, in which each instruction takes 8 ns, its cycles do not depend on this machine; by that of
    this machine it is faster."""

    def __init__(self, machine, image, own_time=True):
        self.process = subprocess.Popen(
            ("qemu-system-arm", "-M", machine, "-kernel", image, "-display", "none", "-monitor", "none",
             *(("-icount", "shift=3") if own_time else ()), "-serial", "tcp:127.0.0.1:0,server=on,wait=on,nodelay=on"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        line = self.process.stderr.readline() if select.select([self.process.stderr], [], [], LONGEST_START)[0] else ""
        port = re.search(r"waiting for connection.*127\.0\.0\.1:(\d+)", line)
        if port is None:
            self.__exit__()
            raise AssertionError(f"QEMU tells no port but {line!r}")
        self.descriptor = f"socket:127.0.0.1:{port[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
