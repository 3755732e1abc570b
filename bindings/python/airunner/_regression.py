# SPDX-License-Identifier: BSD-3-Clause
"""Profiles against those of before: whether a model has become slower, or larger."""

from __future__ import annotations

import json
from ctypes import c_char_p
from typing import Any, Iterable, Mapping, Union

from . import _abi, _library
from ._documents import Page, document_array, indented, shown
from ._profile import Profile

Document = Union[Profile, str, Mapping[str, Any]]


class Regression(Page):
    """What compare_profiles() found. `document` has everything (airunner.regression/1 of docs/json.md); str() is its sentence for people."""

    def __init__(self, document: str) -> None:
        self._text = document
        self.document: dict[str, Any] = json.loads(document)

    @property
    def _json(self) -> str:
        return self._text

    @property
    def verdict(self) -> str:
        """ "no regression", "regression" or "cannot tell"."""
        return str(self.document["verdict"])

    @property
    def checks(self) -> list[dict[str, Any]]:
        """What was compared: the network, its columns, nodes and memory."""
        checks: list[dict[str, Any]] = self.document["checks"]
        return checks

    def to_json(self, indent: int | None = None) -> str:
        """The document as text."""
        return indented(self._text, indent)

    def __bool__(self) -> bool:
        """That it has not become slower, which is told for sure."""
        return self.verdict == "no regression"

    def __str__(self) -> str:
        return shown(str(self.document["text"]))

    def __repr__(self) -> str:
        return f"<airunner.Regression: {self}>"


def _documents(side: Iterable[Document]) -> Any:
    if isinstance(side, (str, Mapping, Profile)):
        raise TypeError("a side is a list of documents, one for each whole run")
    return document_array([one.to_json() if isinstance(one, Profile) else one for one in side])


def compare_profiles(baseline: Iterable[Document], current: Iterable[Document], limits: Iterable[str] = ()) -> Regression:
    """Decides by whole runs whether the current side has become slower than the baseline, as `airunner profile --baseline` does.

    A side is a list of Profiles or of documents (airunner.profile/1 or airunner.runs/1, as texts or dicts), each of a process of its own; it takes
    five of each at least. `limits` are texts such as "p50=3%", "node.p50=10%", "memory=1%".
    """
    if isinstance(limits, str):
        raise TypeError(f'limits is {limits!r}, expected a list such as ["p50=3%"]')
    library = _library.load()
    before, now = _documents(baseline), _documents(current)
    texts = [_abi.c_text(limit.encode(), "a limit") for limit in limits]
    options = _abi.RegressionOptions(n_limits=len(texts), limits=(c_char_p * len(texts))(*texts))
    return Regression(library.text(library.air_compare_profiles, before, len(before), now, len(now), options, _abi.JSON_COMPACT))
