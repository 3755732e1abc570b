// SPDX-License-Identifier: BSD-3-Clause
// Facts about tensors: checked sizes, and whether a caller's memory fits a tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "airunner.h"
#include "common/shape.h"
#include "common/tensor_facts.h"

namespace air {

// Whole bytes of so many elements; nothing on overflow.
std::optional<uint64_t> bytes_of(air_dtype dtype, uint64_t n_elements) noexcept;
// Product of dimensions; throws AIR_ERROR_INVALID_INPUT for a negative one or an overflow.
uint64_t checked_product(std::span<const int64_t> shape);
// What memory has to hold: a tensor as it is stored, or as float32 of its logical shape.
struct Form {
  air_dtype dtype;
  std::span<const int64_t> shape;  // of a sample
  uint64_t sample_bytes;           // 0 for an open one

  bool is_open() const noexcept;  // each sample has dimensions of its own
};
Form storage_form(const air_tensor &tensor);
Form float_form(const air_tensor &tensor);

// Throw AIR_ERROR_INVALID_INPUT, naming the input or output, unless there are n_samples of `form`. An output may be larger.
void check_input(const air_input &input, const Form &form, uint64_t n_samples, size_t index);
void check_output(const air_output &output, const Form &form, uint64_t n_samples, size_t index);

constexpr uint32_t kMostDimensions = 32;

// Whether a dimension is -1: each sample has its own.
inline bool is_open(const air_tensor &tensor) noexcept {
  return storage_form(tensor).is_open();
}
// Whether a sample of such a shape can have these dimensions.
bool is_of_shape(std::span<const int64_t> dimensions, std::span<const int64_t> shape) noexcept;
// One sample of an open tensor, whose dimensions are these; it refers to them. Throws AIR_ERROR_INTERNAL where they do not fit.
air_tensor closed_tensor(const air_tensor &tensor, const int64_t *shape);

// What is inconsistent in the description of a tensor; NULL when all is well. Names may be missing.
const char *tensor_flaw(const air_tensor &tensor) noexcept;

}  // namespace air
