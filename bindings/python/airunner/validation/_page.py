# SPDX-License-Identifier: BSD-3-Clause
"""The HTML page of a validation: the library's page of the model, with what was found in front. Style and script are the library's."""

from __future__ import annotations

from html import escape
from typing import Any, Iterable, Sequence

from .._documents import render_html
from ._words import decision_text, faults, number

_MOST_CLASSES = 40  # of a confusion matrix that people look at


def page_of(document: dict[str, Any]) -> str:
    page = render_html(document["info"])
    title = f"Validation of {document['info']['name']}"
    notes = [*faults(document), *([decision_text(document["decision"])] if document["decision"] else [])]
    found = [f"<header><p>Validation</p><h1>{_text(document['info']['name'])}</h1><p>{_text(document['begin'])}</p></header>",
             *(f'<p class="note">{_text(note)}</p>' for note in notes), _tiles(document),
             *(_metric(metric) for metric in document["metrics"]), _worst(document), _boards(document), _disagreements(document),
             _facts(document)]
    begin, end = page.index("<main><header>"), page.index("</header>") + len("</header>")
    page = page[:begin] + "<main>" + "".join(found) + "<section><h2>Model</h2></section>" + page[end:]
    old = page[page.index("<title>"):page.index("</title>")]
    return page.replace(old, f"<title>{_text(title)}", 1)


def _text(value: Any) -> str:
    return escape("".join(c if c.isprintable() or c == "\n" else "�" for c in str(value)))


def _tiles(document: dict[str, Any]) -> str:
    tiles = [(f"{metric['name']}: {metric['headline']}", number(metric["result"].get(metric["headline"]))) for metric in document["metrics"]]
    tiles += [(name, document[name]) for name in ("samples", "accepted", "executed", "duplicates", "missing") if document[name] is not None]
    return '<dl class="tiles">' + "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in tiles) + "</dl>"


def _section(title: str, content: str) -> str:
    return f"<section><h2>{_text(title)}</h2>{content}</section>" if content else ""


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The first cell of a row names it; numbers are to the right."""
    body = []
    for row in rows:
        cells = "".join(f'<td class="{"t" if isinstance(cell, str) and not _is_number(cell) else "n"}">{_text(cell)}</td>' for cell in row[1:])
        body.append(f'<tr><th scope="row" class="t">{_text(row[0])}</th>{cells}</tr>')
    if not body:
        return ""
    head = "".join(f'<th scope="col" class="{"n" if place else "t"}">{_text(name)}</th>' for place, name in enumerate(heads))
    return (f'<div class="scroll" role="region" aria-label="{_text(caption)}" tabindex="0"><table class="sortable"><caption>{_text(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "–"
    return True


def _metric(metric: dict[str, Any]) -> str:
    result = metric["result"]
    content = _table("All samples", ["number", "value"], [[key, number(value)] for key, value in result.items() if not isinstance(value, (list, dict))])
    classes = result.get("classes")
    if classes:
        keys = [key for key in classes[0] if key != "name"]
        content += _table("Classes", ["name", *keys], [[one["name"], *(number(one[key]) for key in keys)] for one in classes])
    confusion = result.get("confusion")
    if confusion:
        names = [one["name"] for one in classes]
        pairs = sorted(((count, names[row], names[column]) for row, counts in enumerate(confusion) for column, count in enumerate(counts)
                        if row != column and count), reverse=True)[:20]
        content += _table("Most frequent confusions", ["class", "taken for", "samples"], [[label, taken, count] for count, label, taken in pairs])
        if len(names) <= _MOST_CLASSES:
            content += _table("Confusion: rows are true classes, columns what they were taken for", ["class", *names],
                              [[name, *row] for name, row in zip(names, confusion)])
    return _section(metric["name"].capitalize(), content)


def _worst(document: dict[str, Any]) -> str:
    return _section("Samples that diverge most", _table("norm(output - reference) / norm(reference)", ["sample", "l2r"],
                                                        [[one["index"], number(one["l2r"])] for one in document["worst"]]))


def _boards(document: dict[str, Any]) -> str:
    names = [metric["name"] for metric in document["metrics"]]
    rows = [[board["descriptor"], board["device"] or "", board["accepted"], board["executed"], board["retries"],
             *(number(board[key]["mean"]) for key in ("device_ms", "link_ms", "host_ms")), *(number(board["metrics"][name]) for name in names)]
            for board in document["boards"]]
    heads = ["board", "device", "accepted", "executed", "retries", "ms on the device", "ms on the link", "ms on the host", *names]
    return _section("Boards", _table("What each did; times are means of a sample", heads, rows))


def _disagreements(document: dict[str, Any]) -> str:
    rows = [[one["index"], " and ".join(one["boards"])] for one in document["disagreements"]["samples"]]
    return _section("Samples in which boards disagree", _table("The first ones", ["sample", "boards"], rows))


def _facts(document: dict[str, Any]) -> str:
    facts = {**document["data"], **{key: document[key] for key in ("order", "journal", "host", "seconds", "airunner", "schema") if document[key] is not None}}
    return _section("Data and provenance", '<dl class="facts">' + "".join(
        f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in facts.items()) + "</dl>")
