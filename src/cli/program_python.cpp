// SPDX-License-Identifier: BSD-3-Clause
// The Python program that does what `airunner profile` does.
#include <fmt/format.h>

#include "program.h"

namespace air::cli {
namespace {

constexpr const char *kProgram = R"(#!/usr/bin/env python3
"""Profiles a model as `airunner profile` does: libairunner through ctypes, no other package."""
import ctypes
import json
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_uint32, c_uint64, c_void_p


class Struct(ctypes.Structure):
    """A struct of airunner.h; its first member is its size."""

    def __init__(self, **members):
        super().__init__(struct_size=ctypes.sizeof(self), **members)


class Error(Struct):
    _fields_ = [("struct_size", c_uint32), ("status", c_int), ("st_code", c_int32), ("vendor_code", c_int32),
                ("message", c_char_p), ("n_causes", c_uint32), ("causes", POINTER(c_char_p))]


class Option(ctypes.Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class Buffer(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size_bytes", c_uint64), ("shape", POINTER(c_int64)), ("rank", c_uint32),
                ("dtype", c_int)]


class ConnectOptions(Struct):
    _fields_ = [("struct_size", c_uint32), ("timeout_ms", c_uint32), ("model_name", c_char_p),
                ("options", POINTER(Option)), ("n_options", c_uint32), ("n_weights", c_uint32), ("weights", c_void_p),
                ("plugin_paths", c_void_p), ("n_plugin_paths", c_uint32), ("log_level", c_int), ("log", c_void_p),
                ("log_user", c_void_p)]


class RandomOptions(Struct):
    _fields_ = [("struct_size", c_uint32), ("seed", c_uint32), ("has_range", c_uint32), ("reserved", c_uint32),
                ("low", c_double), ("high", c_double)]


class InvokeOptions(Struct):
    _fields_ = [("struct_size", c_uint32), ("mode", c_uint32), ("io_mode", c_uint32), ("timeout_ms", c_uint32),
                ("warmup", c_uint32), ("repeat", c_uint32), ("user_option", c_uint32), ("reserved", c_uint32),
                ("callbacks", c_void_p)]


class TextOptions(Struct):
    _fields_ = [("struct_size", c_uint32), ("width", c_uint32), ("colour", c_uint32), ("verbose", c_uint32)]


air = ctypes.CDLL("libairunner.so.@ABI@")
air.air_last_error.restype = POINTER(Error)
air.air_disconnect.restype = air.air_free_text.restype = None


def check(status):
    if status == 0:
        return
    error = air.air_last_error().contents
    lines = [f"E{error.st_code}: {error.message.decode()}"] + [error.causes[i].decode() for i in range(error.n_causes)]
    sys.exit("\n  ".join(lines))


def take_text(function, session, options):
    text = c_void_p()
    check(function(session, options, byref(text)))
    result = ctypes.string_at(text).decode()
    air.air_free_text(text)
    return result


def main():
    options = (Option * @N_OPTIONS@)(@OPTIONS@)
    connect = ConnectOptions(timeout_ms=@TIMEOUT@, model_name=@MODEL@, options=options, n_options=@N_OPTIONS@)
    runner, session = c_void_p(), c_void_p()
    check(air.air_connect(@DESCRIPTOR@, byref(connect), byref(runner)))
    try:
        check(air.air_get_session(runner, connect.model_name, byref(session)))
        profile(session, n_samples=@BATCH@)
    finally:
        air.air_disconnect(runner)


def profile(session, n_samples):
    info = json.loads(take_text(air.air_info_to_json, session, c_uint32(0)))
    sizes = [n_samples * tensor["size_bytes"] for tensor in info["inputs"]]
    blocks = [ctypes.create_string_buffer(size) for size in sizes]
    inputs = (Buffer * len(sizes))(*(Buffer(ctypes.addressof(b), size) for b, size in zip(blocks, sizes)))
    random = RandomOptions(@RANDOM@)
    check(air.air_fill_random(session, c_uint64(n_samples), inputs, c_uint32(len(inputs)), byref(random)))
    invoke = InvokeOptions(mode=@MODE@, io_mode=@IO@, timeout_ms=@TIMEOUT@, warmup=@WARMUP@, repeat=@REPEAT@)
    check(air.air_invoke(session, c_uint64(n_samples), inputs, c_uint32(len(inputs)), None, c_uint32(0), byref(invoke)))
    print(take_text(air.air_profile_to_text, session, byref(TextOptions(width=80))), end="")


if __name__ == "__main__":
    main()
)";

std::string encoded(const std::string &text) {
  return literal(text) + ".encode()";
}

std::string options_text(const Options &options) {
  std::string text;
  for (const std::string &option : options.backend_options) {
    const size_t sign = option.find('=');
    text += fmt::format("{}Option({}, {})", text.empty() ? "" : ", ", encoded(option.substr(0, sign)),
                        encoded(option.substr(sign + 1)));
  }
  return text;
}

std::string random_text(const Options &options) {
  std::string text = fmt::format("seed={}", options.seed);
  if (!options.range.empty()) text += fmt::format(", has_range=1, low={}, high={}", options.range[0], options.range[1]);
  return text;
}

}  // namespace

std::string program_python(const Options &options, const air_invoke_options &invoke) {
  return filled(kProgram, {{"ABI", std::to_string(AIR_ABI_VERSION)},
                           {"N_OPTIONS", std::to_string(options.backend_options.size())},
                           {"OPTIONS", options_text(options)},
                           {"TIMEOUT", std::to_string(invoke.timeout_ms)},
                           {"MODEL", options.model.empty() ? "None" : encoded(options.model)},
                           {"DESCRIPTOR", encoded(options.descriptor)},
                           {"BATCH", std::to_string(options.batch.value_or(10))},
                           {"RANDOM", random_text(options)},
                           {"MODE", std::to_string(invoke.mode)},
                           {"IO", std::to_string(invoke.io_mode)},
                           {"WARMUP", std::to_string(invoke.warmup)},
                           {"REPEAT", std::to_string(invoke.repeat)}});
}

}  // namespace air::cli
