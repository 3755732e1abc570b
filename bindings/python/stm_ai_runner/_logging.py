# SPDX-License-Identifier: BSD-3-Clause
"""Loggers that look like ST's: tags, indentation by arrows, colours on a terminal, and a log file."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from typing import Any, Callable

STMAI_RUNNER_LOGGER_NAME = "STAI-RUNNER"
LOG_FILE_VARIABLE = "STM_AI_RUNNER_LOG"  # another place for the file; empty, "0" or "off": no file

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_COLOURS = {"D": "\x1b[36m", "I": "\x1b[32m", "W": "\x1b[93m", "E": "\x1b[91m", "C": "\x1b[31m", "T": "\x1b[35m"}
_RESET = "\x1b[0m"
_STEP = 3


class _Indent:
    """How far the messages of one logger are indented: `->` opens, `<-` closes."""

    def __init__(self) -> None:
        self.width = 0

    def apply(self, record: logging.LogRecord) -> str:
        """The indented message; made once, whichever handler comes first."""
        text: str | None = getattr(record, "_airunner_text", None)
        if text is None:
            text = str(record.getMessage())
            plain = _ANSI.sub("", text)
            if plain.startswith("<-"):
                self.width = max(0, self.width - _STEP)
            text = " " * self.width + text
            if plain.startswith("->"):
                self.width += _STEP
            record._airunner_text = text
        return text


class _Formatter(logging.Formatter):
    """`<tag> <message>`."""

    def __init__(self, indent: _Indent, colour: bool, with_prefix: bool) -> None:
        super().__init__()
        self._indent, self._colour, self._with_prefix = indent, colour, with_prefix

    def format(self, record: logging.LogRecord) -> str:
        text = self._indent.apply(record)
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        letter = record.levelname[:1]
        is_info = record.levelno == logging.INFO
        if text.lstrip().startswith("[TARGET:") and (is_info or not self._colour):
            letter = "T"
        if self._with_prefix:
            tag = f"[{letter}:{record.name}]"
        else:
            tag = "" if is_info and letter != "T" else f"[{letter}]"
        if not self._colour:
            return f"{tag} {_ANSI.sub('', text)}"
        colour = _COLOURS.get(letter, "") if tag else ""
        return f"{colour}{tag} {text}{_RESET if colour else ''}"


class DefaultStrHandler(logging.Handler):
    """Writes to what is the standard output at the time; a line that cannot be written is lost."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):  # nobody reads it: that ends nothing
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()


class _FileHandler(logging.FileHandler):
    """A full disk is no reason to tell so at every line."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


class Guarded:
    """A logger of anybody's, of which no failure ends the work."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger

    def __getattr__(self, name: str) -> Callable[[Any], None]:
        def call(message: Any) -> None:
            with contextlib.suppress(Exception):
                getattr(self._logger, name)(message)

        return call


def say(text: str) -> None:
    """print() for reports: a standard output that has gone or is full ends nothing."""
    try:
        print(text)
    except UnicodeEncodeError:
        print(ascii(text)[1:-1])
    except (OSError, ValueError):
        pass


def is_terminal(stream: Any) -> bool:
    """Of a stream that may be missing or closed."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError, OSError):
        return False


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
    indent = _Indent()
    file = _file_handler(filename) if filename else None
    if file is not None:
        file.setLevel(logging.DEBUG)
        file.setFormatter(_Formatter(indent, False, with_prefix))
        logger.addHandler(file)
    console = DefaultStrHandler()
    console.setLevel(level)
    console.setFormatter(_Formatter(indent, color and is_terminal(sys.stdout), with_prefix))
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
