# SPDX-License-Identifier: BSD-3-Clause
"""One connection. Some scripts use it directly, as `runner._drv`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import airunner

from ._descriptor import context_name, is_library, is_serial, is_tflite, refused_text, to_airunner, weights_list
from ._driver_bases import AiRunnerDriver
from ._errors import InvalidParamError, from_airunner, in_st_words
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
        outputs, profiler = self._network(name).invoke(inputs, **used)
        return outputs, sum(profiler["c_durations"])

    def extension(self, name: str | None = None, **arguments: Any) -> Any:
        """Services of a target; False where there is none."""
        if self._first.family.on_host:
            return False
        self._unused.say("extension", arguments, arguments.keys() - {"timeout"})
        return self._memory.extension(**arguments)

    def disconnect(self) -> None:
        try:
            self.runner.close()
        except airunner.TimeoutError as error:  # a call of another thread does not end
            self._logger.warning(str(error))


class _Log:
    """Lines of airunner in the logger of a runner: what a target says as it says it, all else as detail."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger

    def __call__(self, level: airunner.LogLevel, message: str) -> None:
        logger = self._logger
        if re.match(r"\[TARGET:\d+\] s:", message):
            logger.debug(message)
        elif level == airunner.LogLevel.ERROR:
            logger.error(message)
        elif level == airunner.LogLevel.WARNING:
            logger.warning(message)
        elif level == airunner.LogLevel.INFO and message.startswith("[TARGET:"):
            logger.info(message)
        else:
            logger.debug(message)


def _options(text: str, arguments: dict[str, Any]) -> dict[str, str]:
    """ST's arguments as options of a descriptor, which wins over them."""
    options = {}
    if arguments.get("reload") is not None and is_library(text):
        options["copy"] = "1" if arguments["reload"] else "0"
    if is_tflite(text) and "no-kref" not in str(arguments.get("mode")) and "kernels=" not in text.partition("?")[2]:
        options["kernels"] = "reference"
    return options


def _used(text: str) -> set[str]:
    """The arguments that have an effect with a descriptor."""
    used = {"context", "dll_name"}
    used |= {"port", "baudrate"} if is_serial(text) else set()
    used |= {"reload", "weights"} if is_library(text) else set()
    return used | ({"mode"} if is_tflite(text) else set())


def _connect(text: str, options: dict[str, str], logger: Any, **arguments: Any) -> airunner.Runner:
    """Connects; with the runtime's own kernels where it has no reference kernels, which changes numbers and is said."""
    try:
        return airunner.connect(text, options=options, log=_Log(logger), **arguments)
    except airunner.Error as error:
        if "kernels" not in options or "kernels" not in str(error):
            raise
        others = {key: value for key, value in options.items() if key != "kernels"}
        runner = airunner.connect(text, options=others, log=_Log(logger), **arguments)
        logger.warning(f"{text}: computed by the runtime's default kernels, not by the reference kernels: {error}")
        return runner


def open_driver(desc: Any, logger: Any, debug: bool, arguments: dict[str, Any], unused: Unused) -> Driver:
    """Connects; arguments without effect are said and ignored, so that scripts for ST's module run."""
    text = to_airunner(desc, arguments.get("port"), arguments.get("baudrate"), arguments.get("dll_name"))
    unused.say("connect", arguments, _used(text))
    runner = _connect(text, _options(text, arguments), logger, model=context_name(arguments.get("context")),
                      weights=weights_list(arguments.get("weights")) if is_library(text) else (),
                      log_level=airunner.LogLevel.DEBUG if debug else airunner.LogLevel.INFO)
    try:
        return Driver(runner, logger, unused)
    except BaseException:
        runner.close()
        raise


def connect_error_text(desc: Any, error: Exception) -> str:
    """Why a connection failed, in ST's words first."""
    text = str(error)
    is_refused = isinstance(error, (airunner.InvalidDescriptorError, airunner.NotFoundError)) or "is not a model library" in text
    if is_refused and not in_st_words(text):
        reason = re.sub(r'^descriptor ".*?": ', "", text)
        return f"{refused_text(desc)}\n{reason}"
    if isinstance(error, airunner.Error):
        return str(from_airunner(error))
    return text or type(error).__name__
