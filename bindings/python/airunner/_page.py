# SPDX-License-Identifier: BSD-3-Clause
"""HTML pages of JSON documents."""

from __future__ import annotations

import json
from typing import Any, Mapping

from . import _abi, _library


def _encoded(document: str | Mapping[str, Any]) -> bytes:
    if isinstance(document, Mapping):
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    if not isinstance(document, str):
        raise TypeError(f"a document is a text or a dict, not {type(document).__name__}")
    return _abi.c_text(document.encode(), "the document")


def render_html(*documents: str | Mapping[str, Any]) -> str:
    """One HTML page of the documents of docs/json.md, as texts or dicts, side by side."""
    library = _library.load()
    array = (_abi.Document * len(documents))(*[_abi.Document(None, _encoded(document)) for document in documents])
    return library.text(library.air_render_html, array, len(documents))
