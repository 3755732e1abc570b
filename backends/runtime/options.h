// SPDX-License-Identifier: BSD-3-Clause
// Options that both backends for runtimes have, and the tools to read options.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "airunner_backend.hpp"
#include "runtime/shapes.h"

namespace air::runtime {

using KeyValues = std::map<std::string, std::string>;

// A line of a backend's options.
constexpr air_backend_option describe_option(const char *key, air_option_type type, const char *text,
                                             const char *default_value = nullptr,
                                             const char *const *choices = nullptr) {
  return {sizeof(air_backend_option), type, key, default_value, choices, text};
}

inline constexpr const char *kThreadsRange[] = {"1", "1024", nullptr};

inline constexpr air_backend_option kRuntimeOption =
    describe_option("runtime", AIR_OPTION_PATH,
                    "library of the runtime, a folder that holds it or its Python package, or the package itself");
inline constexpr air_backend_option kNameOption =
    describe_option("name", AIR_OPTION_TEXT, "name of the model: that of its file without the extension");
inline constexpr air_backend_option kShapeOption = describe_option(
    "shape", AIR_OPTION_TEXT, "sizes of dynamic dimensions, as 1x16x8, or <name>:1x16,<name>:8 for several tensors");
inline constexpr air_backend_option kThreadsOption = describe_option(
    "threads", AIR_OPTION_NUMBER, "threads within an operator, else as the runtime does", nullptr, kThreadsRange);

// How float weights are rounded before the runtime gets them. The places are those of the choices.
enum class Rounding : uint8_t { kNone, kInt8Channel, kInt8Tensor, kUint8Tensor, kInt4, kInt16, kFloat16 };
inline constexpr const char *kRoundings[] = {"none", "int8-channel", "int8-tensor", "uint8-tensor",
                                             "int4", "int16",        "float16",     nullptr};
inline constexpr air_backend_option kWeightsOption = describe_option(
    "weights", AIR_OPTION_CHOICE,
    "float weights rounded to a scheme, and floats again: what quantizing them alone does", kRoundings[0], kRoundings);

inline constexpr air_backend_option kOnlyOption =
    describe_option("only", AIR_OPTION_TEXT,
                    "nodes to run alone, by name or as #<number>, with commas: what others compute are inputs");
inline constexpr air_backend_option kSaveOption =
    describe_option("save", AIR_OPTION_PATH, "new file for the model as options only and weights make it");

struct CommonOptions {
  std::string runtime;   // library file or folder; "" to search
  WantedShapes shapes;   // of inputs, and of outputs whose shape is not known before a run
  uint32_t threads = 0;  // 0: as the runtime does
  Rounding weights = Rounding::kNone;
  std::string only;  // nodes; "" for all
  std::string save;  // absolute path of the file; "" for none
};

// Throws INVALID_DESCRIPTOR, or UNSUPPORTED for weights.
CommonOptions read_options(const backend::Request &request);

// The place of an option's value among its choices.
size_t read_choice(const backend::Request &request, std::string_view key, const char *const *choices);

// Throws NOT_FOUND where another model than the one of this file is wanted.
void check_name(const backend::Request &request, const std::string &name, const std::string &path);

// "onnx:/path/to%3Fmodel.onnx?threads=2", with absolute paths and without what is at its default.
std::string canonical_descriptor(const backend::Request &request, std::span<const air_backend_option> options,
                                 const std::string &path);

}  // namespace air::runtime
