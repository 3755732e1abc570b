# SPDX-License-Identifier: BSD-3-Clause
"""The commands of extension(): memory and self tests of a target."""

from __future__ import annotations

import ctypes
import os
from typing import Any, Sequence

import airunner

from ._errors import HwIOError, from_airunner
from .stm32_utility import bsdchecksum, dump_ihex_file

_INVALID_PARAMETER, _GENERIC = 4, 10
_TESTS = ("unit-test", "self-test")


def _answer(error: int = 0, crc: int = 0, data: bytes | None = None) -> dict[str, Any]:
    return {"error": error, "crc": crc, "data": data}


class TargetMemory:
    """Memory of the target behind one runner."""

    def __init__(self, runner: airunner.Runner, capable: bool, logger: Any) -> None:
        self._runner, self._capable, self._logger = runner, capable, logger

    def extension(self, cmd: Any = None, **arguments: Any) -> Any:
        """Carries out one command."""
        if cmd in _TESTS:
            return self._self_test(arguments)
        if not self._capable and cmd in ("read-in-memory", "write-in-memory", "checksum-in-memory", "write"):
            self._logger.error(f"{cmd}: the target has no memory services")
            return _answer(_GENERIC)
        try:
            if cmd == "read-in-memory":
                return self._read(arguments.get("target_addr"), arguments.get("size"))
            if cmd == "write-in-memory":
                return self._write(arguments.get("target_addr"), arguments.get("data"))
            if cmd == "checksum-in-memory":
                return self._checksum(arguments.get("target_addr"), arguments.get("size"))
            if cmd == "write":
                return self._write_files(arguments.get("ihex"), arguments.get("fill_zeros", False))
        except airunner.TargetError as error:
            self._logger.error(str(error))
            return _answer(error.vendor_code or _GENERIC)
        except airunner.InvalidArgumentError as error:
            self._logger.error(str(error))
            return _answer(_INVALID_PARAMETER)
        except airunner.Error as error:
            raise from_airunner(error) from error
        except (TypeError, ValueError, ctypes.ArgumentError) as error:
            self._logger.error(f"extension: {cmd}: {error}")
            return _answer(_INVALID_PARAMETER)
        self._logger.error(f"extension: command {cmd!r} is not known")
        return _answer(_GENERIC)

    def _read(self, address: int | None, size: int | None) -> dict[str, Any]:
        if not address or not size:
            return _answer(_INVALID_PARAMETER)
        return _answer(data=self._runner.read_memory(address, size))

    def _write(self, address: int | None, data: Any) -> dict[str, Any]:
        if data is not None and not isinstance(data, (bytes, bytearray)):
            raise HwIOError(f"Invalid data type: {type(data)} instead bytes")
        if not address or not data:
            return _answer(_INVALID_PARAMETER)
        self._runner.write_memory(address, data)
        if self._runner.checksum_memory(address, len(data)) != bsdchecksum(data):
            self._logger.error(f"what was written at 0x{address:x} is not there")
            return _answer(_GENERIC)
        return _answer()

    def _checksum(self, address: int | None, size: int | None) -> dict[str, Any]:
        if not address or not size:
            return _answer(_INVALID_PARAMETER)
        return _answer(crc=self._runner.checksum_memory(address, size))

    def _write_files(self, files: Any, fill: bool) -> dict[str, Any]:
        """Writes segments until one fails. Gaps are left as they are unless the caller wants zeros there."""
        paths: Sequence[Any] = [files] if isinstance(files, (str, os.PathLike)) else files or []
        answer = _answer(_INVALID_PARAMETER)
        for path in paths:
            try:
                segments, reason = dump_ihex_file(path, fill), "there is nothing in it"
            except OSError as error:
                segments, reason = [], str(error.strerror)
            if not any(segment["data"] for segment in segments):
                self._logger.warning(f"{path}: {reason}")
                return _answer(_INVALID_PARAMETER)
            for segment in segments:
                if segment["data"]:
                    answer = self._write(segment["addr"], segment["data"])
                    if answer["error"]:
                        return answer
        return answer

    def _self_test(self, arguments: dict[str, Any]) -> Any:
        """The value of the last reply; False where there is no such test."""
        params = list(arguments.get("params") or ())
        extra, option = (*params, 0, 0)[:2]
        try:
            return self._runner.self_test(int(arguments.get("test_id", -1)), int(extra), int(option))
        except (airunner.Error, ValueError, OverflowError) as error:
            self._logger.error(str(error))
            return False
