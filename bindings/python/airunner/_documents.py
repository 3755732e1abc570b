# SPDX-License-Identifier: BSD-3-Clause
"""Documents that the library writes, and the HTML pages that it makes of them."""

from __future__ import annotations

import json
import sys
from html import escape
from typing import Any, Mapping, Sequence

from . import _abi, _library


def _encoded(document: str | Mapping[str, Any]) -> bytes:
    if isinstance(document, Mapping):
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    if not isinstance(document, str):
        raise TypeError(f"a document is a text or a dict, not {type(document).__name__}")
    return _abi.c_text(document.encode(), "the document")


def document_array(documents: Sequence[str | Mapping[str, Any]]) -> Any:
    """Documents without names, for C."""
    return (_abi.Document * len(documents))(*[_abi.Document(None, _encoded(document)) for document in documents])


def render_html(*documents: str | Mapping[str, Any]) -> str:
    """One HTML page of the documents of docs/json.md, as texts or dicts, side by side."""
    library = _library.load()
    array = document_array(documents)
    return library.text(library.air_render_html, array, len(documents))


def indented(document: str, indent: int | None) -> str:
    """As it was written, or as people read it."""
    return document if indent is None else json.dumps(json.loads(document), indent=indent, ensure_ascii=False, allow_nan=False)


_PLAIN_BARS = dict.fromkeys(range(0x2580, 0x25A0), "#")


def shown(text: str) -> str:
    """As standard output takes it, which may be a code page without bars: so it is on Windows when it goes into a file or a pipe."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN_BARS).encode(encoding, "replace").decode(encoding)
    return text


class Page:
    """What has a document, and shows itself as its page: in a notebook too."""

    @property
    def _json(self) -> str:
        raise NotImplementedError

    def to_html(self) -> str:
        """An HTML page that needs no other file: what the command writes with `--html`."""
        return render_html(self._json)

    def _repr_html_(self) -> str:
        return ('<iframe sandbox="allow-scripts" style="width:100%;height:32em;border:0;resize:vertical" '
                f'srcdoc="{escape(self.to_html())}"></iframe>')
