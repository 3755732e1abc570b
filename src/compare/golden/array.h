// SPDX-License-Identifier: BSD-3-Clause
// An array that another program computed, and what it can be in a model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airunner_report.h"
#include "common/reader.h"

namespace air {

struct GoldenArray {
  std::string_view name;  // "": none
  air_dtype dtype;
  std::vector<int64_t> shape;  // samples first
  const void *data;
};

// Throws AIR_ERROR_INVALID_ARGUMENT for what is no array, and AIR_ERROR_INVALID_INPUT for a type that NumPy does not have. Refers to its name and data.
GoldenArray golden_array(const air_array &array, uint32_t index);

// "x float64 (50, 10)", for errors and reports.
std::string array_text(const GoldenArray &array);
// "output_1 int8 (n, 10)", and so for several.
std::string place_text(const air_tensor &tensor);

// One sample of an array with samples first, as plain numbers; refers to it.
air_tensor plain_sample(const GoldenArray &array);
// Whether the elements of an array are those that the tensor stores, rather than the numbers that these stand for.
bool is_stored(const GoldenArray &array, const air_tensor &tensor);

// The array as samples of the tensor: as many as its first dimension says, or one where all of it is one sample. Nothing: it has not the elements.
std::optional<GoldenArray> samples_of(const GoldenArray &array, const air_tensor &tensor);
// Whether shapes say so too: the order of the channels and dimensions of 1 apart.
bool is_of_shape(const GoldenArray &array, const air_tensor &tensor);

// The whole numbers of the array as elements of a type of integers. Throws AIR_ERROR_INVALID_INPUT, naming a value that is none.
Bytes whole_numbers(const GoldenArray &array, const air_tensor &tensor);

}  // namespace air
