# SPDX-License-Identifier: BSD-3-Clause
"""The public C ABI (airunner.h, airunner_report.h, airunner_st.h) for ctypes: every function and struct, and the constants that are used.

They are declared here and nowhere else. Pointers to arrays are plain addresses (c_void_p), which ctypes reads fastest; `addresses()` and `texts()` walk them.
"""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_int32, c_int64, c_uint32, c_uint64, c_void_p
from typing import Any

from ._errors import InvalidArgumentError

ABI_VERSION, ABI_MINOR = 1, 0
UNKNOWN_SIZE = 2**64 - 1
WHOLE_RUN = 2**32 - 1
ALL_SAMPLES = 2**64 - 1

# air_action
CONTINUE, STOP, FAIL = 0, 1, 2
# bits of io_mode
IO_STORAGE, IO_QUANTIZE, IO_DEQUANTIZE = 0, 1, 2
# bits of the mode: one that makes a capture, and those that users give
MODE_KEEP_INPUTS = 64
MODES_OF_USERS = 0xFFFFFFFF & ~MODE_KEEP_INPUTS
# air_place
PLACE_INPUT, PLACE_OUTPUT, PLACE_NODE = 0, 1, 2
# flags of tensors
TENSOR_IN_ACTIVATIONS, TENSOR_WITHOUT_BATCH, TENSOR_CHANNEL_FIRST, TENSOR_CHANNEL_LAST, TENSOR_IN_MEMPOOL = 1, 2, 4, 8, 16
# flags of JSON reports
JSON_COMPACT, JSON_DATA = 1, 2


class SizedStruct(ctypes.Structure):
    """A struct that begins with its own size, and may grow at its end."""

    def __init__(self, **members: Any) -> None:
        super().__init__(**{"struct_size": ctypes.sizeof(self), **members})


class Error(ctypes.Structure):
    _fields_ = [("status", c_int32), ("vendor_code", c_int32), ("message", c_char_p), ("n_causes", c_uint32),
                ("causes", c_void_p)]


class Call(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("timeout_ms", c_uint32), ("token", c_void_p)]


class Quantization(ctypes.Structure):
    _fields_ = [("known", c_uint32), ("axis", c_int32), ("block", c_uint32), ("n", c_uint32), ("scales", c_void_p),
                ("zero_points", c_void_p)]


class Tensor(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("tag", c_char_p), ("dtype", c_uint32), ("encoding", c_uint32), ("flags", c_uint32),
                ("rank", c_uint32), ("shape", c_void_p), ("storage_shape", c_void_p), ("n_elements", c_uint64),
                ("size_bytes", c_uint64), ("quantization", POINTER(Quantization)), ("address", c_uint64)]


class Column(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("unit", c_char_p), ("text", c_char_p), ("kind", c_uint32), ("per_node", c_uint32)]


class Node(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("operation", c_char_p), ("operation_code", c_uint32), ("computes_in", c_uint32),
                ("processor", c_char_p), ("layer", c_int64), ("n_inputs", c_uint32), ("n_outputs", c_uint32),
                ("inputs", c_void_p), ("outputs", c_void_p), ("covers", c_void_p), ("n_covers", c_uint32),
                ("reserved", c_uint32)]


class Option(ctypes.Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class Model(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("descriptor", c_char_p), ("backend", c_char_p), ("capabilities", c_uint32),
                ("native_batch", c_uint32), ("macc", c_uint64), ("weights_bytes", c_uint64),
                ("activations_bytes", c_uint64), ("states_bytes", c_uint64), ("n_inputs", c_uint32),
                ("n_outputs", c_uint32), ("inputs", c_void_p), ("outputs", c_void_p), ("n_nodes_told", c_uint32),
                ("n_nodes", c_uint32), ("nodes", c_void_p), ("n_columns", c_uint32), ("n_properties", c_uint32),
                ("columns", c_void_p), ("properties", POINTER(Option)), ("n_weights_pools", c_uint32),
                ("n_activations_pools", c_uint32), ("weights_pools", c_void_p), ("activations_pools", c_void_p)]


LogFunction = CFUNCTYPE(None, c_void_p, c_uint32, c_char_p)


class Log(ctypes.Structure):
    _fields_ = [("line", LogFunction), ("drop", c_void_p), ("user", c_void_p), ("level", c_uint32), ("reserved", c_uint32)]


class Weights(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size_bytes", c_uint64)]


class ConnectOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("timeout_ms", c_uint32), ("token", c_void_p), ("model_name", c_char_p),
                ("options", POINTER(Option)), ("weights", POINTER(Weights)), ("plugin_paths", POINTER(c_char_p)),
                ("log", POINTER(Log)), ("n_options", c_uint32), ("n_weights", c_uint32), ("n_plugin_paths", c_uint32),
                ("reserved", c_uint32)]


class Input(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size_bytes", c_uint64), ("shape", c_void_p), ("rank", c_uint32),
                ("dtype", c_uint32)]


class Output(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size_bytes", c_uint64)]


class InputSet(ctypes.Structure):
    _fields_ = [("n", c_uint32), ("reserved", c_uint32), ("inputs", POINTER(Input)), ("data", c_void_p)]


class Random(ctypes.Structure):
    _fields_ = [("seed", c_uint32), ("has_range", c_uint32), ("low", c_double), ("high", c_double),
                ("io_mode", c_uint32), ("reserved", c_uint32)]


class View(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size_bytes", c_uint64), ("shape", c_void_p), ("rank", c_uint32),
                ("dtype", c_uint32)]


class NodeEvent(ctypes.Structure):
    _fields_ = [("sample", c_uint64), ("node", c_uint32), ("n_tensors", c_uint32), ("description", c_void_p),
                ("tensors", POINTER(View)), ("duration_ms", c_double), ("n_columns", c_uint32), ("reserved", c_uint32), ("columns", c_void_p), ("values", c_void_p), ("note", c_char_p)]


class SampleEvent(ctypes.Structure):
    _fields_ = [("sample", c_uint64), ("n_outputs", c_uint32), ("reserved", c_uint32), ("outputs", POINTER(View)),
                ("duration_ms", c_double)]


SampleBeginFunction = CFUNCTYPE(c_int32, c_void_p, c_uint64)
SampleEndFunction = CFUNCTYPE(c_int32, c_void_p, POINTER(SampleEvent))
NodeFunction = CFUNCTYPE(c_int32, c_void_p, POINTER(NodeEvent))
ProgressFunction = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64)


class Callbacks(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("user", c_void_p),
                ("on_sample_begin", SampleBeginFunction), ("on_sample_end", SampleEndFunction),
                ("on_node_begin", NodeFunction), ("on_node_end", NodeFunction), ("on_progress", ProgressFunction)]


class Given(ctypes.Structure):
    _fields_ = [("node", c_uint32), ("output", c_uint32), ("data", c_void_p), ("size_bytes", c_uint64)]


class InvokeOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("mode", c_uint32), ("io_mode", c_uint32), ("timeout_ms", c_uint32),
                ("token", c_void_p), ("warmup", c_uint32), ("repeat", c_uint32), ("user_option", c_uint32),
                ("n_keep_nodes", c_uint32), ("keep_nodes", c_void_p), ("given", POINTER(Given)), ("n_given", c_uint32),
                ("reserved", c_uint32)]


class Profile(ctypes.Structure):
    _fields_ = [("n_samples", c_uint64), ("n_runs", c_uint64), ("device_ms", c_double), ("link_ms", c_double),
                ("host_ms", c_double), ("begin_unix_ms", c_int64), ("mode", c_uint32), ("asked_mode", c_uint32),
                ("io_mode", c_uint32), ("warmup", c_uint32), ("repeat", c_uint32), ("timeout_ms", c_uint32),
                ("stopped", c_uint32), ("n_not_finite", c_uint32), ("not_finite", c_void_p)]


class NotFinite(ctypes.Structure):
    _fields_ = [("n_nan", c_uint64), ("n_infinite", c_uint64)]


class ResultParts(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("model", c_void_p), ("profile", POINTER(Profile)),
                ("inputs", POINTER(View)), ("outputs", POINTER(View)), ("node_outputs", c_void_p), ("values", c_void_p),
                ("node_values", c_void_p), ("notes", c_void_p), ("node_notes", c_void_p)]


ExtensionCall = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_void_p)


class OptionInfo(ctypes.Structure):
    _fields_ = [("key", c_char_p), ("default_value", c_char_p), ("text", c_char_p), ("type", c_uint32),
                ("n_choices", c_uint32), ("choices", c_void_p)]


class Plugin(ctypes.Structure):
    _fields_ = [("status", c_int32), ("abi_version", c_uint32), ("path", c_char_p), ("name", c_char_p),
                ("version", c_char_p), ("description", c_char_p), ("error", c_char_p), ("n_schemes", c_uint32),
                ("n_patterns", c_uint32), ("n_options", c_uint32), ("has_manifest", c_uint32), ("schemes", c_void_p),
                ("patterns", c_void_p), ("options", c_void_p)]


class SearchPlace(ctypes.Structure):
    _fields_ = [("path", c_char_p), ("origin", c_char_p), ("exists", c_uint32), ("reserved", c_uint32)]


class PluginList(ctypes.Structure):
    _fields_ = [("n_places", c_uint32), ("n_plugins", c_uint32), ("places", c_void_p), ("plugins", c_void_p)]


class Device(ctypes.Structure):
    _fields_ = [("descriptor", c_char_p), ("description", c_char_p), ("backend", c_char_p), ("n_properties", c_uint32),
                ("reserved", c_uint32), ("properties", POINTER(Option))]


class DeviceList(ctypes.Structure):
    _fields_ = [("n_devices", c_uint32), ("reserved", c_uint32), ("devices", c_void_p)]


class Statistics(ctypes.Structure):
    _fields_ = [("count", c_uint64), ("mean", c_double), ("std", c_double), ("min", c_double), ("max", c_double),
                ("p50", c_double), ("p90", c_double), ("p99", c_double)]


class ValueStatistics(ctypes.Structure):
    _fields_ = [("count", c_uint64), ("n_nan", c_uint64), ("n_inf", c_uint64), ("n_zero", c_uint64), ("mean", c_double),
                ("std", c_double), ("min", c_double), ("max", c_double), ("histogram", c_uint64 * 32)]


class TextOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("width", c_uint32), ("colour", c_uint32), ("verbose", c_uint32)]


class Document(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("json", c_char_p)]


class Array(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("values", View)]


class RegressionOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_limits", c_uint32), ("limits", POINTER(c_char_p))]


class Limit(ctypes.Structure):
    _fields_ = [("metric", c_uint32), ("reserved", c_uint32), ("min", c_double), ("max", c_double)]


class CompareOptions(SizedStruct):
    _fields_ = [("struct_size", c_uint32), ("n_limits", c_uint32), ("limits", POINTER(Limit)),
                ("reference_session", c_void_p), ("other_session", c_void_p), ("timeout_ms", c_uint32),
                ("connect", POINTER(ConnectOptions)), ("token", c_void_p), ("random_inputs", c_uint32), ("layout", c_uint32),
                ("next", c_void_p), ("user", c_void_p), ("n_samples", c_uint64)]


class ValueSummary(ctypes.Structure):
    _fields_ = [("min", c_double), ("max", c_double), ("mean", c_double), ("std", c_double), ("n_nan", c_uint64),
                ("n_inf", c_uint64)]


class TensorPair(ctypes.Structure):
    _fields_ = [("reference", POINTER(Tensor)), ("other", POINTER(Tensor)), ("layout", c_uint32), ("broken", c_uint32),
                ("n_values", c_uint64), ("n_not_finite", c_uint64), ("n_metrics", c_uint32), ("error_unit", c_uint32),
                ("metrics", c_void_p), ("max_error_index", c_uint64), ("quantum", c_double),
                ("reference_values", ValueSummary), ("other_values", ValueSummary), ("n_bins", c_uint32),
                ("reserved", c_uint32), ("bin_limits", c_void_p), ("bins", c_void_p), ("n_points", c_uint64),
                ("points", c_void_p), ("clipped", c_double), ("n_lost", c_uint32), ("n_parts", c_uint32),
                ("lost_axis", c_uint32), ("mixed_axis", c_uint32), ("n_mixed", c_uint32), ("reserved_2", c_uint32),
                ("mixed_metrics", c_void_p), ("quantizer", c_void_p), ("quantizer_error", c_double),
                ("quantizer_min", c_double), ("quantizer_max", c_double)]


class LocalError(ctypes.Structure):
    _fields_ = [("ratio", c_double), ("whole_ratio", c_double), ("threshold", c_double), ("rmse", c_double),
                ("predicted", c_double), ("n_values", c_uint64), ("clipped", c_double), ("n_not_finite", c_uint64),
                ("channel", c_uint32), ("n_channels", c_uint32), ("suggestion", c_char_p), ("suggestion_ratio", c_double)]


class NodePair(ctypes.Structure):
    _fields_ = [("reference", POINTER(Node)), ("other", POINTER(Node)), ("reference_index", c_uint32),
                ("other_index", c_uint32), ("verdict", c_uint32), ("matched_by", c_uint32), ("confidence", c_double),
                ("allowed_rmse", c_double), ("n_tensors", c_uint32), ("reserved", c_uint32), ("tensors", c_void_p),
                ("local", POINTER(LocalError))]


class Comparison(ctypes.Structure):
    _fields_ = [("reference", c_void_p), ("other", c_void_p), ("n_samples", c_uint64), ("passed", c_uint32),
                ("n_limits", c_uint32), ("n_inputs", c_uint32), ("n_outputs", c_uint32), ("n_nodes", c_uint32),
                ("n_matched", c_uint32), ("first_diverging", c_int32), ("n_own_errors", c_uint32), ("limits", c_void_p),
                ("inputs", c_void_p), ("outputs", c_void_p), ("nodes", c_void_p), ("judge_side", c_uint32),
                ("conclusion", c_uint32), ("n_saturated", c_uint32), ("reserved", c_uint32), ("most_saturated", c_double),
                ("weights", c_char_p), ("n_reference_with_data", c_uint32), ("n_other_with_data", c_uint32)]


# What is opaque, and values that are held: addresses.
_TOKEN = _RUNNER = _SESSION = _MODEL = _RESULT = _COMPARISON = c_void_p
_OUT = POINTER(c_void_p)  # where one of them goes, or a text that is released
_STATUS = c_int32
_CALL, _TENSOR, _VIEW, _CONNECT = POINTER(Call), POINTER(Tensor), POINTER(View), POINTER(ConnectOptions)
_INPUTS, _PLUGINS, _DEVICES, _TEXT_OPTIONS = POINTER(InputSet), POINTER(PluginList), POINTER(DeviceList), POINTER(TextOptions)

Functions = dict[str, tuple[Any, list[Any]]]  # name: (result, arguments)

FUNCTIONS: Functions = {
    "air_supports": (c_int32, [c_uint32, c_uint32]),
    "air_version": (c_char_p, []),
    "air_status_name": (c_char_p, [_STATUS]),
    "air_last_error": (POINTER(Error), []),
    "air_retain_error": (POINTER(Error), [POINTER(Error)]),
    "air_release_error": (None, [POINTER(Error)]),
    "air_set_error": (None, [_STATUS, c_int32, c_char_p]),
    "air_make_token": (_TOKEN, []),
    "air_cancel": (None, [_TOKEN]),
    "air_is_cancelled": (c_int32, [_TOKEN]),
    "air_release_token": (None, [_TOKEN]),
    "air_dtype_bits": (c_uint32, [c_uint32]),
    "air_dtype_name": (c_char_p, [c_uint32]),
    "air_quantize": (_STATUS, [_TENSOR, c_uint64, c_void_p, c_void_p]),
    "air_dequantize": (_STATUS, [_TENSOR, c_uint64, c_void_p, c_void_p]),
    "air_dequantize_double": (_STATUS, [_TENSOR, c_uint64, c_void_p, c_void_p]),
    "air_retain_model": (_MODEL, [_MODEL]),
    "air_release_model": (None, [_MODEL]),
    "air_get_property": (c_char_p, [_MODEL, c_char_p]),
    "air_find_column": (c_uint32, [_MODEL, c_char_p]),
    "air_make_model": (_STATUS, [_MODEL, _OUT]),
    "air_connect": (_STATUS, [c_char_p, _CONNECT, _OUT]),
    "air_disconnect": (_STATUS, [_RUNNER]),
    "air_get_n_models": (c_uint32, [_RUNNER]),
    "air_get_session_at": (_STATUS, [_RUNNER, c_uint32, _OUT]),
    "air_get_session": (_STATUS, [_RUNNER, c_char_p, _OUT]),
    "air_get_model": (_MODEL, [_SESSION]),
    "air_ping": (_STATUS, [_RUNNER, _CALL]),
    "air_reconnect": (_STATUS, [_RUNNER, _CALL]),
    "air_reset_states": (_STATUS, [_SESSION, _CALL]),
    "air_has_extension": (c_int32, [_RUNNER, c_char_p]),
    "air_use_extension": (_STATUS, [_RUNNER, c_char_p, _CALL, ExtensionCall, c_void_p]),
    "air_make_inputs": (_STATUS, [_SESSION, c_uint64, POINTER(_INPUTS)]),
    "air_make_random_inputs": (_STATUS, [_SESSION, c_uint64, POINTER(Random), POINTER(_INPUTS)]),
    "air_free_inputs": (None, [_INPUTS]),
    "air_prepare": (_STATUS, [_SESSION, POINTER(c_uint32), c_uint32, _CALL]),
    "air_invoke": (_STATUS, [_SESSION, c_uint64, POINTER(Input), c_uint32, POINTER(Output), c_uint32,
                             POINTER(InvokeOptions), POINTER(Callbacks), _OUT]),
    "air_retain_result": (_RESULT, [_RESULT]),
    "air_release_result": (None, [_RESULT]),
    "air_drop_node_data": (None, [_RESULT, POINTER(c_uint32), c_uint32]),
    "air_trim": (None, [_SESSION]),
    "air_get_profile": (POINTER(Profile), [_RESULT]),
    "air_get_result_model": (_MODEL, [_RESULT]),
    "air_get_values": (c_void_p, [_RESULT, c_uint32, c_uint32]),
    "air_get_note": (c_char_p, [_RESULT, c_uint32, c_uint64]),
    "air_get_tensor": (_STATUS, [_RESULT, c_uint32, c_uint32, c_uint32, c_uint64, _VIEW]),
    "air_make_result": (_STATUS, [POINTER(ResultParts), _OUT]),
    "air_get_dlpack": (_STATUS, [_RESULT, c_uint32, c_uint32, c_uint32, _OUT]),
    "air_get_host": (c_char_p, []),
    "air_list_plugins": (_STATUS, [_CONNECT, POINTER(_PLUGINS)]),
    "air_load_plugin": (_STATUS, [c_char_p, POINTER(_PLUGINS)]),
    "air_free_plugin_list": (None, [_PLUGINS]),
    "air_scan": (_STATUS, [_CONNECT, POINTER(_DEVICES)]),
    "air_free_device_list": (None, [_DEVICES]),
}

# Those of libairunner-report.
REPORT_FUNCTIONS: Functions = {
    "air_get_statistics": (_STATUS, [c_void_p, c_uint64, POINTER(Statistics)]),
    "air_get_value_statistics": (_STATUS, [_TENSOR, c_uint64, c_void_p, POINTER(ValueStatistics)]),
    "air_model_to_json": (_STATUS, [_MODEL, c_uint32, _OUT]),
    "air_model_to_text": (_STATUS, [_MODEL, _TEXT_OPTIONS, _OUT]),
    "air_result_to_json": (_STATUS, [_RESULT, c_uint32, _OUT]),
    "air_result_to_text": (_STATUS, [_RESULT, _TEXT_OPTIONS, _OUT]),
    "air_result_to_csv": (_STATUS, [_RESULT, _OUT]),
    "air_result_to_trace": (_STATUS, [_RESULT, _OUT]),
    "air_render_html": (_STATUS, [POINTER(Document), c_uint32, _OUT]),
    "air_compare_profiles": (_STATUS, [POINTER(Document), c_uint32, POINTER(Document), c_uint32, POINTER(RegressionOptions),
                                       c_uint32, _OUT]),
    "air_free_text": (None, [c_void_p]),
    "air_save_result": (_STATUS, [_RESULT, c_char_p]),
    "air_load_result": (_STATUS, [c_char_p, _OUT]),
    "air_convert_inputs": (_STATUS, [_SESSION, _RESULT, POINTER(_INPUTS)]),
    "air_make_golden": (_STATUS, [_MODEL, POINTER(Array), c_uint32, _RESULT, c_char_p, _OUT]),
    "air_metric_name": (c_char_p, [c_uint32]),
    "air_verdict_name": (c_char_p, [c_uint32]),
    "air_compare": (_STATUS, [_RESULT, _RESULT, POINTER(CompareOptions), _OUT]),
    "air_retain_comparison": (_COMPARISON, [_COMPARISON]),
    "air_release_comparison": (None, [_COMPARISON]),
    "air_comparison_to_json": (_STATUS, [_COMPARISON, c_uint32, _OUT]),
    "air_comparison_to_text": (_STATUS, [_COMPARISON, _TEXT_OPTIONS, _OUT]),
}

# Those of libairunner-st.
ST_FUNCTIONS: Functions = {
    "air_st_error_number": (c_int32, [_STATUS]),
    "air_st_memory_read": (_STATUS, [_RUNNER, c_uint64, c_void_p, c_uint64, _CALL]),
    "air_st_memory_write": (_STATUS, [_RUNNER, c_uint64, c_void_p, c_uint64, _CALL]),
    "air_st_memory_checksum": (_STATUS, [_RUNNER, c_uint64, c_uint64, _CALL, POINTER(c_uint32)]),
    "air_st_self_test": (_STATUS, [_RUNNER, c_uint32, c_uint32, c_uint32, _CALL, POINTER(c_uint32)]),
}


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


def pairs(options: Any, count: int) -> dict[str, str]:
    """An array of air_option."""
    return {text(pair.key): text(pair.value) for pair in options[:count]}
