// SPDX-License-Identifier: BSD-3-Clause
// Which arrays a file of results has, and what they are like.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "airunner_report.h"

namespace air {

constexpr const char *kDescription = "capture";  // the JSON text, as bytes
constexpr uint64_t kLongestDescription = uint64_t{64} << 20;
// Texts that end with a zero byte: one for each run; for each node and run.
constexpr const char *kNotes = "notes";
constexpr const char *kNodeNotes = "node_notes";

std::string tensor_array(const char *place, size_t index);  // "input_0"
std::string node_array(size_t node, size_t tensor);
std::string values_array(const air_column &column);       // of whole runs
std::string node_values_array(const air_column &column);  // a row for each node, NaN for one without

// NumPy has no 4-bit numbers and no floating point of other formats than IEEE's: an array has their bytes or words.
air_dtype array_dtype(air_dtype dtype);
std::vector<int64_t> array_shape(const air_tensor &tensor, uint64_t n_samples);

}  // namespace air
