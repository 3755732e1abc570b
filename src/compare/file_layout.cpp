// SPDX-License-Identifier: BSD-3-Clause
// Which arrays a file of results has, and what they are like.
#include "compare/file_layout.h"

#include <fmt/format.h>

#include <span>

#include "common/tensor_facts.h"

namespace air {

std::string tensor_array(const char *place, size_t index) {
  return fmt::format("{}_{}", place, index);
}
std::string node_array(size_t node, size_t tensor) {
  return fmt::format("node_{}_{}", node, tensor);
}
std::string values_array(const air_column &column) {
  return fmt::format("values.{}", column.name);
}
std::string node_values_array(const air_column &column) {
  return fmt::format("node_values.{}", column.name);
}
air_dtype array_dtype(air_dtype dtype) {
  switch (dtype) {
    case AIR_DTYPE_INT4:
    case AIR_DTYPE_UINT4:
    case AIR_DTYPE_FLOAT8_E4M3:
    case AIR_DTYPE_FLOAT8_E5M2:
      return AIR_DTYPE_UINT8;
    case AIR_DTYPE_BFLOAT16:
      return AIR_DTYPE_UINT16;
    default:
      return dtype;
  }
}

std::vector<int64_t> array_shape(const air_tensor &tensor, uint64_t n_samples) {
  const bool has_halves = air_dtype_bits(tensor.dtype) % 8 != 0;
  const auto size = static_cast<int64_t>(tensor.size_bytes);
  return with_samples(has_halves ? std::span(&size, 1) : storage_shape_of(tensor), n_samples);
}

}  // namespace air
