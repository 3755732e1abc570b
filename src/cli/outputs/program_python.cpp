// SPDX-License-Identifier: BSD-3-Clause
// The Python program that does what `airunner profile` does.
#include <fmt/format.h>

#include "cli/outputs/program.h"
#include "platform/libraries/library_names.h"

namespace air::cli {
namespace {

constexpr const char *kProgram = R"(#!/usr/bin/env python3
"""Profiles a model as `airunner profile` does: libairunner through ctypes, no other package."""
import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_uint32, c_uint64, c_void_p


class Error(ctypes.Structure):
    _fields_ = [("status", c_int32), ("vendor_code", c_int32), ("message", c_char_p), ("n_causes", c_uint32),
                ("causes", POINTER(c_char_p))]


class Option(ctypes.Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class Random(ctypes.Structure):
    _fields_ = [("seed", c_uint32), ("has_range", c_uint32), ("low", c_double), ("high", c_double),
                ("io_mode", c_uint32), ("reserved", c_uint32)]


class InputSet(ctypes.Structure):
    _fields_ = [("n", c_uint32), ("reserved", c_uint32), ("inputs", c_void_p), ("data", c_void_p)]


class Options(ctypes.Structure):
    """A struct of airunner.h that begins with its size."""

    def __init__(self, **members):
        super().__init__(struct_size=ctypes.sizeof(self), **members)


class ConnectOptions(Options):
    _fields_ = [("struct_size", c_uint32), ("timeout_ms", c_uint32), ("token", c_void_p), ("model_name", c_char_p),
                ("options", POINTER(Option)), ("weights", c_void_p), ("plugin_paths", c_void_p), ("log", c_void_p),
                ("n_options", c_uint32), ("n_weights", c_uint32), ("n_plugin_paths", c_uint32), ("reserved", c_uint32)]


class InvokeOptions(Options):
    _fields_ = [("struct_size", c_uint32), ("mode", c_uint32), ("io_mode", c_uint32), ("timeout_ms", c_uint32),
                ("token", c_void_p), ("warmup", c_uint32), ("repeat", c_uint32), ("user_option", c_uint32),
                ("n_keep_nodes", c_uint32), ("keep_nodes", c_void_p), ("given", c_void_p), ("n_given", c_uint32),
                ("reserved", c_uint32)]


class TextOptions(Options):
    _fields_ = [("struct_size", c_uint32), ("width", c_uint32), ("colour", c_uint32), ("verbose", c_uint32)]


air = ctypes.CDLL(@LIBRARY@)
report = ctypes.CDLL(@REPORT@)
air.air_last_error.restype = POINTER(Error)
air.air_status_name.restype = c_char_p


def check(status):
    if status == 0:
        return
    error = air.air_last_error().contents
    lines = [f"[{air.air_status_name(error.status).decode()}] {error.message.decode()}"]
    sys.exit("\n  ".join(lines + [error.causes[i].decode() for i in range(error.n_causes)]))


def main():
    options = (Option * @N_OPTIONS@)(@OPTIONS@)
    connect = ConnectOptions(timeout_ms=@TIMEOUT@, model_name=@MODEL@, options=options, n_options=@N_OPTIONS@)
    runner, session = c_void_p(), c_void_p()
    check(air.air_connect(@DESCRIPTOR@, byref(connect), byref(runner)))
    try:
        check(air.air_get_session(runner, connect.model_name, byref(session)))
        profile(session, c_uint64(@BATCH@))
    finally:
        air.air_disconnect(runner)


def profile(session, n_samples):
    random = Random(@RANDOM@)
    invoke = InvokeOptions(mode=@MODE@, io_mode=@IO@, timeout_ms=@TIMEOUT@, warmup=@WARMUP@, repeat=@REPEAT@)
    given, result = POINTER(InputSet)(), c_void_p()
    check(air.air_make_random_inputs(session, n_samples, byref(random), byref(given)))
    try:
        inputs, n_inputs = c_void_p(given.contents.inputs), c_uint32(given.contents.n)
        check(air.air_invoke(session, n_samples, inputs, n_inputs, None, c_uint32(0), byref(invoke), None, byref(result)))
        print_report(result)
    finally:
        air.air_release_result(result)
        air.air_free_inputs(given)


def print_report(result):
    text = c_void_p()
    check(report.air_result_to_text(result, byref(TextOptions(width=80)), byref(text)))
    print(ctypes.string_at(text).decode(), end="")
    report.air_free_text(text)


if __name__ == "__main__":
    main()
)";

std::string encoded(const std::string &text) {
  return literal(text) + ".encode()";
}

std::string library_text(const char *name) {
  return literal(installed_library(name, std::to_string(AIR_ABI_VERSION)));
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
  std::string text = fmt::format("seed={}", options.seed.value_or(kSeed));
  if (!options.range.empty()) text += fmt::format(", has_range=1, low={}, high={}", options.range[0], options.range[1]);
  return text;
}

}  // namespace

std::string program_python(const Options &options, const air_invoke_options &invoke) {
  return filled(kProgram, {{"LIBRARY", library_text("libairunner")},
                           {"REPORT", library_text("libairunner-report")},
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
