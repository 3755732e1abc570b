// SPDX-License-Identifier: BSD-3-Clause
// What the public description of a tensor or model says, in other forms.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "airunner.h"

namespace air {

inline std::span<const int64_t> shape_of(const air_tensor &tensor) {
  return {tensor.shape, tensor.rank};
}
inline std::span<const int64_t> storage_shape_of(const air_tensor &tensor) {
  return {tensor.storage_shape, tensor.rank};
}

// A shape with the samples in front, as arrays have it; ST's tools show one sample so.
inline std::vector<int64_t> with_samples(std::span<const int64_t> shape, uint64_t n_samples = 1) {
  std::vector<int64_t> all = {static_cast<int64_t>(n_samples)};
  all.insert(all.end(), shape.begin(), shape.end());
  return all;
}

// None where the tensor is not quantized, or nobody knows how.
inline std::span<const float> scales_of(const air_tensor &tensor) {
  if (tensor.quantization == nullptr) return {};
  return {tensor.quantization->scales, tensor.quantization->n};
}
inline std::span<const int32_t> zero_points_of(const air_tensor &tensor) {
  if (tensor.quantization == nullptr) return {};
  return {tensor.quantization->zero_points, tensor.quantization->n};
}

// n of Qm.n; 0 for what is no fixed point.
inline int32_t fraction_bits(const air_tensor &tensor) {
  if (tensor.encoding != AIR_ENCODING_FIXED_POINT || scales_of(tensor).empty()) return 0;
  return -std::ilogb(scales_of(tensor).front());
}

// A property, "" where it is not known.
inline const char *property(const air_model &model, const char *key) {
  const char *value = air_get_property(&model, key);
  return value == nullptr ? "" : value;
}

}  // namespace air
