# SPDX-License-Identifier: BSD-3-Clause
"""Descriptors of ST's module as those of airunner."""

from __future__ import annotations

import os
import re
from typing import Any

from ._errors import InvalidParamError

_BARE_PORT = re.compile(r"(COM\d+|/dev/[^?]+?)(:\d+)?(\?.*)?", re.IGNORECASE)
_PATH_SCHEMES = ("file", "lib")
_HEAD = re.compile(r"([A-Za-z]:(?=[\\/]))?[^:]*")  # up to the first colon but that of a drive


def _scheme(text: str) -> str:
    head, colon, _ = text.partition(":")
    return head.strip().lower() if colon else ""


def is_valid_exec_domain(desc: str) -> bool:
    """Whether a descriptor begins with the name of a kind of connection."""
    return desc.split(":", 1)[0] in ("serial", "file", "lib", "socket", "fvp")


def _serial(text: str, port: Any, baudrate: Any) -> str:
    """A serial descriptor in which the arguments win over the text. The rate stands first or last: a name by its path has colons too."""
    place, mark, options = text.partition("?")
    parts = [part for part in place.split(":")[1:] if part]
    rates = [parts.pop(at) for at in (0, -1) if parts and parts[at].isdigit()]
    if baudrate and not re.fullmatch(r"0*[1-9]\d*", str(baudrate)):
        raise InvalidParamError(f"baudrate is {baudrate!r}, expected a positive number")
    rate = str(baudrate) if baudrate else next(iter(rates), "")
    device = str(port) if port else ":".join(parts)
    return ":".join(part for part in ("serial", device, rate) if part) + mark + options


def to_airunner(desc: Any, port: Any = None, baudrate: Any = None, dll_name: Any = None) -> str:
    """The descriptor for airunner.connect()."""
    if isinstance(desc, int) and not isinstance(desc, bool):
        return _serial("", port, baudrate or desc)
    text = "" if desc is None else str(desc).strip()
    if text.lower() in ("", ":", "serial"):
        return _serial("", port, baudrate)
    if (port or baudrate) and is_serial(text):
        return _serial(f"serial:{text}" if _BARE_PORT.fullmatch(text) else text, port, baudrate)
    if dll_name:
        text = os.path.join(text, os.fspath(dll_name))
    if _scheme(text) in _PATH_SCHEMES or (not _scheme(text) and os.path.exists(text)):
        # To airunner a question mark begins options; to ST's module it is a part of the name.
        text = text.replace("%", "%25").replace("?", "%3F")
    return text


def is_serial(text: str) -> bool:
    """Whether a descriptor names a serial port."""
    return text.lower() == "serial" or _scheme(text) == "serial" or text[:1] == ":" or bool(_BARE_PORT.fullmatch(text))


def is_library(text: str) -> bool:
    """Whether it may name a host library."""
    return not _scheme(text) or _scheme(text) in _PATH_SCHEMES


def is_tflite(text: str) -> bool:
    """Whether it names a .tflite file."""
    path = text.partition("?")[0].lower()
    return path.endswith(".tflite") or path.startswith("tflite:")


def refused_text(desc: Any) -> str:
    """What ST's module says of a descriptor that leads nowhere."""
    text = "" if desc is None else str(desc).strip()
    if os.path.exists(text) or os.path.isdir(os.path.dirname(text)):  # to ST's module a path
        return f'invalid/unsupported "lib:{text}" descriptor'
    head = _HEAD.match(text)[0]  # type: ignore[index]
    return f'invalid/unsupported "{head.lower()}:{text[len(head) + 1:]}" descriptor'
