// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors as runtimes tell of them.
#include "runtime/tensor.h"

#include <algorithm>
#include <cmath>

#include "common/dtype.h"
#include "common/error.h"
#include "common/shape.h"

namespace air::runtime {
namespace {

constexpr uint64_t kMaxTensorBytes = uint64_t{1} << 40;

bool is_integer(air_dtype dtype) {
  return (dtype >= AIR_DTYPE_INT8 && dtype <= AIR_DTYPE_UINT64) || is_half_a_byte(dtype);
}

// Nobody converts floats with scales, so that those of float8 are as good as unknown.
bool is_float8(air_dtype dtype) {
  return dtype == AIR_DTYPE_FLOAT8_E4M3 || dtype == AIR_DTYPE_FLOAT8_E5M2;
}

// The place of the dimension that scales run along, or nothing where they do not fit it.
std::optional<size_t> axis_of(const Quantization &quantization, const Shape &shape) {
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t axis = quantization.axis < 0 ? quantization.axis + rank : quantization.axis;
  if (axis < 0 || axis >= rank) return {};
  const int64_t block = std::max(quantization.block, 1U), along = shape[static_cast<size_t>(axis)];
  const int64_t n_blocks = along / block + (along % block != 0 ? 1 : 0);
  if (n_blocks != static_cast<int64_t>(quantization.scales.size())) return {};
  return static_cast<size_t>(axis);
}

void set_quantization(backend::Tensor &tensor, const Quantization &quantization, const Shape &shape) {
  tensor.encoding = AIR_ENCODING_QUANTIZED;
  const auto usable = [](float scale) { return std::isfinite(scale) && scale > 0.0f; };
  const size_t n = quantization.scales.size();
  const std::optional<size_t> axis = axis_of(quantization, shape);
  if (n == 0 || is_float8(tensor.dtype) || (n > 1 && !axis) ||
      !std::all_of(quantization.scales.begin(), quantization.scales.end(), usable))
    return;
  tensor.scales = quantization.scales;
  tensor.zero_points = quantization.zero_points;
  tensor.zero_points.resize(n, tensor.zero_points.size() == 1 ? tensor.zero_points[0] : 0);
  if (n == 1) return;
  tensor.axis = static_cast<uint32_t>(*axis - (shape.size() - tensor.shape.size()));
  tensor.block = quantization.block;
}

}  // namespace

backend::Tensor describe_tensor(std::string name, air_dtype dtype, const Shape &shape,
                                const Quantization *quantization) {
  const bool cannot_be = std::any_of(shape.begin(), shape.end(), [](int64_t dimension) { return dimension < -1; }) ||
                         (is_static(shape) && size_of(dtype, shape).value_or(UINT64_MAX) > kMaxTensorBytes);
  if (cannot_be) {
    fail(AIR_ERROR_INVALID_MODEL, "tensor '{}' has shape {}: larger than any memory", name, open_shape_text(shape));
  }
  const bool has_samples = !shape.empty() && shape[0] == 1;
  backend::Tensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.shape.assign(shape.begin() + (has_samples ? 1 : 0), shape.end());
  tensor.flags = has_samples ? 0 : AIR_TENSOR_WITHOUT_BATCH;
  if (quantization != nullptr && (is_integer(dtype) || is_float8(dtype)))
    set_quantization(tensor, *quantization, shape);
  return tensor;
}

std::span<const int64_t> of_one_sample(const backend::Tensor &tensor, std::span<const int64_t> shape) {
  return (tensor.flags & AIR_TENSOR_WITHOUT_BATCH) != 0 || shape.empty() ? shape : shape.subspan(1);
}

bool is_half_a_byte(air_dtype dtype) noexcept {
  return dtype_bits(dtype) == 4;
}

bool is_static(std::span<const int64_t> shape) noexcept {
  return std::all_of(shape.begin(), shape.end(), [](int64_t dimension) { return dimension >= 0; });
}

bool matches(std::span<const int64_t> shape, std::span<const int64_t> described) noexcept {
  return std::equal(shape.begin(), shape.end(), described.begin(), described.end(),
                    [](int64_t dimension, int64_t expected) { return expected < 0 || dimension == expected; });
}

std::optional<uint64_t> size_of(air_dtype dtype, std::span<const int64_t> shape) noexcept {
  const std::optional<uint64_t> n = element_count(shape);
  if (n && is_half_a_byte(dtype)) return *n / 2 + *n % 2;
  uint64_t size = 0;
  if (!n || __builtin_mul_overflow(*n, uint64_t{dtype_size(dtype)}, &size)) return {};
  return size;
}

void clear_last_half(air_dtype dtype, std::span<const int64_t> shape, void *data) noexcept {
  const uint64_t n = element_count(shape).value_or(0);
  if (is_half_a_byte(dtype) && n % 2 != 0) static_cast<std::byte *>(data)[n / 2] &= std::byte{0x0F};
}

air_dtype computing_type(std::span<const air_dtype> types) noexcept {
  air_dtype found = AIR_DTYPE_NONE;
  for (const air_dtype type : types) {
    if (type == AIR_DTYPE_INT32 || type == AIR_DTYPE_INT64 || type == AIR_DTYPE_BOOL) continue;
    if (type == AIR_DTYPE_NONE || (found != AIR_DTYPE_NONE && found != type)) return AIR_DTYPE_NONE;
    found = type;
  }
  return found;
}

}  // namespace air::runtime
