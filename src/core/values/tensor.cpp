// SPDX-License-Identifier: BSD-3-Clause
// Facts about tensors: checked sizes, and whether a caller's memory fits a tensor.
#include "core/values/tensor.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/dtype.h"
#include "core/error.h"

namespace air {
namespace {

// ST's rule: dimensions of 1 do not count, except the first of an array, which is that of the samples.
bool same_without_units(std::span<const int64_t> a, std::span<const int64_t> b) {
  size_t i = 0;
  size_t j = 0;
  for (;;) {
    while (i < a.size() && a[i] == 1) ++i;
    while (j < b.size() && b[j] == 1) ++j;
    if (i >= a.size() || j >= b.size()) return i >= a.size() && j >= b.size();
    if (a[i++] != b[j++]) return false;
  }
}

// Named when it is wrong only: a text for each call would cost more than the check.
struct Argument {
  const char *kind;
  size_t index;

  std::string name() const { return fmt::format("{} #{}", kind, index + 1); }
};

void check_shape(const air_input &input, const Form &form, uint64_t n_samples, const Argument &what) {
  const std::span<const int64_t> given(input.shape, input.rank);
  const bool samples_fit = !given.empty() && given[0] >= 0 && static_cast<uint64_t>(given[0]) == n_samples;
  if (samples_fit && same_without_units(given.subspan(1), form.shape)) return;
  fail(AIR_ERROR_INVALID_INPUT, "{} - invalid shape -> {}, expected {} (samples first)", what.name(), shape_text(given),
       shape_text(with_samples(form.shape, n_samples)));
}

void check_memory(const void *data, uint64_t size, const Form &form, uint64_t n_samples, const Argument &what,
                  bool may_be_larger) {
  const uint64_t expected = checked_size(form.sample_bytes, n_samples);
  if (size != expected && !(may_be_larger && size > expected)) {
    fail(AIR_ERROR_INVALID_INPUT, "{} - invalid size -> {} bytes, expected {} ({} samples of {} bytes, {} {})",
         what.name(), size, expected, n_samples, form.sample_bytes, air_dtype_name(form.dtype),
         shape_text(with_samples(form.shape)));
  }
  const uint64_t used = form.is_open() ? size : expected;
  if (data == nullptr && used > 0) {
    fail(AIR_ERROR_INVALID_INPUT, "{} - data is NULL, expected {} bytes", what.name(), used);
  }
}

constexpr int32_t kMostFractionBits = 126;  // a float has no smaller steps

// 32 signs share a word; each row of the last dimension begins a new one.
const char *packed_flaw(const air_tensor &tensor) noexcept {
  if (tensor.dtype != AIR_DTYPE_INT32 && tensor.dtype != AIR_DTYPE_UINT32)
    return "packed bits in another dtype than 32-bit words";
  if (tensor.rank == 0) return "packed bits without a shape";
  const uint32_t last = tensor.rank - 1;
  const bool rows_fit = std::equal(tensor.shape, tensor.shape + last, tensor.storage_shape);
  const bool words_fit = tensor.storage_shape[last] == tensor.shape[last] / 32 + (tensor.shape[last] % 32 != 0 ? 1 : 0);
  return rows_fit && words_fit ? nullptr : "storage_shape is not that of packed bits";
}

const char *quantization_flaw(const air_tensor &tensor, const air_quantization &quantization) noexcept {
  if (quantization.known == 0) return quantization.n == 0 ? nullptr : "scales although nobody knows them";
  if (quantization.n == 0 || quantization.scales == nullptr || quantization.zero_points == nullptr)
    return "quantized without scales";
  if (!std::all_of(quantization.scales, quantization.scales + quantization.n, [](float x) { return std::isfinite(x); }))
    return "a scale is no finite number";
  if (quantization.axis < 0) return quantization.n == 1 ? nullptr : "several scales without an axis";
  if (quantization.block == 0) return "block is 0";
  if (static_cast<uint32_t>(quantization.axis) >= tensor.rank) return "axis is no dimension of the shape";
  const auto along = static_cast<uint64_t>(tensor.storage_shape[quantization.axis]);
  const uint64_t blocks = along / quantization.block + (along % quantization.block != 0 ? 1 : 0);
  return blocks == quantization.n ? nullptr : "axis does not have one scale for each block";
}

const char *fixed_point_flaw(const air_quantization &quantization) noexcept {
  if (quantization.n != 1) return "fixed point without one scale";
  if (quantization.zero_points[0] != 0) return "fixed point with a zero point";
  int exponent = 0;
  const bool is_power = std::frexp(quantization.scales[0], &exponent) == 0.5f;
  return is_power && std::abs(exponent) <= kMostFractionBits ? nullptr : "the scale of fixed point is no power of two";
}

const char *encoding_flaw(const air_tensor &tensor) noexcept {
  if (tensor.quantization != nullptr) {
    if (const char *flaw = quantization_flaw(tensor, *tensor.quantization); flaw != nullptr) return flaw;
  }
  switch (tensor.encoding) {
    case AIR_ENCODING_PLAIN:
      return nullptr;
    case AIR_ENCODING_FIXED_POINT:
      return tensor.quantization == nullptr ? "fixed point without a scale" : fixed_point_flaw(*tensor.quantization);
    case AIR_ENCODING_QUANTIZED:
      return tensor.quantization == nullptr ? "quantized without saying how, or that nobody knows" : nullptr;
    case AIR_ENCODING_PACKED_BITS:
      return packed_flaw(tensor);
    default:
      return "unknown encoding";
  }
}

const char *open_flaw(const air_tensor &tensor) noexcept {
  if (std::ranges::any_of(shape_of(tensor), [](int64_t dimension) { return dimension < -1; }))
    return "a negative dimension";
  return tensor.n_elements == 0 && tensor.size_bytes == 0 ? nullptr : "a size although a dimension is open";
}

const char *size_flaw(const air_tensor &tensor) noexcept {
  if (is_open(tensor)) return open_flaw(tensor);
  const std::optional<uint64_t> n_elements = element_count(storage_shape_of(tensor));
  const std::optional<uint64_t> n_values = element_count(shape_of(tensor));
  if (!n_elements || !n_values) return "a negative dimension, or too many elements";
  if (*n_elements != tensor.n_elements) return "n_elements is not the product of storage_shape";
  if (tensor.encoding != AIR_ENCODING_PACKED_BITS && *n_values != *n_elements)
    return "shape and storage_shape differ in their number of elements";
  return bytes_of(tensor.dtype, *n_elements) == tensor.size_bytes ? nullptr : "size_bytes does not fit";
}

}  // namespace

std::optional<uint64_t> bytes_of(air_dtype dtype, uint64_t n_elements) noexcept {
  uint64_t bits = 0;
  if (__builtin_mul_overflow(n_elements, uint64_t{air_dtype_bits(dtype)}, &bits)) return {};
  return bits / 8 + (bits % 8 != 0 ? 1 : 0);
}

uint64_t checked_product(std::span<const int64_t> shape) {
  const std::optional<uint64_t> n = element_count(shape);
  if (!n) fail(AIR_ERROR_INVALID_INPUT, "shape {} has a negative dimension or too many elements", shape_text(shape));
  return *n;
}

bool Form::is_open() const noexcept {
  return std::ranges::find(shape, -1) != shape.end();
}

Form storage_form(const air_tensor &tensor) {
  return {tensor.dtype, storage_shape_of(tensor), tensor.size_bytes};
}

Form float_form(const air_tensor &tensor) {
  const Form of_open{AIR_DTYPE_FLOAT32, shape_of(tensor), 0};
  if (of_open.is_open()) return of_open;
  return {AIR_DTYPE_FLOAT32, shape_of(tensor), checked_size(checked_product(shape_of(tensor)), sizeof(float))};
}

void check_input(const air_input &input, const Form &form, uint64_t n_samples, size_t index) {
  const Argument what{"input", index};
  if (input.dtype != AIR_DTYPE_NONE && input.dtype != form.dtype) {
    fail(AIR_ERROR_INVALID_INPUT, "{} - invalid dtype -> '{}', expected '{}'", what.name(), air_dtype_name(input.dtype),
         air_dtype_name(form.dtype));
  }
  if (input.shape != nullptr) check_shape(input, form, n_samples, what);
  check_memory(input.data, input.size_bytes, form, n_samples, what, false);
}

void check_output(const air_output &output, const Form &form, uint64_t n_samples, size_t index) {
  check_memory(output.data, output.size_bytes, form, n_samples, {"output", index}, true);
}

bool is_of_shape(std::span<const int64_t> dimensions, std::span<const int64_t> shape) noexcept {
  return std::ranges::equal(dimensions, shape, [](int64_t dimension, int64_t described) {
    return described == -1 ? dimension >= 0 : dimension == described;
  });
}

air_tensor closed_tensor(const air_tensor &tensor, const int64_t *shape) {
  const std::span<const int64_t> open = shape_of(tensor);
  if (shape == nullptr) fail(AIR_ERROR_INTERNAL, "no dimensions of tensor '{}' {}", tensor.name, shape_text(open));
  const std::span<const int64_t> given(shape, tensor.rank);
  const std::optional<uint64_t> n = element_count(given);
  const std::optional<uint64_t> size = n ? bytes_of(tensor.dtype, *n) : std::nullopt;
  if (!size || !is_of_shape(given, open)) {
    fail(AIR_ERROR_INTERNAL, "dimensions {} of tensor '{}', which has {}", shape_text(given), tensor.name,
         shape_text(open));
  }
  air_tensor closed = tensor;
  closed.shape = closed.storage_shape = shape;
  closed.n_elements = *n;
  closed.size_bytes = *size;
  return closed;
}

const char *tensor_flaw(const air_tensor &tensor) noexcept {
  if (air_dtype_bits(tensor.dtype) == 0) return "no dtype";
  if (tensor.rank > kMostDimensions) return "too many dimensions";
  if (tensor.rank > 0 && (tensor.shape == nullptr || tensor.storage_shape == nullptr)) return "no shape";
  if (const char *flaw = size_flaw(tensor); flaw != nullptr) return flaw;
  return encoding_flaw(tensor);
}

}  // namespace air

uint32_t air_dtype_bits(air_dtype dtype) {
  return air::dtype_bits(dtype);
}

const char *air_dtype_name(air_dtype dtype) {
  return air::dtype_name(dtype);
}
