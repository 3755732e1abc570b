# SPDX-License-Identifier: BSD-3-Clause
"""Connecting: the arguments of ST's connect() as those of airunner, and why it failed in ST's words."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

import airunner

from ._descriptor import is_library, is_serial, is_tflite, refused_text, to_airunner
from ._driver import Driver
from ._errors import INVALID_WEIGHTS, HwIOError, from_airunner, in_st_words
from ._unused import Unused


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


def _weights_list(weights: Any) -> list[Any]:
    """Blocks of weights: paths, bytes, arrays, or dictionaries with the key buffer_data."""
    if weights is None:
        return []
    return [_weights_block(item) for item in (weights if isinstance(weights, (list, tuple)) else [weights])]


def _weights_block(item: Any) -> Any:
    if hasattr(item, "keys") and "buffer_data" in item:
        item = item["buffer_data"]
    if isinstance(item, (str, os.PathLike)):
        if not os.path.isfile(item):
            raise HwIOError(f"{INVALID_WEIGHTS}\nthere is no file {os.fspath(item)}")
    elif not isinstance(item, (bytes, bytearray, memoryview, np.ndarray)):
        raise HwIOError(f"{INVALID_WEIGHTS}\nit is a {type(item).__name__}")
    return item


def _context_name(context: Any) -> str | None:
    """The c-name that ST's own tools pass in an object."""
    if context is None or not hasattr(context, "get_option"):
        return None
    for key in ("general.name", "name"):
        try:
            name = context.get_option(key)
        except Exception:  # the object is ST's; what it does for unknown keys differs by release
            continue
        if isinstance(name, str) and name:
            return name
    return None


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
    runner = _connect(text, _options(text, arguments), logger, model=_context_name(arguments.get("context")),
                      weights=_weights_list(arguments.get("weights")) if is_library(text) else (),
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
