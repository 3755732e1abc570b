# SPDX-License-Identifier: BSD-3-Clause
"""HTML pages of JSON documents."""

from __future__ import annotations

import ctypes

from . import _abi, _library


def render_html(*documents: str) -> str:
    """One HTML page of the documents of docs/json.md, side by side."""
    library = _library.load()
    array = (_abi.Document * len(documents))(*[_abi.Document(None, text.encode()) for text in documents])
    page = ctypes.c_void_p()
    library.check(library.air_render_html(array, len(documents), ctypes.byref(page)))
    try:
        return _abi.text(ctypes.string_at(page.value or 0))
    finally:
        library.air_free_text(page)
