# SPDX-License-Identifier: BSD-3-Clause
"""`labgrid:<place>`: a board that labgrid keeps, reserved while it is used. labgrid's own command talks to its coordinator."""

from __future__ import annotations

import contextlib
import subprocess
import warnings
from typing import Any, Iterator

from .._errors import AmbiguousError, BusyError, Error, InvalidDescriptorError, NotFoundError, TimeoutError, UnsupportedError
from .data.optional import need

SCHEME = "labgrid:"
_LIMIT_S = 30.0


@contextlib.contextmanager
def reserved(descriptor: str) -> Iterator[str]:
    """Acquires the place of `labgrid:<place>`, gives the descriptor of its serial port, and releases the place. One that this user has acquired already is
    used as it is, and stays so. Options of a descriptor, behind a `?`, are those of the port's."""
    place, mark, options = descriptor[len(SCHEME):].partition("?")
    if not descriptor.startswith(SCHEME) or not place:
        raise InvalidDescriptorError(f"descriptor {descriptor!r}: expected {SCHEME}<place>, such as {SCHEME}rack1-n6")
    acquired = _client(place, "acquire")
    try:
        environment = _client(place, "env")
        if environment.returncode != 0:  # not ours: who has it, or that there is no such place, tells the first
            raise BusyError(f"{descriptor}: labgrid gives no place: {(acquired.stderr or acquired.stdout).strip() or environment.stderr.strip()}")
        yield _serial_port(environment.stdout, descriptor) + mark + options
    finally:
        if acquired.returncode == 0:
            _release(place)


def _release(place: str) -> None:
    """What the board has done is worth more than its release."""
    try:
        released = _client(place, "release")
        reason = released.stderr.strip() if released.returncode else ""
    except Error as error:
        reason = str(error)
    if reason:
        warnings.warn(f"{SCHEME}{place} may still be acquired: {reason}; labgrid-client -p {place} release", stacklevel=2)


def _client(place: str, command: str) -> subprocess.CompletedProcess[str]:
    words = ["labgrid-client", "-p", place, command]
    try:
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    except OSError as error:
        raise UnsupportedError(f"{SCHEME}{place}: the command {words[0]} is needed ({error.strerror}): pip install labgrid") from None
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"{SCHEME}{place}: labgrid-client {command} did not end within {_LIMIT_S:g} s: see whether LG_COORDINATOR names its "
                           "coordinator") from None


def _serial_port(environment: str, descriptor: str) -> str:
    """The one serial port that the place has, out of labgrid's description of it."""
    (target,) = need("yaml", "PyYAML", SCHEME).safe_load(environment)["targets"].values()
    ports: list[dict[str, Any]] = [one["NetworkSerialPort"] for one in target["resources"] if "NetworkSerialPort" in one]
    if len(ports) != 1:
        have = ", ".join(kind for one in target["resources"] for kind in one) or "nothing"
        kind = AmbiguousError if ports else NotFoundError
        raise kind(f"{descriptor}: the place has {have}, expected one NetworkSerialPort: see `labgrid-client -p PLACE add-match` and `del-match`")
    port = ports[0]
    if port.get("protocol", "rfc2217") == "raw":
        return f"socket:{port['host']}:{port['port']}"
    return f"rfc2217:{port['host']}:{port['port']}:{port.get('speed', 115200)}"
