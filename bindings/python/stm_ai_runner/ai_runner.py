# SPDX-License-Identifier: BSD-3-Clause
"""AiRunner: one connection, as ST's module offers it."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from . import _modes
from .__version__ import __version__
from ._callbacks import AiRunnerCallback
from ._connect import connect_error_text, open_driver
from ._driver import Driver
from ._driver_bases import AiHwDriver, AiRunnerDriver
from ._errors import (AiRunnerError, HwIOError, InvalidModelError, InvalidMsgError, InvalidParamError, NotConnectedError,
                      NotInitializedMsgError)
from ._info import LEGACY_INFO_DICT_VERSION, STAI_INFO_DICT_VERSION
from ._logging import runner_logger
from ._network import Network
from ._random import draw, generate_rnd
from ._report import print_profile, print_summary
from ._streams import Guarded, say
from ._tensor_desc import AiTensorDesc, AiTensorType, describe
from ._unused import Unused
from .stm_ai_utils import IOTensor
from .utils import TableWriter, get_logger, truncate_name

__all__ = ["LEGACY_INFO_DICT_VERSION", "STAI_INFO_DICT_VERSION", "AiHwDriver", "AiRunner", "AiRunnerCallback", "AiRunnerDriver",
           "AiRunnerError", "AiRunnerSession", "AiTensorDesc", "AiTensorType", "HwIOError", "IOTensor", "InvalidModelError",
           "InvalidMsgError", "InvalidParamError", "NotConnectedError", "NotInitializedMsgError", "TableWriter", "__version__",
           "generate_rnd", "get_logger", "truncate_name"]

# One generator for each place, shared by all runners: scripts compare what two processes draw.
_RUNNER_RNG = np.random.RandomState(42)
_SESSION_RNG = np.random.RandomState(42)

_INVOKE_ARGUMENTS = frozenset(("name", "mode", "callback", "io_mode", "disable_pb", "option"))
_PRINT_ARGUMENTS = frozenset(("indent", "tensor_info", "debug", "no_details"))


class AiRunnerSession:
    """One model of a runner, with its name fixed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parent: AiRunner | None = None

    def acquire(self, parent: AiRunner) -> None:
        """Binds the session to a runner."""
        self._parent = parent

    def release(self) -> None:
        """Unbinds it: from now on it answers with empty values."""
        self._parent = None

    @property
    def is_active(self) -> bool:
        return self._parent is not None

    @property
    def is_connected(self) -> bool:
        return self._parent is not None and self._parent.is_connected

    @property
    def name(self) -> str:
        return self._name

    def __str__(self) -> str:
        return self._name

    def get_info(self) -> dict[str, Any]:
        return self._parent.get_info(self._name) if self._parent else {}

    def get_input_infos(self) -> list[dict[str, Any]]:
        return self._parent.get_input_infos(self._name) if self._parent else []

    def get_output_infos(self) -> list[dict[str, Any]]:
        return self._parent.get_output_infos(self._name) if self._parent else []

    def get_inputs(self) -> list[AiTensorDesc]:
        return self._parent.get_inputs(self._name) if self._parent else []

    def get_outputs(self) -> list[AiTensorDesc]:
        return self._parent.get_outputs(self._name) if self._parent else []

    def generate_rnd_inputs(self, batch_size: int = 4, rng: Any = _SESSION_RNG, val: Any = None) -> list[Any]:
        return self._parent.generate_rnd_inputs(self._name, batch_size, rng, val) if self._parent else []

    def invoke(self, inputs: Any, **kwargs: Any) -> tuple[list[Any], dict[str, Any]]:
        kwargs["name"] = self._name
        return self._parent.invoke(inputs, **kwargs) if self._parent else ([], {})

    def summary(self, print_fn: Callable[[str], Any] | None = None, indent: int = 0, level: int = 0) -> None:
        if self._parent:
            self._parent.summary(self._name, print_fn, indent, level)

    def print_profiling(self, inputs: Any, profiler: dict[str, Any], outputs: Any,
                        print_fn: Callable[[str], Any] | None = None, **kwargs: Any) -> None:
        if self._parent:
            self._parent.print_profiling(inputs, profiler, outputs, print_fn, **kwargs)

    def extension(self, **kwargs: Any) -> Any:
        kwargs["name"] = self._name
        return self._parent.extension(**kwargs) if self._parent else False

    def disconnect(self) -> bool:
        """Unbinds; the connection ends with its last session."""
        parent, self._parent = self._parent, None
        return parent.disconnect(force_all=False) if parent else True


class AiRunner:
    """One connection, and the models behind it."""

    Caps = _modes.Caps
    Mode = _modes.Mode

    def __init__(self, logger: Any = None, debug: bool = False, verbosity: int = 0) -> None:
        self._debug = debug
        self._logger = runner_logger(debug) if logger is None else logger
        self._log = Guarded(self._logger)
        self._unused = Unused(self._log)
        self._drv: Driver | None = None
        self._names: list[str] = []
        self._sessions: dict[str, AiRunnerSession] = {}
        self._last_err: str | None = None

    # Connection

    def connect(self, desc: Any = None, **kwargs: Any) -> bool:
        """Connects; False when that fails, and get_error() tells why."""
        self.disconnect()
        self._last_err = None
        self._log.debug(f"-> connect: desc={desc}")
        try:
            self._drv = open_driver(desc, self._log, self._debug, kwargs, self._unused)
            self._names = self._drv.discover()
        except Exception as error:  # whatever it is: scripts rely on False and a text
            self._fail(connect_error_text(desc, error))
        self._log.debug(f"<- connect: {self.short_desc()}")
        return self.is_connected

    def _fail(self, text: str) -> None:
        self._last_err = text
        self._drv = None
        self._names = []
        self._log.debug(text)

    def disconnect(self, force_all: bool = True) -> bool:
        """Ends the connection; without `force_all` only when no session is active."""
        if not force_all and any(session.is_active for session in self._sessions.values()):
            return True
        for session in self._sessions.values():
            session.release()
        self._sessions = {}
        self._names = []
        driver, self._drv = self._drv, None
        if driver is not None:
            driver.disconnect()
            self._log.debug("disconnected")
        return True

    def __enter__(self) -> AiRunner:
        return self

    def __exit__(self, *error: object) -> None:
        self.disconnect()

    @property
    def is_connected(self) -> bool:
        return self._drv is not None and self._drv.is_connected

    def get_error(self) -> str | None:
        """Why the last connect failed; reading clears it."""
        text, self._last_err = self._last_err, None
        return text

    def short_desc(self) -> str:
        return f"{self._drv.short_desc()} {self._names!r}" if self._drv is not None and self.is_connected else "not connected"

    __str__ = short_desc
    __repr__ = short_desc

    @staticmethod
    def version() -> str:
        return __version__

    def get_logger(self) -> Any:
        return self._logger

    # Models

    @property
    def names(self) -> list[str]:
        return self._names if self.is_connected else []

    @property
    def name(self) -> str | None:
        return next(iter(self.names), None)

    def _network(self, name: Any) -> Network | None:
        """The model that a name, a place or anything else stands for."""
        if self._drv is None or not self._names:
            return None
        if isinstance(name, str):
            if name not in self._drv.networks:
                self._log.warning(f"no model '{name}', there is: {self._names}")
            return self._drv.networks.get(name)
        place = min(max(name, 0), len(self._names) - 1) if isinstance(name, int) else 0
        return self._drv.networks[self._names[place]]

    def session(self, name: Any = None) -> AiRunnerSession | None:
        """The session of a model: the same object during one connection."""
        network = self._network(name)
        if network is None:
            return None
        session = self._sessions.setdefault(network.name, AiRunnerSession(network.name))
        session.acquire(self)
        return session

    def get_info(self, name: Any = None) -> dict[str, Any]:
        network = self._network(name) if self.is_connected else None
        return network.get_info() if network else {}

    def get_input_infos(self, name: Any = None) -> list[dict[str, Any]]:
        infos: list[dict[str, Any]] = self.get_info(name).get("inputs", [])
        return infos

    def get_output_infos(self, name: Any = None) -> list[dict[str, Any]]:
        infos: list[dict[str, Any]] = self.get_info(name).get("outputs", [])
        return infos

    def get_inputs(self, name: Any = None) -> list[AiTensorDesc]:
        return [describe(info, AiTensorType.INPUT) for info in self.get_input_infos(name)]

    def get_outputs(self, name: Any = None) -> list[AiTensorDesc]:
        return [describe(info, AiTensorType.OUTPUT) for info in self.get_output_infos(name)]

    def generate_rnd_inputs(self, name: Any = None, batch_size: int = 4, rng: Any = _RUNNER_RNG,
                            val: Any = None) -> list[Any]:
        """Random inputs; equal calls of equal processes give equal values."""
        infos = self.get_input_infos(name.name if isinstance(name, AiRunnerSession) else name)
        return [draw(info["type"], info["io_tensor"].get_c_shape(), batch_size, rng, val) for info in infos]

    # Running

    def invoke(self, inputs: Any, **kwargs: Any) -> tuple[list[Any], dict[str, Any]]:
        """Runs a batch; gives the outputs and what was measured. Unknown arguments are said and ignored."""
        network, driver = self._network(kwargs.get("name")), self._drv
        if network is None or driver is None:
            return [], {}
        if kwargs.keys() - _INVOKE_ARGUMENTS or (network.family.on_host and kwargs.get("option")):
            self._unused.say("invoke", kwargs, _INVOKE_ARGUMENTS - ({"option"} if network.family.on_host else set()))
        return driver.invoke(network, inputs, kwargs.get("mode", _modes.Mode.IO_ONLY), kwargs.get("callback"),
                             kwargs.get("io_mode"), not (self._debug or kwargs.get("disable_pb", False)),
                             0 if network.family.on_host else kwargs.get("option", 0))

    def extension(self, name: Any = None, **kwargs: Any) -> Any:
        """Services of a target: memory, self tests."""
        network = self._network(name)
        if network is None or self._drv is None:
            return False
        return self._drv.extension(network.name, **kwargs)

    # Reports

    def summary(self, name: Any = None, print_fn: Callable[[str], Any] | None = None, indent: int = 1,
                level: int = 0) -> None:
        info = self.get_info(name)
        if info:
            print_summary(info, self._names, print_fn or say, indent, level)

    def print_profiling(self, inputs: Any, profiler: dict[str, Any], outputs: Any,
                        print_fn: Callable[[str], Any] | None = None, **kwargs: Any) -> None:
        self._unused.say("print_profiling", kwargs, _PRINT_ARGUMENTS)
        used = {key: kwargs[key] for key in _PRINT_ARGUMENTS if key in kwargs}
        print_profile(inputs, profiler, outputs, print_fn or say, **used)
