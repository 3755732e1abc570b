// SPDX-License-Identifier: BSD-3-Clause
// Facts about tensors: sizes of dtypes, checked products of dimensions, and whether a caller's buffer fits a tensor.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "airunner.h"

namespace air {

// Product of dimensions; throws AIR_ERROR_INVALID_INPUT for a negative one or an overflow.
uint64_t checked_product(std::span<const int64_t> shape);
// a * b; throws AIR_ERROR_INVALID_INPUT on overflow.
uint64_t checked_size(uint64_t a, uint64_t b);

inline std::span<const int64_t> shape_of(const air_tensor_info &info) {
  return {info.shape, info.rank};
}
inline std::span<const int64_t> storage_shape_of(const air_tensor_info &info) {
  return {info.storage_shape, info.rank};
}

// "(1, 28, 28, 1)".
std::string shape_text(std::span<const int64_t> shape);

// What a buffer has to be: a tensor as it is stored, or as float32 of its logical shape.
struct BufferForm {
  air_dtype dtype;
  std::span<const int64_t> shape;
  uint64_t sample_bytes;
};
BufferForm storage_form(const air_tensor_info &info);
BufferForm float_form(const air_tensor_info &info);

// Throws AIR_ERROR_INVALID_INPUT, naming `what` ("input #1"), unless the buffer holds n_samples of `form`. An output may be larger.
void check_buffer(const air_buffer &buffer, const BufferForm &form, uint64_t n_samples, const std::string &what,
                  bool may_be_larger);

// What is inconsistent in the description of a tensor; NULL when all is well.
const char *tensor_flaw(const air_tensor_info *info) noexcept;

}  // namespace air
