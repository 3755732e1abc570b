# SPDX-License-Identifier: BSD-3-Clause
"""Lines of logs as ST's module writes them: tags, indentation by arrows, colours."""

from __future__ import annotations

import logging
import re

_ANSI = re.compile(r"(?:\x9b|\x1b\[)[0-?]*[ -/]*[@-~]")
_COLOURS = {"D": "\x1b[36m", "I": "\x1b[32m", "W": "\x1b[93m", "E": "\x1b[31m\x1b[1m", "C": "\x1b[31m", "T": "\x1b[35m"}
_RESET = "\x1b[0m"
_STEP = 3


def escape_ansi(line: object) -> str:
    """The text without ANSI sequences."""
    return _ANSI.sub("", str(line))


class IndentFormatter(logging.Formatter):
    """`<tag> <message>`; messages that begin with `->` open an indentation, with `<-` they close it."""

    def __init__(self, with_prefix: bool = False) -> None:
        super().__init__()
        self.with_prefix = with_prefix
        self.indent = 0
        self.inc = 0

    def enable_inc(self, enable: bool = True) -> None:
        self.inc = _STEP if enable else 0

    def is_target_msg(self, msg: str) -> bool:
        return msg.strip().startswith("[TARGET:")

    def indent_msg(self, msg: str) -> str:
        plain = escape_ansi(msg)
        if plain.startswith("<-"):
            self.indent = max(0, self.indent - self.inc)
        text = " " * self.indent + msg
        if plain.startswith("->"):
            self.indent += self.inc
        return text

    def format(self, record: logging.LogRecord) -> str:
        """The file's formatter comes first where there is one, and leaves its indented text for the console's."""
        text: str | None = getattr(record, "original_msg", None)
        if text is None:
            text = record.original_msg = self.indent_msg(str(record.getMessage()))
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        letter = self.letter_of(record, text)
        name = f":{record.name}" if self.with_prefix else ""
        return self.line_of(f"[{letter}{name}]" if self.has_tag(letter) else "", text, letter)

    def letter_of(self, record: logging.LogRecord, text: str) -> str:
        return "T" if self.is_target_msg(text) else record.levelname[:1]

    def has_tag(self, letter: str) -> bool:
        return self.with_prefix or letter != "I"

    def line_of(self, tag: str, text: str, letter: str) -> str:
        return f"{tag} {escape_ansi(text)}"


class DefaultFormatter(IndentFormatter):
    """Plain lines."""


class FileFormatter(IndentFormatter):
    """Plain lines that all have a tag."""

    def has_tag(self, letter: str) -> bool:
        return True


class ColorFormatter(IndentFormatter):
    """Coloured lines; what a target says has its colour where it is information."""

    def letter_of(self, record: logging.LogRecord, text: str) -> str:
        letter = record.levelname[:1]
        return super().letter_of(record, text) if letter == "I" else letter

    def line_of(self, tag: str, text: str, letter: str) -> str:
        colour = _COLOURS.get(letter, "") if tag else ""
        return f"{colour}{tag}{_RESET} {colour}{text}{_RESET}" if colour else f"{tag} {text}"
