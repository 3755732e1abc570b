# SPDX-License-Identifier: BSD-3-Clause
"""How profiles and models look in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Iterable

from ._enums import mode_names

if TYPE_CHECKING:
    from ._info import ModelInfo
    from ._profile import Profile

_CELL = "style='text-align:left;white-space:nowrap'"
_BAR = "display:inline-block;height:0.8em;background:#4a7fb5;width:{:.1f}%"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th {_CELL}>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td {_CELL}>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def profile_to_html(profile: Profile) -> str:
    """A summary, and a bar for each node."""
    summary = profile.statistics
    device = escape(profile.model.device.description)
    text = (f"<p><b>{escape(profile.model.name)}</b> on {device}: {profile.n_samples} samples, "
            f"<b>{summary.mean:.3f} ms</b> by sample (min {summary.min:.3f}, p50 {summary.p50:.3f}, "
            f"p99 {summary.p99:.3f}, max {summary.max:.3f})<br>device {profile.device_ms:.3f} ms, "
            f"link {profile.link_ms:.3f} ms, host {profile.host_ms:.3f} ms</p>")
    if profile.mode_not_granted:
        text += f"<p>not granted: {' | '.join(mode_names(profile.mode_not_granted))}</p>"
    if not profile.nodes:
        return text
    whole = max(profile.mean_ms, sum(node.mean_ms for node in profile.nodes)) or 1.0
    rows = [(str(node.info.index), escape(node.name), escape(node.info.description), f"{node.mean_ms:.3f}",
             f"{100 * node.mean_ms / whole:.1f}&nbsp;%",
             f"<div style='width:12em'><span style='{_BAR.format(100 * node.mean_ms / whole)}'></span></div>")
            for node in profile.nodes]
    if profile.outside_nodes_ms > 0:
        rows.append(("", "<i>outside nodes</i>", "", f"{profile.outside_nodes_ms:.3f}",
                     f"{100 * profile.outside_nodes_ms / whole:.1f}&nbsp;%", ""))
    return text + _table(("", "node", "type", "ms", "share", ""), rows)


def info_to_html(info: ModelInfo) -> str:
    """A table of the facts about a model."""
    facts = [(tensor.tag, tensor.name, f"{tensor.dtype.name} {'x'.join(map(str, tensor.shape))}")
             for tensor in (*info.inputs, *info.outputs)]
    facts += [("", "nodes", str(info.n_nodes)), ("", "runtime", info.runtime.name),
              ("", "device", info.device.description)]
    return f"<p><b>{escape(info.name)}</b></p>" + _table(("", "", ""), [[escape(c) for c in row] for row in facts])
