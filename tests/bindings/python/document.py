# SPDX-License-Identifier: BSD-3-Clause
"""The documents of docs/json.md from what the Python objects tell: the library writes the same from its own."""

import ctypes
import math
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from airunner import Capability, Encoding, Mode, Statistics, _abi, _library
from airunner._arrays import address_of


class ValueStatistics(ctypes.Structure):
    _fields_ = [*((name, ctypes.c_uint64) for name in ("count", "n_nan", "n_inf", "n_zero")),
                *((name, ctypes.c_double) for name in ("mean", "std", "min", "max")), ("histogram", ctypes.c_uint64 * 32)]


def _host():
    """What air_get_host() says."""
    function = ctypes.CDLL(_library.load().name).air_get_host
    function.restype = ctypes.c_char_p
    return function().decode()


_CAPABILITIES = ("SELF_TEST", "RELOC", "MEMORY_RW", "USBC", "NODE_BEGIN", "CANCEL_RUN", "RESET_STATES", "GIVEN")
_MODES = (Mode.PER_LAYER, Mode.PER_LAYER_WITH_DATA, Mode.FIXED_INPUT, Mode.PERF_ONLY, Mode.DEBUG)


def _shortest(value):
    """The shortest number that reads back as this float32."""
    return float(str(np.float32(value)))


def _scale(tensor):
    return _shortest(tensor.scales[0]) if tensor.scales else None


def capability_names(capabilities):
    """ST's names, then airunner's own."""
    names = ["IO_ONLY"]
    names += ["PER_LAYER"] if Capability.PER_LAYER & capabilities else []
    names += ["PER_LAYER_WITH_DATA"] if Capability.PER_LAYER_DATA & capabilities else []
    return names + [name for name in _CAPABILITIES if Capability[name] & capabilities]


def tensor_to_dict(tensor):
    """Object `tensor`."""
    return {
        "name": tensor.name, "tag": tensor.tag, "shape": list(tensor.shape),
        "storage_shape": list(tensor.storage_shape), "type": tensor.dtype.name, "encoding": tensor.encoding.name.lower(),
        "n_elements": tensor.n_elements, "size_bytes": tensor.size_bytes, "memory_pool": tensor.memory_pool,
        "scale": _scale(tensor), "zero_point": tensor.zero_point, "scales": [_shortest(s) for s in tensor.scales],
        "zero_points": list(tensor.zero_points),
        "quantized_axis": tensor.quantized_axis if len(tensor.scales) > 1 else None,
        "fraction_bits": tensor.fraction_bits if tensor.encoding == Encoding.FIXED_POINT else None,
        "layout": tensor.layout, "batch_added": tensor.batch_added, "format": tensor.format, "address": tensor.address,
    }


def info_to_dict(info):
    """Object `info`."""
    runtime, device = info.runtime, info.device
    return {
        "name": info.name, "model_datetime": info.model_datetime, "compile_datetime": info.compile_datetime,
        "hash": info.hash, "n_nodes": info.n_nodes, "macc": info.macc, "n_install_time": info.install_ms,
        "n_init_time": info.init_ms, "native_batch": info.native_batch,
        "runtime": {"protocol": runtime.protocol, "name": runtime.name, "rt_lib_desc": runtime.description,
                    "compiler": runtime.compiler, "version": list(runtime.version),
                    "capabilities": capability_names(info.capabilities),
                    "tools_version": list(runtime.tools_version)},
        "device": {"dev_type": device.dev_type, "desc": device.description, "dev_id": device.dev_id,
                   "system": device.system, "machine": device.machine, "sys_clock": device.sys_clock,
                   "bus_clock": device.bus_clock, "attrs": list(device.attributes), "extra": list(device.extras)},
        "inputs": [tensor_to_dict(t) for t in info.inputs], "outputs": [tensor_to_dict(t) for t in info.outputs],
        "weights": info.weights_bytes, "activations": info.activations_bytes, "states": info.states_bytes,
        "mempools": {"params": [tensor_to_dict(t) for t in info.weights_pools],
                     "activations": [tensor_to_dict(t) for t in info.activations_pools]},
        "flags": info.flags, "rt": runtime.name,
    }


def _value_statistics(tensor, block):
    """Object `value statistics`; None without values, or for a type that has no real ones."""
    result = ValueStatistics()
    report = ctypes.CDLL(str(Path(_library.load().name).with_name(f"libairunner-report.so.{_abi.ABI_VERSION}")))
    if not block.size or report.air_get_value_statistics(ctypes.byref(tensor._struct), ctypes.c_uint64(len(block)),
                                                         ctypes.c_void_p(address_of(block)), ctypes.byref(result)):
        return None
    return {name: list(value) if name == "histogram" else value
            for name, value in ((field[0], getattr(result, field[0])) for field in result._fields_)}


def _circumstances(profile):
    """When, where and with which options the profile was made."""
    io = [name for name, bit in (("quantize", _abi.IO_QUANTIZE), ("dequantize", _abi.IO_DEQUANTIZE)) if profile.io_mode & bit]
    begin = datetime.fromtimestamp(profile.begin_unix_s, timezone.utc)
    return {"begin": begin.strftime("%Y-%m-%dT%H:%M:%SZ"), "host": _host(),
            "options": {"io": io, "warmup": profile.warmup, "repeat": profile.repeat, "timeout_ms": profile.timeout_ms}}


def _counters(counter_type, counters):
    return {"type": counter_type, "values": counters.tolist() if counters.shape[1] else []}


def _finite(values):
    """JSON has neither NaN nor infinity."""
    if values.dtype.kind != "f":
        return list(values.ravel().tolist())
    flat = values.ravel() if values.dtype == np.float64 else values.astype(np.float32).ravel()
    return [float(str(value)) if math.isfinite(value) else None for value in flat]  # as short as they read back exactly


def _node(node, whole_ms, data, reads):
    info = node.info
    result = {
        "name": info.name, "index": info.index, "m_id": -1 if info.id is None else info.id, "layer_type": info.type,
        "layer_desc": info.description, "processor": info.processor or None, "computes_in": info.computes_in,
        "c_durations": node.durations_ms.tolist(), "statistics": asdict(Statistics.of(node.durations_ms)),
        "share": Statistics.of(node.durations_ms).p50 / whole_ms if whole_ms > 0 else 0.0,
        "type": [t.dtype.name for t in info.outputs], "shape": [list(t.shape) for t in info.outputs],
        "scale": [_scale(t) for t in info.outputs], "zero_point": [t.zero_point for t in info.outputs],
        "io_tensors": [tensor_to_dict(t) for t in info.outputs],
    }
    if reads is not None:
        result["reads"] = reads
    if node.counters.shape[1]:
        result["counters"] = _counters(node.counter_type, node.counters)
    if node.statistics:
        result["extra"] = [text.splitlines() for text in node.statistics]
    if any(block.size for block in node.data):
        result["tensor_statistics"] = [_value_statistics(t, block) for t, block in zip(info.outputs, node.data)]
    if data and any(block.size for block in node.data):
        result["data"] = [_finite(block) if block.size else None for block in node.data]
    return result


def _reads(infos, inputs):
    """For each node the indices of those whose outputs it reads; None where it is not told where all of its inputs come from."""
    by_tag, by_name, every = {}, {}, []
    given = {text for tensor in inputs for text in (tensor.tag, tensor.name)}
    for info in infos:
        found = [by_tag.get(tensor.tag, by_name.get(tensor.name)) for tensor in info.inputs]
        known = info.inputs and all(source is not None or {tensor.tag, tensor.name} & given for source, tensor in zip(found, info.inputs))
        every.append(sorted({source for source in found if source is not None}) if known else None)
        for tensor in info.outputs:
            by_tag[tensor.tag] = info.index
            if tensor.name:
                by_name[tensor.name] = info.index
    return every


def _processors(nodes):
    """Where the nodes ran, in the order of their first nodes."""
    found = {}
    for node in nodes:
        place = found.setdefault(node.info.processor, {"name": node.info.processor or None, "n_nodes": 0, "share": 0.0})
        place["n_nodes"] += 1
        place["share"] += Statistics.of(node.durations_ms).p50 / math.fsum(Statistics.of(other.durations_ms).p50 for other in nodes)
    return list(found.values())


def _mode_names(modes):
    return [mode.name for mode in _MODES if mode & modes]


def profile_to_dict(profile, data):
    """The document `airunner.profile/1`."""
    whole_ms = max(profile.statistics.p50, math.fsum(Statistics.of(node.durations_ms).p50 for node in profile.nodes))
    sources = _reads([node.info for node in profile.nodes], profile.model.inputs)
    return {
        "schema": "airunner.profile/1", "airunner": _library.load().version, "descriptor": profile.model.descriptor,
        "backend": profile.model.backend, **_circumstances(profile), "info": info_to_dict(profile.model),
        "mode": _mode_names(profile.mode) or ["IO_ONLY"],
        "mode_not_granted": _mode_names(profile.mode_not_granted), "n_samples": profile.n_samples,
        "stopped": profile.stopped, "c_durations": profile.durations_ms.tolist(),
        "statistics": asdict(profile.statistics),
        "times": {"device_ms": profile.device_ms, "link_ms": profile.link_ms, "host_ms": profile.host_ms},
        "link": {"bytes_sent": profile.link_bytes_sent, "bytes_received": profile.link_bytes_received,
                 "packets": profile.link_packets, "turnarounds": profile.link_turnarounds},
        "processors": _processors(profile.nodes),
        "c_nodes": [_node(node, whole_ms, data, reads) for node, reads in zip(profile.nodes, sources)],
        "outside_nodes_ms": profile.outside_nodes_ms,
        "debug": {"exec_times": profile.exec_times_ms.tolist(), "host_duration": profile.host_ms,
                  "counters": _counters(profile.counter_type, profile.counters), "stack_usage": profile.stack_bytes,
                  "heap_usage": profile.heap_bytes},
    }
