# SPDX-License-Identifier: BSD-3-Clause
"""Printed reports, line for line as ST's module prints them."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ._modes import Mode
from .utils import TableWriter, truncate_name

Print = Callable[[str], Any]


def _print_table(table: TableWriter, print_fn: Print, fmt: str = "", endline: bool = True) -> None:
    for line in table.getvalue(fmt, endline).removesuffix("\n").split("\n"):
        print_fn(line)


def _version_text(version: Any) -> str:
    return ".".join(map(str, version))


# Summary


def _segments_text(size: int, segments: list[dict[str, Any]]) -> str:
    if len(segments) <= 1:
        return f"{size} "
    return f"{size} [{', '.join(str(s['shape'][-1]) for s in segments)}] ({len(segments)} segments)"


def _weights_text(size: int, segments: list[dict[str, Any]]) -> str:
    return f"{size} " + (f"({len(segments)} segments)" if len(segments) > 1 else "")


def _model_rows(info: dict[str, Any], level: int) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for letter, tensors in (("I", info["inputs"]), ("O", info["outputs"])):
        for k, tensor in enumerate(tensors, 1):
            rows.append((f"{letter}[{k}/{len(tensors)}] '{truncate_name(tensor['name'], 20)}'",
                         tensor["io_tensor"].to_str("all+no-name", short=False)))
    if "flags" in info and level > 0:
        rows.append(("flags", info["flags"]))
    rows.append(("n_nodes", info["n_nodes"]))
    if info["activations"] is not None:
        rows.append(("activations", _segments_text(info["activations"], info["mempools"]["activations"])))
    if info["weights"] is not None:
        rows.append(("weights", _weights_text(info["weights"], info["mempools"]["params"])))
    if info["macc"] is not None:
        rows.append(("macc", info["macc"]))
    if info["hash"]:
        rows.append(("hash", info["hash"]))
    rows.append(("compile_datetime", info["compile_datetime"] or "<undefined>"))
    return rows


def _runtime_rows(info: dict[str, Any]) -> list[tuple[str, Any]]:
    runtime, device = info["runtime"], info["device"]
    library = runtime.get("rt_lib_desc") or f"v{_version_text(runtime['version'])}"
    rows = [("protocol", runtime["protocol"] or "<undefined>"),
            ("tools", f"{runtime['name']} v{_version_text(runtime['tools_version'])}"), ("runtime lib", library),
            ("capabilities", ", ".join(caps.name for caps in runtime["capabilities"])), ("device.desc", device["desc"])]
    if device.get("attrs"):
        rows.append(("device.attrs", ",".join(device["attrs"])))
    return rows


def print_summary(info: dict[str, Any], names: list[str], print_fn: Print, indent: int, level: int) -> None:
    """The facts about a model."""
    table = TableWriter(indent, csep="-")
    table.set_title(f"Summary '{info['name']}' - {names!r}")
    for label, value in _model_rows(info, level):
        table.add_row([label, ":", value])
    table.add_separator()
    for label, value in _runtime_rows(info):
        table.add_row([label, ":", value])
    _print_table(table, print_fn)


# Profile


class _Counters:
    """Hardware counters: means over the samples, by node and in all."""

    def __init__(self, profiler: dict[str, Any]) -> None:
        nodes = profiler["c_nodes"]
        self.by_node = [self._mean(node["counters"]["values"]) for node in nodes if "counters" in node]
        if self.by_node and len(self.by_node[0]):
            self.type = str(nodes[0]["counters"]["type"])
            self.total = [sum(column) for column in zip(*self.by_node)]
        else:
            self.by_node = []
            counters = profiler["debug"].get("counters") or {"type": "", "values": []}
            self.type = str(counters["type"])
            self.total = [] if nodes else self._mean(counters["values"])
        self.width = max((len(f"{value:,}") for value in self.total), default=0) + 1

    @staticmethod
    def _mean(values: Any) -> list[int]:
        return [int(value) for value in np.mean(values, axis=0)] if len(values) and len(values[0]) else []

    def cell(self, values: list[int]) -> str:
        return f"[{' '.join(f'{value:,}'.rjust(self.width) for value in values)} ]" if values else ""

    def shares(self) -> str:
        whole = sum(self.total) or 1
        return f"[{' '.join(f'{100 * value / whole:.1f}%'.rjust(self.width) for value in self.total)} ]"


def _stack_text(debug: dict[str, Any]) -> str | None:
    stack, heap = debug.get("stack_usage"), debug.get("heap_usage")
    if stack is None or heap is None or (stack < 0 and heap < 0):
        return None
    words = ["not monitored" if value < 0 else str(value) for value in (stack, heap)]
    return f"{'/'.join(words)} bytes"


def _host_rows(profiler: dict[str, Any]) -> list[tuple[str, Any]]:
    debug = profiler["debug"]
    return [("DEVICE duration", f"{np.mean(debug['exec_times'] or [0]):.3f} ms by sample (including callbacks)"),
            ("HOST duration", f"{debug['host_duration'] / 1000:.3f} s (total)"), ("used mode", profiler["mode"]),
            ("number of c-node", len(profiler["c_nodes"]) or "n.a.")]


def _print_head(profiler: dict[str, Any], counters: _Counters, print_fn: Print, indent: int, debug: bool) -> None:
    info, durations = profiler["info"], profiler["c_durations"]
    mean = float(np.mean(durations))
    rows: list[tuple[str, Any]] = [
        ("nb sample(s)", len(durations)),
        ("duration", f"{mean:.3f} ms by sample ({min(durations):.3f}/{max(durations):.3f}/{np.std(durations):.3f})")]
    for key, label in (("n_init_time", "network initialize time (ms)"),
                       ("n_install_time", "network installation time (ms)")):
        if info.get(key):
            rows.append((label, f"{info[key]:.3f}"))
    if info["macc"] is not None:
        rows.append(("macc", info["macc"]))
        clock = info["device"].get("sys_clock")
        if info["macc"] > 0 and clock and info["device"]["dev_type"].upper() not in ("HOST", "SIMULATOR"):
            rows.append(("cycles/MACC", f"{mean * clock / 1000 / info['macc']:.2f}"))
    if counters.total:
        rows.append((counters.type, f"[{' '.join(f'{value:,}' for value in counters.total)}]"))
    stack = _stack_text(profiler["debug"])
    if stack is not None:
        rows.append(("used stack/heap", stack))
    table = TableWriter(indent, csep="-")
    table.set_title(f'ST.AI Profiling results v{_version_text(info["version"])} - "{info["name"]}"')
    for label, value in rows:
        table.add_row([label, ":", value])
    table.add_separator()
    if debug:
        for label, value in _host_rows(profiler):
            table.add_row([label, ":", value])
        table.add_separator()
    _print_table(table, print_fn, endline=False)


def _print_nodes(profiler: dict[str, Any], counters: _Counters, print_fn: Print, indent: int) -> None:
    mean = float(np.mean(profiler["c_durations"]))
    whole = mean or 1.0
    table = TableWriter(indent, csep="-")
    table.set_title("Inference time per node")
    table.set_header(["c_id", "m_id", "type", "dur (ms)", "%", "cumul ", counters.type if counters.total else "", "name"])
    total = 0.0
    for index, node in enumerate(profiler["c_nodes"]):
        duration = float(np.mean(node["c_durations"]))
        total += duration
        cell = counters.cell(counters.by_node[index]) if counters.by_node else ""
        table.add_row([index, node["m_id"], node["layer_desc"], f"{duration:.3f}", f"{100 * duration / whole:.1f}%",
                       f"{100 * total / whole:.1f}% ", cell, node["name"]])
    rest = mean - total
    if rest > 1e-9 * mean:  # else it is the rounding of sums
        table.add_separator()
        table.add_row(["n/a", "n/a", "Inter-nodal", f"{rest:.3f}", f"{100 * rest / whole:.1f}%", "100.0% ", "", "n/a"])
    table.add_separator()
    table.add_row(["total", "", "", f"{total:.3f}", "", "",
                   counters.cell(counters.total) if counters.by_node else "", ""])
    if len(counters.total) > 1 and counters.by_node:
        table.add_row(["", "", "", f"{1000 / (total or 1):.2f} inf/s", "", "", counters.shares(), ""])
    _print_table(table, print_fn, "   >>>")


def _tensors(profiler: dict[str, Any], inputs: list[Any], outputs: list[Any],
             with_nodes: bool) -> list[tuple[Any, str, Any, str]]:
    """IOTensor, name, data, role; in the order of the reports."""
    info = profiler["info"]
    result = [(t["io_tensor"], t["name"], data, "input") for t, data in zip(info["inputs"], inputs)]
    if with_nodes:
        for node in profiler["c_nodes"]:
            result += [(tensor, tensor.name, data, "node") for tensor, data in zip(node["io_tensors"], node["data"])]
    return result + [(t["io_tensor"], t["name"], data, "output") for t, data in zip(info["outputs"], outputs)]


def _statistics(tensor: Any, data: Any) -> list[str]:
    if not data.size:
        return ["n.a."] * 4
    values = tensor.unpack(data) if tensor.is_packed else data
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    extremes = [values.min(), values.max()]
    texts = [f"{value:.3f}" for value in extremes] if values.dtype.kind == "f" else [str(value) for value in extremes]
    return [*texts, f"{values.mean():6.3f}", f"{values.std():6.3f}"]


def _print_statistics(tensors: list[tuple[Any, str, Any, str]], n_samples: int, print_fn: Print, indent: int) -> None:
    table = TableWriter(indent, csep="-")
    table.set_title("Statistic per tensor")
    table.set_header(["tensor", "#", "type[shape]:size", "min", "max", "mean", "std", " name"])
    for tensor, name, data, role in tensors:
        if data.size or role != "node":
            table.add_row([tensor.tag, n_samples, tensor.to_str("all+no-name+no-scheme+no-loc"),
                           *_statistics(tensor, data), f" {name}"])
    _print_table(table, print_fn, "   >>>>")


def _print_tensor_info(tensors: list[tuple[Any, str, Any, str]], perf_only: bool, print_fn: Print, indent: int) -> None:
    table = TableWriter(indent, csep="-")
    table.set_title("Info per tensor")
    table.set_header(["tensor", "description", "name", "data"])
    for tensor, name, data, role in tensors:
        present = bool(data.size) and not (role == "input" and perf_only)
        address = f" {hex(tensor.c_addr)}" if tensor.c_addr else ""
        table.add_row([tensor.tag, tensor.to_str("all+no-name+no-loc", short=False), name, f"{present}{address}"])
    _print_table(table, print_fn, "   >")


def _arrays(values: Any) -> list[Any]:
    if values is None:
        return []
    return [np.asarray(value) for value in (values if isinstance(values, (list, tuple)) else [values])]


def print_profile(inputs: Any, profiler: dict[str, Any], outputs: Any, print_fn: Print, indent: int = 1,
                  tensor_info: bool = False, debug: bool = False, no_details: bool = False) -> None:
    """What an invoke measured."""
    if not profiler or not profiler.get("c_durations"):
        print_fn(" " * indent + "ST.AI Profiling results: n.a.")
        return
    counters = _Counters(profiler)
    perf_only = bool(profiler["mode"] & Mode.PERF_ONLY)
    ins, outs = _arrays(inputs), _arrays(outputs)
    _print_head(profiler, counters, print_fn, indent, debug)
    if profiler["c_nodes"] and not no_details:
        _print_nodes(profiler, counters, print_fn, indent + 1)
    if perf_only or not ins:
        print_fn("")
    else:
        _print_statistics(_tensors(profiler, ins, outs, not no_details), len(profiler["c_durations"]), print_fn,
                          indent if no_details else indent + 1)
    if tensor_info:
        _print_tensor_info(_tensors(profiler, ins, outs, True), perf_only, print_fn, indent + 1)
