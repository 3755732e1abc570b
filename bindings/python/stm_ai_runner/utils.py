# SPDX-License-Identifier: BSD-3-Clause
"""Tables of text, short names, loggers."""

from __future__ import annotations

import io
from typing import Any, Sequence

from ._formatters import ColorFormatter, DefaultFormatter, FileFormatter, IndentFormatter, escape_ansi
from ._logging import STMAI_RUNNER_LOGGER_NAME, DefaultStrHandler, get_log_level, get_logger, set_log_level

__all__ = ["STMAI_RUNNER_LOGGER_NAME", "ColorFormatter", "DefaultFormatter", "DefaultStrHandler", "FileFormatter",
           "IndentFormatter", "TableWriter", "escape_ansi", "get_log_level", "get_logger", "set_log_level", "truncate_name"]


def truncate_name(name: str, maxlen: int = 30) -> str:
    """A name of at most `maxlen` characters: begin and end, dots between."""
    maxlen = max(4, maxlen)
    if len(name) <= maxlen:
        return name
    tail = 10 if maxlen > 12 else 1
    return name[:maxlen - tail - 2] + ".." + name[-tail:]


class TableWriter(io.StringIO):
    """Collects rows, then writes them in columns of equal width."""

    N_SPACE = 2

    def __init__(self, indent: int = 0, csep: str = " ") -> None:
        super().__init__()
        self._indent = " " * indent
        self._csep = csep
        self._title = ""
        self._header: list[str] = []
        self._rows: list[Any] = []  # lists of cells; a text is a separator of that character
        self._notes: list[str] = []
        self._fmt = ""

    def set_title(self, title: str) -> None:
        self._title = title

    def set_header(self, items: Sequence[Any] | str) -> None:
        self._header = [items] if isinstance(items, str) else [str(cell) for cell in items]

    def set_fmt(self, fmt: str) -> None:
        """`>` at the place of a column aligns it right."""
        self._fmt = fmt

    def add_row(self, items: Sequence[Any] | str) -> None:
        cells = [items] if isinstance(items, str) else [str(cell) for cell in items]
        first = self._header or next((r for r in self._rows if isinstance(r, list)), cells)
        if len(cells) > len(first):
            raise ValueError("Size of the provided row is invalid")
        self._rows.append(cells)

    def add_separator(self, value: str = "-") -> None:
        self._rows.append(value)

    def add_note(self, note: str) -> None:
        self._notes.append(note)

    def write(self, msg: str, newline: str = "\n") -> int:
        """A line of the caller's in front of the table."""
        return super().write(f"{self._indent}{msg}{newline}")

    def getvalue(self, fmt: str = "", endline: bool = False) -> str:
        """All lines, each with its end."""
        fmt = fmt or self._fmt
        rows = [row for row in self._rows if isinstance(row, list)]
        table = [self._header, *rows] if self._header else rows
        n_columns = max((len(row) for row in table), default=0)
        widths = [max(len(row[i]) for row in table if i < len(row)) + self.N_SPACE for i in range(n_columns)]
        pad = " " * len(self._csep)

        def line(cells: list[str]) -> str:
            return "".join((cell.rjust(width) if fmt[i:i + 1] == ">" else cell.ljust(width)) + pad
                           for i, (cell, width) in enumerate(zip(cells, widths)))

        def separator(char: str = "-") -> str:
            return "".join(char * width + self._csep for width in widths)

        lines = [""]
        if self._title:
            lines += [self._title, separator()]
        if self._header:
            lines += [line(self._header), separator()]
        lines += [line(row) if isinstance(row, list) else separator(row) for row in self._rows]
        if endline or self._notes:
            lines.append(separator())
        lines += self._notes
        return super().getvalue() + "".join(f"{self._indent}{text}\n" for text in lines)

    def __str__(self) -> str:
        return self.getvalue()
