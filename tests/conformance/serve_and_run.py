#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs a command against `airunner serve`.

    serve_and_run.py AIRUNNER SERVE-ARGUMENT... -- COMMAND...

The word @served@ in the command becomes the descriptor that the server says it is ready at, with what is written behind it. Ends with
the exit code of the command, or with 99 when the server does not start or does not end well.
"""

import os
import select
import signal
import subprocess
import sys
import tempfile

LONGEST_START = 60
LONGEST_END = 60
SERVER_FAILED = 99
WRAPPER = os.environ.get("MESON_EXE_WRAPPER", "").split()  # as Wine, for programs of another system


def ready_descriptor(server):
    line = server.stdout.readline() if select.select([server.stdout], [], [], LONGEST_START)[0] else ""
    if not line.startswith("ready: "):
        sys.exit(f"the server is not ready but says {line!r}")
    return line.removeprefix("ready: ").strip()


def main(words):
    split = words.index("--")
    with tempfile.TemporaryFile("w+") as errors:
        server = subprocess.Popen([words[0], "serve", *words[1:split]], stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            descriptor = ready_descriptor(server)
            command = [word.replace("@served@", descriptor) for word in words[split + 1:]]
            code = subprocess.run([*WRAPPER, *command], check=False).returncode
            server.send_signal(signal.SIGTERM)
            server.wait(LONGEST_END)
        finally:
            server.kill()
            server.communicate()
        if server.returncode == 0:
            return code
        errors.seek(0)
        print(f"the server ended with {server.returncode}:\n{errors.read()}", file=sys.stderr)
        return SERVER_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
