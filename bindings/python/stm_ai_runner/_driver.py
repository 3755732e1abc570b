# SPDX-License-Identifier: BSD-3-Clause
"""One connection. Some scripts use it directly, as `runner._drv`."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import airunner

from ._driver_bases import AiRunnerDriver
from ._errors import InvalidParamError
from ._families import Family
from ._info import HOST_PROTOCOL
from ._memory import TargetMemory
from ._modes import Caps
from ._network import Network
from ._unused import Unused


@AiRunnerDriver.register
class Driver:
    """The models behind one descriptor."""

    def __init__(self, runner: airunner.Runner, logger: Any, unused: Unused) -> None:
        self.runner = runner
        self._logger = logger
        self._unused = unused
        self._is_left = False
        self.networks: dict[str, Network] = {}
        for model in runner.models:
            name, number = model.name, 1
            while name in self.networks:
                number += 1
                name = f"{model.name}#{number}"
            self.networks[name] = Network(model, name, logger)
        self._first = next(iter(self.networks.values()))
        self._memory = TargetMemory(runner, Caps.MEMORY_RW in self.capabilities, logger)

    @property
    def is_connected(self) -> bool:
        return self.runner.is_connected and not any(network.is_lost for network in self.networks.values())

    @property
    def capabilities(self) -> list[Caps]:
        return self._first.capabilities

    def short_desc(self) -> str:
        """The driver, and where it is connected to."""
        if self._first.family in (Family.HL, Family.HS):
            return f"{HOST_PROTOCOL} ({unquote(self.runner.descriptor.partition(':')[2].partition('?')[0])})"
        return str(self._first.get_info()["runtime"]["protocol"])

    def discover(self, flush: bool = False) -> list[str]:
        """Names of the models; they are known since the connection."""
        return list(self.networks)

    def _network(self, name: str | None) -> Network:
        network = self._first if name is None else self.networks.get(name)
        if network is None:
            raise InvalidParamError(f"Invalid requested model name: {name}")
        return network

    def get_info(self, name: str | None = None) -> dict[str, Any]:
        return self._network(name).get_info()

    def invoke_sample(self, inputs: Any, name: str | None = None, **arguments: Any) -> tuple[list[Any], float]:
        """Runs one sample; gives the outputs and the duration in ms."""
        used = {key: arguments[key] for key in ("mode", "callback", "option") if key in arguments}
        outputs, profiler = self.invoke(self._network(name), inputs, **used)
        return outputs, sum(profiler["c_durations"])

    def invoke(self, network: Network, inputs: Any, *arguments: Any, **named: Any) -> tuple[list[Any], dict[str, Any]]:
        """Runs a batch. A callback that asks for the end of the connection has it when the call has ended."""
        try:
            return network.invoke(inputs, *arguments, **named)
        finally:
            self._end_call()

    def extension(self, name: str | None = None, **arguments: Any) -> Any:
        """Services of a target; False where there is none."""
        if self._first.family.on_host:
            return False
        self._unused.say("extension", arguments, arguments.keys() - {"timeout"})
        try:
            return self._memory.extension(**arguments)
        finally:
            self._end_call()

    def disconnect(self) -> None:
        try:
            self.runner.close()
        except airunner.BusyError:  # a callback asks: when its call has ended
            self._is_left = True
        except airunner.TimeoutError as error:  # a call of another thread does not end
            self._logger.warning(str(error))

    def _end_call(self) -> None:
        if self._is_left:
            self._is_left = False
            self.disconnect()
