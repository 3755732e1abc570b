# SPDX-License-Identifier: BSD-3-Clause
"""The documents of the project and what they are made of, for the tests beside this file."""

import re
import sys
from pathlib import Path

SOURCE = Path(sys.argv[1]).resolve()
FOLDERS = ["include", "src", "backends", "firmware", "examples", "tests", "docs", "scripts", "packaging", "debian", "completions", ".ci", ".github"]
FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages():
    nested = [path for folder in FOLDERS for path in (SOURCE / folder).rglob("*.md")]
    return sorted(SOURCE.glob("*.md")) + sorted(nested)


def without_code(text):
    return FENCE.sub("", text)


def blocks(page, language):
    """(words after the language, text) of the fenced blocks of a page."""
    return [(words.split(), text) for lang, words, text in FENCE.findall(page.read_text()) if lang == language]


def header_text():
    return "".join(path.read_text() for path in sorted((SOURCE / "include").glob("*.h*")))


def anchors(page):
    """The names GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", without_code(page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
