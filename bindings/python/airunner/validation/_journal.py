# SPDX-License-Identifier: BSD-3-Clause
"""What was done, in a file that only grows: a run that ended anywhere goes on from it.

One line of JSON for each result, in the order in which they came, and one for each board that tells its network. What is appended is on the disk before the next chunk is: a process that is
killed leaves at most a torn last line, which is cut off. Each line ends with its CRC-32, so that what a failing disk has made of one is noticed.
"""

from __future__ import annotations

import json
import os
import tempfile
import weakref
import zlib
from typing import IO, Any, Iterable, Iterator, Mapping

from .._errors import BusyError, CorruptedError, InvalidArgumentError
from ._lock import lock

SCHEMA = "airunner.journal/1"
_BEGIN = f'{{"schema": "{SCHEMA}", '.encode()
_CRC = ', "crc": "'
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # NaN as Python has it: a network may compute it


def _line(record: Mapping[str, Any]) -> bytes:
    text = _ENCODER.encode(record)[:-1]
    return f'{text}{_CRC}{zlib.crc32(text.encode()):08x}"}}\n'.encode()


def _record(line: bytes) -> dict[str, Any] | None:
    """What a line tells; None where it is not whole."""
    text, _, crc = line.rpartition(_CRC.encode())
    if not text or crc != f'{zlib.crc32(text):08x}"}}\n'.encode():
        return None
    record: dict[str, Any] = json.loads(text + b"}")
    return record


class Journal:
    """`path`: None for one that goes with this object."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else os.fspath(path)
        self._models: dict[str, str] = {}  # by board
        self._former: set[str] = set()  # networks of earlier runs
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile() if path is None else open(path, "a+b")
        except OSError as error:
            raise InvalidArgumentError(f"journal {path}: it cannot be written: {error.strerror}") from None
        if path is None:
            weakref.finalize(self, self._file.close)
        elif not lock(self._file):
            self._file.close()
            raise BusyError(f"journal {path}: another process writes to it")

    def begin(self, header: Mapping[str, Any]) -> bool:
        """Writes the header, or compares it with that of the file, and cuts off what is torn. Whether there are results already."""
        wanted = json.loads(json.dumps({"schema": SCHEMA, **header}))
        found, end = self._check()
        if end < self._file.seek(0, os.SEEK_END):
            self._file.truncate(end)
        if found is None:
            self.append([wanted])
            return False
        differing = [key for key in wanted if wanted[key] != found.get(key)]
        if differing:
            told = "; ".join(f"{key} was {found.get(key)!r}, is {wanted[key]!r}" for key in differing)
            raise InvalidArgumentError(f"journal {self.path} is of another validation ({told}): give the same arguments, or another file")
        return True

    def note_model(self, board: str, model: str) -> None:
        """That a board has the network of this hash: what is done with another one is another validation, whatever the board is called now.
        Without a hash nobody can tell."""
        if not model:
            return
        if self._former and (model not in self._former or self._models.get(board, model) != model):
            known = self._models.get(board, " and ".join(sorted(self._former)))
            raise InvalidArgumentError(f"journal {self.path}: its results are of the network {known}, and {board} has {model} now: give another file")
        if board not in self._models:
            self.append([{"board": board, "model": model}])
            self._models[board] = model

    def _check(self) -> tuple[dict[str, Any] | None, int]:
        """The header, and where the whole lines end. What is torn can only be at the end."""
        header, end, torn = None, 0, -1
        self._file.seek(0)
        for number, line in enumerate(self._file):
            record = _record(line)
            if number == 0 and (record or {}).get("schema") != SCHEMA and (record or not _BEGIN.startswith(line[:len(_BEGIN)]) or line.endswith(b"\n")):
                raise InvalidArgumentError(f"{self.path} is no journal of airunner: give another file")
            if record is None:
                torn = number if torn < 0 else torn
                continue
            if torn >= 0:
                raise CorruptedError(f"journal {self.path}: line {torn + 1} is damaged, and whole ones follow it: remove the line to have its sample run again")
            header = header or record
            if "model" in record:
                self._models[record["board"]] = record["model"]
                self._former.add(record["model"])
            end += len(line)
        return header, end

    def append(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Returns when they are on the disk."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(b"".join(map(_line, records)))
        self._file.flush()
        if self.path is not None:
            os.fsync(self._file.fileno())

    def results(self) -> Iterator[dict[str, Any]]:
        """In the order in which they came. A journal that is closed may have gone on growing."""
        if self._file.closed:
            with open(self.path or "", "rb") as file:
                yield from _results(file)
        else:
            self._file.seek(0)
            yield from _results(self._file)

    def close(self) -> None:
        """Others may go on with the file. One without a path goes with this object."""
        if self.path is not None:
            self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _results(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file):
        record = _record(line) if number else None
        if record is not None and "index" in record:
            yield record
