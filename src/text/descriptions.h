// SPDX-License-Identifier: BSD-3-Clause
// Words and numbers as reports write them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "airunner.h"
#include "common/tensor_facts.h"

namespace air {

constexpr uint64_t kUnknown = UINT64_MAX;  // of macc, weights_bytes, activations_bytes

// Names of ST's Mode and Caps for the bits that are set, "IO_ONLY" for none (Caps: always). What a result keeps is no mode of theirs.
std::vector<std::string> mode_names(uint32_t mode);
// Names of the modes that were asked for and not granted.
std::vector<std::string> missing_modes(uint32_t asked, uint32_t granted);
// "not granted: PER_LAYER", "" when all were.
std::string missing_modes_text(uint32_t asked, uint32_t granted);
std::vector<std::string> capability_names(uint32_t capabilities);

const char *encoding_name(air_encoding encoding);                // "quantized"
const char *memory_pool_text(const air_tensor &tensor);          // ST's texts
std::string compact_shape_text(std::span<const int64_t> shape);  // "(1,28,28,1)"
bool is_open(const air_tensor &tensor);                          // each sample has a shape, and a size, of its own
bool lacks_scales(const air_tensor &tensor);              // nobody knows which real numbers its elements stand for
std::string tensor_text(const air_tensor &tensor);        // of one sample: "int8 (1,28,28,1)"
std::string quantization_text(const air_tensor &tensor);  // "scale 0.5, zero point -3", "" for plain numbers

std::vector<std::string> lines_of(std::string_view text);  // without their ends

// Whether a name ("ai_node_3", "stai_tens_n_3_0", "7") belongs to a position only, not to a layer.
bool only_counts(std::string_view name);

std::string operation_kind(std::string_view operation);  // "Conv2D" of "Conv2D (0x103)"

std::string count_text(uint64_t value);  // "13,951,264"
std::string size_text(uint64_t value);   // "13.3 MiB"
std::string bytes_text(uint64_t value);  // "13,951,264 B (13.3 MiB)"

// A unit that suits a table whose largest time is `largest_ms`, so that its columns stay narrow and comparable.
struct TimeUnit {
  const char *name;
  double per_ms;
  int decimals;

  std::string text(double ms) const;
};
TimeUnit time_unit(double largest_ms);
std::string time_text(double ms);  // "1.23 ms", "-" when not known

// Bounds of a change, as parts: "+4.0 to +6.2 %". They have the decimals that tell them from the limit, if there is one (NaN).
std::string change_bounds_text(double low, double high, double limit);

}  // namespace air
