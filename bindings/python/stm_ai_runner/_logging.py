# SPDX-License-Identifier: BSD-3-Clause
"""Loggers that look like ST's, with a log file."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import Any

from ._formatters import ColorFormatter, DefaultFormatter, FileFormatter
from ._streams import is_terminal

STMAI_RUNNER_LOGGER_NAME = "STAI-RUNNER"
LOG_FILE_VARIABLE = "STM_AI_RUNNER_LOG"  # another place for the file; empty, "0" or "off": no file


class DefaultStrHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to a stream, or to what is the standard output at the time; a line that cannot be written is lost."""

    def __init__(self, stream: Any = None) -> None:
        super().__init__(stream)
        self._own = stream

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):  # nobody reads it: that ends nothing
            stream = self._own or sys.stdout
            stream.write(self.format(record) + self.terminator)
            stream.flush()


class _FileHandler(logging.FileHandler):
    """A full disk is no reason to tell so at every line."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


def _console(logger: logging.Logger) -> DefaultStrHandler | None:
    """The console handler of a logger that get_logger() has configured."""
    handlers = logger.handlers
    if 1 <= len(handlers) <= 2 and isinstance(handlers[-1], DefaultStrHandler):
        return handlers[-1]
    return None


def _file_handler(filename: str) -> logging.Handler | None:
    """None where no file can be written: logging must not keep anybody from working."""
    try:
        return _FileHandler(filename, mode="w", encoding="utf-8")
    except OSError:
        return None


def get_logger(name: str | None = None, level: int = logging.WARNING, color: bool = True, filename: str | None = None,
               with_prefix: bool = True) -> logging.Logger:
    """The logger of a name (None: the root logger), configured at the first call."""
    logger = logging.getLogger(name)
    if _console(logger) is not None:
        return logger
    file = _file_handler(filename) if filename else None
    if file is not None:
        file.setLevel(logging.DEBUG)
        file_lines = FileFormatter(with_prefix)
        file_lines.enable_inc()
        file.setFormatter(file_lines)
        logger.addHandler(file)
    console = DefaultStrHandler()
    console.setLevel(level)
    console_lines = (ColorFormatter if color and is_terminal(sys.stdout) else DefaultFormatter)(with_prefix)
    console_lines.enable_inc(file is None)
    console.setFormatter(console_lines)
    logger.addHandler(console)
    logger.propagate = False
    logger.setLevel(logging.DEBUG if filename else level)
    return logger


def get_log_level(logger: logging.Logger) -> int:
    """Level of what is shown."""
    console = _console(logger)
    return logger.getEffectiveLevel() if console is None else console.level


def set_log_level(level: int | str = logging.DEBUG, logger: logging.Logger | None = None) -> None:
    """Sets what is shown; a level or its name in any case."""
    number: Any = level.upper() if isinstance(level, str) else level
    target = logging.getLogger(STMAI_RUNNER_LOGGER_NAME) if logger is None else logger
    target.setLevel(number)
    console = _console(target)
    if console is not None:
        console.setLevel(number)


def runner_logger(debug: bool) -> logging.Logger:
    """The logger of runners that were given none; it writes the file that users send to ST's support."""
    filename: str | None = os.environ.get(LOG_FILE_VARIABLE, "ai_runner.log")
    if filename in ("", "0", "off"):
        filename = None
    logger = get_logger("AiRunner", logging.DEBUG if debug else logging.INFO, filename=filename)
    console = _console(logger)
    if debug and console is not None:
        console.setLevel(logging.DEBUG)
        logger.setLevel(logging.DEBUG)
    return logger
