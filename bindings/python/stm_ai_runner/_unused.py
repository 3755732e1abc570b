# SPDX-License-Identifier: BSD-3-Clause
"""Arguments that scripts for ST's module pass and that change nothing here: the log tells, the script goes on."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

_REASONS = {
    "io_hw_log": "the bytes of a port are not recorded",
    "timeout": "each wait has a limit of its own, which ?timeout=<seconds> in the descriptor sets",
    "logger": "it is an argument of AiRunner()",
    "port": "the descriptor names no serial port",
    "baudrate": "the descriptor names no serial port",
    "reload": "the descriptor names no host library",
    "weights": "the descriptor names no host library",
    "mode": "the descriptor names no .tflite file",
    "io_extra_bytes": "host libraries have guards around their buffers in any case",
    "m_outputs": "it is for simulators",
    "option": "it is for targets",
}


class Unused:
    """What one runner said already is not said again."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger
        self._said: set[tuple[str, str]] = set()

    def say(self, call: str, arguments: Mapping[str, Any], used: Iterable[str]) -> None:
        """Warns of each argument that asks for something and is not used."""
        for name in arguments.keys() - used:
            value = arguments[name]
            if value is None or (isinstance(value, int) and not value) or (call, name) in self._said:
                continue
            self._said.add((call, name))
            reason = _REASONS.get(name)
            self._logger.warning(f"{call}: argument {name} has no effect{f': {reason}' if reason else ''}")
