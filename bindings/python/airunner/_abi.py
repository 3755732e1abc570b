# SPDX-License-Identifier: BSD-3-Clause
"""The public C ABI (airunner.h) for ctypes: every struct, constant and function, declared here and nowhere else.

Pointers to arrays are plain addresses (c_void_p), which ctypes reads fastest; `addresses()` and `texts()` walk them.
"""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_int, c_int32, c_int64, c_uint32, c_uint64, c_void_p
from typing import Any

from ._errors import InvalidArgumentError

ABI_VERSION = 0
UNKNOWN_SIZE = 2**64 - 1

# air_action
CONTINUE, STOP = 0, 1
# air_io_mode
IO_STORAGE, IO_QUANTIZE, IO_DEQUANTIZE = 0, 1, 2
# air_tensor_flags
TENSOR_IN_ACTIVATIONS, TENSOR_BATCH_ADDED, TENSOR_CHANNEL_FIRST, TENSOR_CHANNEL_LAST, TENSOR_IN_MEMPOOL = 1, 2, 4, 8, 16


class SizedStruct(ctypes.Structure):
    """A struct that begins with its own size, and may grow at its end."""

    def __init__(self, **members: Any) -> None:
        super().__init__(**{"struct_size": ctypes.sizeof(self), **members})


class Error(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("status", c_int), ("st_code", c_int32), ("vendor_code", c_int32),
                ("message", c_char_p), ("n_causes", c_uint32), ("causes", c_void_p)]


class TensorInfo(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("name", c_char_p), ("tag", c_char_p),
                ("dtype", c_int), ("encoding", c_int), ("rank", c_uint32), ("shape", c_void_p),
                ("storage_shape", c_void_p), ("n_elements", c_uint64), ("size_bytes", c_uint64), ("format", c_uint32),
                ("fraction_bits", c_int32), ("n_scales", c_uint32), ("scales", c_void_p), ("zero_points", c_void_p),
                ("quantized_axis", c_int32), ("address", c_uint64)]


class RuntimeInfo(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("name", c_char_p), ("description", c_char_p), ("compiler", c_char_p),
                ("protocol", c_char_p), ("version", c_uint32 * 3), ("tools_version", c_uint32 * 3)]


class DeviceInfo(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("description", c_char_p), ("dev_type", c_char_p), ("dev_id", c_char_p),
                ("system", c_char_p), ("machine", c_char_p), ("sys_clock", c_uint64), ("bus_clock", c_uint64),
                ("n_attributes", c_uint32), ("attributes", c_void_p), ("n_extras", c_uint32), ("extras", c_void_p)]


class ModelInfo(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("capabilities", c_uint32), ("name", c_char_p),
                ("model_datetime", c_char_p), ("compile_datetime", c_char_p), ("hash", c_char_p),
                ("n_nodes", c_uint32), ("native_batch", c_uint32), ("macc", c_uint64), ("weights_bytes", c_uint64),
                ("activations_bytes", c_uint64), ("states_bytes", c_uint64), ("n_inputs", c_uint32),
                ("n_outputs", c_uint32), ("inputs", c_void_p), ("outputs", c_void_p), ("n_weights_pools", c_uint32),
                ("n_activations_pools", c_uint32), ("weights_pools", c_void_p), ("activations_pools", c_void_p),
                ("flags", c_char_p), ("runtime", POINTER(RuntimeInfo)), ("device", POINTER(DeviceInfo)),
                ("install_ms", c_double), ("init_ms", c_double)]


class NodeInfo(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("index", c_uint32), ("name", c_char_p), ("description", c_char_p),
                ("id", c_int32), ("type", c_uint32), ("n_inputs", c_uint32), ("n_outputs", c_uint32),
                ("inputs", c_void_p), ("outputs", c_void_p)]


class Option(ctypes.Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class Buffer(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size_bytes", c_uint64), ("shape", c_void_p), ("rank", c_uint32),
                ("dtype", c_int)]


LogFunction = CFUNCTYPE(None, c_void_p, c_int, c_char_p)


class ConnectOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("timeout_ms", c_uint32), ("model_name", c_char_p),
                ("options", POINTER(Option)), ("n_options", c_uint32), ("n_weights", c_uint32),
                ("weights", POINTER(Buffer)), ("plugin_paths", POINTER(c_char_p)), ("n_plugin_paths", c_uint32),
                ("log_level", c_int), ("log", LogFunction), ("log_user", c_void_p)]


class NodeEvent(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_counters", c_uint32), ("sample", c_uint64), ("node", c_void_p),
                ("data", c_void_p), ("duration_ms", c_double), ("counters", c_void_p), ("counter_type", c_char_p),
                ("statistics", c_char_p)]


class SampleEvent(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_outputs", c_uint32), ("sample", c_uint64), ("outputs", POINTER(Buffer)),
                ("duration_ms", c_double)]


SampleBeginFunction = CFUNCTYPE(c_int, c_void_p, c_uint64)
SampleEndFunction = CFUNCTYPE(c_int, c_void_p, POINTER(SampleEvent))
NodeFunction = CFUNCTYPE(c_int, c_void_p, POINTER(NodeEvent))
ProgressFunction = CFUNCTYPE(c_int, c_void_p, c_uint64, c_uint64)


class Callbacks(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("user", c_void_p), ("on_sample_begin", SampleBeginFunction),
                ("on_sample_end", SampleEndFunction), ("on_node_begin", NodeFunction), ("on_node_end", NodeFunction),
                ("on_progress", ProgressFunction)]


class InvokeOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("mode", c_uint32), ("io_mode", c_uint32), ("timeout_ms", c_uint32),
                ("warmup", c_uint32), ("repeat", c_uint32), ("user_option", c_uint32), ("reserved", c_uint32),
                ("callbacks", POINTER(Callbacks))]


class RandomOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("seed", c_uint32), ("has_range", c_uint32), ("reserved", c_uint32),
                ("low", c_double), ("high", c_double)]


class NodeProfile(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_counters", c_uint32), ("info", c_void_p), ("durations_ms", c_void_p),
                ("data", c_void_p), ("counter_type", c_char_p), ("counters", c_void_p), ("statistics", c_void_p)]


class Profile(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("mode", c_uint32), ("n_samples", c_uint64), ("n_durations", c_uint64),
                ("durations_ms", c_void_p), ("exec_times_ms", c_void_p), ("stopped", c_uint32), ("n_nodes", c_uint32),
                ("nodes", c_void_p), ("device_ms", c_double), ("link_ms", c_double), ("host_ms", c_double),
                ("link_bytes_sent", c_uint64), ("link_bytes_received", c_uint64), ("link_packets", c_uint64),
                ("link_turnarounds", c_uint64), ("stack_bytes", c_int64), ("heap_bytes", c_int64),
                ("counter_type", c_char_p), ("n_counters", c_uint32), ("reserved", c_uint32), ("counters", c_void_p),
                ("begin_unix_s", c_int64), ("io_mode", c_uint32), ("warmup", c_uint32), ("repeat", c_uint32),
                ("timeout_ms", c_uint32)]


class Statistics(ctypes.Structure):
    _fields_ = [("count", c_uint64), ("mean", c_double), ("std", c_double), ("min", c_double), ("max", c_double),
                ("p50", c_double), ("p90", c_double), ("p99", c_double)]


class ValueStatistics(ctypes.Structure):
    _fields_ = [("count", c_uint64), ("n_nan", c_uint64), ("n_inf", c_uint64), ("n_zero", c_uint64), ("mean", c_double),
                ("std", c_double), ("min", c_double), ("max", c_double), ("histogram", c_uint64 * 32)]


class Document(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("json", c_char_p)]


class TextOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("width", c_uint32), ("colour", c_uint32), ("verbose", c_uint32)]


class PluginInfo(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("status", c_int), ("path", c_char_p), ("name", c_char_p),
                ("version", c_char_p), ("description", c_char_p), ("abi_version", c_uint32), ("n_schemes", c_uint32),
                ("schemes", c_void_p), ("error", c_char_p)]


class SearchPlace(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("exists", c_uint32), ("path", c_char_p), ("origin", c_char_p)]


class PluginList(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_places", c_uint32), ("places", c_void_p), ("n_plugins", c_uint32),
                ("plugins", c_void_p)]


class Device(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("descriptor", c_char_p), ("description", c_char_p), ("backend", c_char_p)]


class DeviceList(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_devices", c_uint32), ("devices", c_void_p)]


class CapturedNode(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("info", c_void_p), ("data", c_void_p)]


class Capture(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_nodes", c_uint32), ("n_samples", c_uint64), ("descriptor", c_char_p),
                ("backend", c_char_p), ("begin", c_char_p), ("host", c_char_p), ("file", c_char_p), ("info", c_void_p),
                ("inputs", c_void_p), ("outputs", c_void_p), ("nodes", c_void_p)]


class Limit(ctypes.Structure):
    _fields_ = [("metric", c_int), ("reserved", c_uint32), ("min", c_double), ("max", c_double)]


class CompareOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_limits", c_uint32), ("limits", c_void_p)]


class ValueSummary(ctypes.Structure):
    _fields_ = [("min", c_double), ("max", c_double), ("mean", c_double), ("std", c_double), ("n_nan", c_uint64),
                ("n_inf", c_uint64)]


class TensorPair(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("layout", c_int), ("reference", c_void_p), ("other", c_void_p),
                ("n_values", c_uint64), ("n_not_finite", c_uint64), ("n_metrics", c_uint32), ("broken", c_uint32),
                ("metrics", c_void_p), ("max_error_index", c_uint64), ("quantum", c_double),
                ("reference_values", ValueSummary), ("other_values", ValueSummary), ("error_unit", c_int),
                ("n_bins", c_uint32), ("bin_limits", c_void_p), ("bins", c_void_p), ("n_points", c_uint64),
                ("points", c_void_p)]


class NodePair(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("verdict", c_int), ("reference", c_void_p), ("other", c_void_p),
                ("confidence", c_double), ("match", c_uint32), ("n_tensors", c_uint32), ("tensors", c_void_p),
                ("allowed_rmse", c_double)]


class Comparison(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("passed", c_uint32), ("reference", c_void_p), ("other", c_void_p),
                ("n_samples", c_uint64), ("n_limits", c_uint32), ("n_inputs", c_uint32), ("n_outputs", c_uint32),
                ("n_nodes", c_uint32), ("n_matched", c_uint32), ("first_diverging", c_int32), ("limits", c_void_p),
                ("inputs", c_void_p), ("outputs", c_void_p), ("nodes", c_void_p)]


_OUT = POINTER(c_void_p)
_SESSION = _RUNNER = c_void_p

# name: (result, arguments); a result of c_int is an air_status unless the name says otherwise.
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "air_version": (c_char_p, []),
    "air_abi_version": (c_uint32, []),
    "air_status_name": (c_char_p, [c_int]),
    "air_status_st_code": (c_int32, [c_int]),
    "air_last_error": (POINTER(Error), []),
    "air_connect": (c_int, [c_char_p, POINTER(ConnectOptions), _OUT]),
    "air_disconnect": (None, [_RUNNER]),
    "air_get_descriptor": (c_char_p, [_RUNNER]),
    "air_get_backend": (c_char_p, [_RUNNER]),
    "air_get_n_models": (c_uint32, [_RUNNER]),
    "air_get_session_at": (c_int, [_RUNNER, c_uint32, _OUT]),
    "air_get_info": (c_int, [_SESSION, POINTER(POINTER(ModelInfo))]),
    "air_ping": (c_int, [_RUNNER]),
    "air_reconnect": (c_int, [_RUNNER]),
    "air_memory_read": (c_int, [_RUNNER, c_uint64, c_void_p, c_uint64]),
    "air_memory_write": (c_int, [_RUNNER, c_uint64, c_void_p, c_uint64]),
    "air_memory_checksum": (c_int, [_RUNNER, c_uint64, c_uint64, POINTER(c_uint32)]),
    "air_self_test": (c_int, [_RUNNER, c_uint32, c_uint32, c_uint32, POINTER(c_uint32)]),
    "air_reset_states": (c_int, [_SESSION]),
    "air_invoke": (c_int, [_SESSION, c_uint64, POINTER(Buffer), c_uint32, POINTER(Buffer), c_uint32,
                           POINTER(InvokeOptions)]),
    "air_cancel": (None, [_RUNNER]),
    "air_fill_random": (c_int, [_SESSION, c_uint64, POINTER(Buffer), c_uint32, POINTER(RandomOptions)]),
    "air_quantize": (c_int, [POINTER(TensorInfo), c_uint64, c_void_p, c_void_p]),
    "air_dequantize": (c_int, [POINTER(TensorInfo), c_uint64, c_void_p, c_void_p]),
    "air_get_profile": (c_int, [_SESSION, POINTER(POINTER(Profile))]),
    "air_get_value_statistics": (c_int, [POINTER(TensorInfo), c_uint64, c_void_p, POINTER(ValueStatistics)]),
    "air_get_host": (c_char_p, []),
    "air_info_to_text": (c_int, [_SESSION, POINTER(TextOptions), _OUT]),
    "air_profile_to_text": (c_int, [_SESSION, POINTER(TextOptions), _OUT]),
    "air_profile_to_json": (c_int, [_SESSION, c_uint32, _OUT]),
    "air_render_html": (c_int, [POINTER(Document), c_uint32, _OUT]),
    "air_record_capture": (c_int, [_SESSION, c_uint64, POINTER(Buffer), c_uint32, POINTER(InvokeOptions), _OUT]),
    "air_repeat_capture": (c_int, [_SESSION, c_void_p, POINTER(InvokeOptions), _OUT]),
    "air_save_capture": (c_int, [c_void_p, c_char_p]),
    "air_load_capture": (c_int, [c_char_p, _OUT]),
    "air_free_capture": (None, [c_void_p]),
    "air_metric_name": (c_char_p, [c_int]),
    "air_compare_captures": (c_int, [c_void_p, c_void_p, POINTER(CompareOptions), POINTER(POINTER(Comparison))]),
    "air_free_comparison": (None, [POINTER(Comparison)]),
    "air_comparison_to_json": (c_int, [POINTER(Comparison), c_uint32, _OUT]),
    "air_comparison_to_text": (c_int, [POINTER(Comparison), POINTER(TextOptions), _OUT]),
    "air_free_text": (None, [c_void_p]),
    "air_list_plugins": (c_int, [POINTER(ConnectOptions), POINTER(POINTER(PluginList))]),
    "air_free_plugin_list": (None, [POINTER(PluginList)]),
    "air_scan": (c_int, [POINTER(ConnectOptions), POINTER(POINTER(DeviceList))]),
    "air_free_device_list": (None, [POINTER(DeviceList)]),
}


class StructTooOld(Exception):
    """The library gives out a struct that lacks members this package reads."""


def check_size(struct: Any) -> Any:
    """The struct, which the library gave out, when it has all members that are declared here."""
    if struct.struct_size < ctypes.sizeof(struct):
        raise StructTooOld(f"air struct {type(struct).__name__} has {struct.struct_size} bytes, expected at least "
                           f"{ctypes.sizeof(struct)}: libairunner is older than this package")
    return struct


def read_struct(kind: Any, address: int) -> Any:
    """The struct of the library at an address, checked for its size."""
    return check_size(kind.from_address(address))


def numbers(kind: Any, address: int | None, count: int) -> tuple[Any, ...]:
    """`count` values of a ctypes number at an address."""
    return tuple((kind * count).from_address(address)) if address and count else ()


def addresses(address: int | None, count: int) -> tuple[Any, ...]:
    """`count` pointers at an address, None for NULL."""
    return numbers(c_void_p, address, count)


def c_text(value: bytes, what: str) -> bytes:
    """A text for C, which would end at a zero byte."""
    if b"\0" in value:
        raise InvalidArgumentError(f"{what} has a zero byte: {value!r}")
    return value


def text(value: bytes | None) -> str:
    """A C text; what is not UTF-8 is replaced, since descriptions come from files and devices."""
    return value.decode("utf-8", "replace") if value else ""


def texts(address: int | None, count: int) -> tuple[str, ...]:
    """`count` C texts that are pointed to at an address."""
    return tuple(text(value) for value in numbers(c_char_p, address, count))
