# SPDX-License-Identifier: BSD-3-Clause
"""Base classes that ST's module offers to drivers: of a runtime, and of the line to one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ._errors import InvalidParamError, NotConnectedError


class AiHwDriver(ABC):
    """A line: derived classes open it in _connect(), where they set `_hdl`."""

    def __init__(self) -> None:
        self._parent: Any = None
        self._hdl: Any = None
        self._logger: Any = None

    @property
    def is_connected(self) -> bool:
        return bool(self._hdl)

    def set_parent(self, parent: Any) -> None:
        """Takes the logger of the driver that uses the line."""
        self._parent = parent
        if hasattr(parent, "get_logger"):
            self._logger = parent.get_logger()

    def get_config(self) -> dict[str, Any]:
        return {}

    def connect(self, desc: Any = None, **kwargs: Any) -> Any:
        self.disconnect()
        return self._connect(desc=desc, **kwargs)

    def disconnect(self) -> None:
        if self.is_connected:
            self._disconnect()

    def read(self, size: int, timeout: int = 0) -> Any:
        self._check_connected()
        return self._read(size, timeout)

    def write(self, data: Any, timeout: int = 0) -> Any:
        self._check_connected()
        return self._write(data, timeout)

    def write_memory(self, target_add: int, data: Any, timeout: int = 0) -> Any:
        self._check_connected()
        return self._write_memory(target_add, data, timeout)

    def short_desc(self, full: bool = True) -> str:
        return "UNDEFINED"

    def _check_connected(self) -> None:
        if not self.is_connected:
            raise NotConnectedError()

    @abstractmethod
    def _connect(self, desc: Any = None, **kwargs: Any) -> Any: ...

    @abstractmethod
    def _disconnect(self) -> None: ...

    @abstractmethod
    def _read(self, size: int, timeout: int = 0) -> Any: ...

    @abstractmethod
    def _write(self, data: Any, timeout: int = 0) -> Any: ...

    def _write_memory(self, target_add: int, data: Any, timeout: int = 0) -> Any:
        return 0


class AiRunnerDriver(ABC):
    """A runtime: `parent` is a runner, or whatever has a get_logger()."""

    def __init__(self, parent: Any) -> None:
        if not hasattr(parent, "get_logger"):
            raise InvalidParamError("Invalid parent type, get_logger() attr is expected")
        self._parent = parent
        self._logger = parent.get_logger()

    def get_logger(self) -> Any:
        return self._logger

    @abstractmethod
    def connect(self, desc: Any = None, **kwargs: Any) -> bool: ...

    @property
    def is_connected(self) -> bool:
        return False

    @abstractmethod
    def disconnect(self) -> None: ...

    @abstractmethod
    def discover(self, flush: bool = False) -> list[str]:
        """The names of the models."""

    @abstractmethod
    def get_info(self, c_name: str | None = None) -> dict[str, Any]: ...

    @abstractmethod
    def invoke_sample(self, s_inputs: Any, **kwargs: Any) -> tuple[list[Any], Any]: ...

    def extension(self, name: str | None = None, **kwargs: Any) -> Any:
        return False
