// SPDX-License-Identifier: BSD-3-Clause
// Facts about tensors: sizes of dtypes, checked products of dimensions, and whether a caller's buffer fits a tensor.
#include "tensor.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "error.h"

namespace air {
namespace {

struct DtypeFact {
  const char *name;
  uint32_t size;
};

// In the order of air_dtype.
constexpr std::array<DtypeFact, AIR_DTYPE_BOOL + 1> kDtypes = {{
    {"none", 0},
    {"float32", 4},
    {"float16", 2},
    {"float64", 8},
    {"int8", 1},
    {"uint8", 1},
    {"int16", 2},
    {"uint16", 2},
    {"int32", 4},
    {"uint32", 4},
    {"int64", 8},
    {"uint64", 8},
    {"bool", 1},
}};

const DtypeFact &fact(air_dtype dtype) {
  const auto index = static_cast<size_t>(dtype);
  return kDtypes[index < kDtypes.size() ? index : 0];
}

// ST's rule: dimensions of 1 do not count, except the first, which is the batch.
bool same_without_units(std::span<const int64_t> a, std::span<const int64_t> b) {
  size_t i = 1;
  size_t j = 1;
  for (;;) {
    while (i < a.size() && a[i] == 1) ++i;
    while (j < b.size() && b[j] == 1) ++j;
    if (i >= a.size() || j >= b.size()) return i >= a.size() && j >= b.size();
    if (a[i++] != b[j++]) return false;
  }
}

void check_shape(const air_buffer &buffer, const BufferForm &form, uint64_t n_samples, const std::string &what) {
  const std::span<const int64_t> given(buffer.shape, buffer.rank);
  const bool batch_fits = !given.empty() && given[0] >= 0 && static_cast<uint64_t>(given[0]) == n_samples;
  if (batch_fits && same_without_units(given, form.shape)) return;
  std::vector<int64_t> expected(form.shape.begin(), form.shape.end());
  if (expected.empty()) expected.push_back(1);
  expected[0] = static_cast<int64_t>(n_samples);
  fail(AIR_ERROR_INVALID_INPUT, "{} - invalid shape -> {}, expected {} (samples first)", what, shape_text(given),
       shape_text(expected));
}

constexpr uint32_t kMostDimensions = 32;

// Nothing for a negative dimension or an overflow.
std::optional<uint64_t> product(std::span<const int64_t> shape) noexcept {
  uint64_t product = 1;
  for (const int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(product, static_cast<uint64_t>(dimension), &product)) return {};
  }
  return product;
}

// 32 signs share a word; each row of the last dimension begins a new one.
const char *packed_flaw(const air_tensor_info &info) noexcept {
  if (info.dtype != AIR_DTYPE_INT32 && info.dtype != AIR_DTYPE_UINT32)
    return "packed bits in another dtype than 32-bit words";
  if (info.rank == 0) return "packed bits without a shape";
  const uint32_t last = info.rank - 1;
  const bool rows_fit = std::equal(info.shape, info.shape + last, info.storage_shape);
  const bool words_fit = info.storage_shape[last] == info.shape[last] / 32 + (info.shape[last] % 32 != 0 ? 1 : 0);
  return rows_fit && words_fit ? nullptr : "storage_shape is not that of packed bits";
}

constexpr int64_t kMostFractionBits = 1024;  // a double has no smaller steps

const char *encoding_flaw(const air_tensor_info &info) noexcept {
  if (info.n_scales > 0 && (info.scales == nullptr || info.zero_points == nullptr)) return "scales without values";
  if (info.n_scales > 1) {
    const bool fits = info.quantized_axis >= 0 && static_cast<uint32_t>(info.quantized_axis) < info.rank &&
                      info.storage_shape[info.quantized_axis] == static_cast<int64_t>(info.n_scales);
    if (!fits) return "quantized_axis does not have one scale for each channel";
  }
  switch (info.encoding) {
    case AIR_ENCODING_PLAIN:
      return nullptr;
    case AIR_ENCODING_FIXED_POINT:
      return std::abs(int64_t{info.fraction_bits}) > kMostFractionBits ? "fraction_bits is far off" : nullptr;
    case AIR_ENCODING_QUANTIZED:
      return info.n_scales == 0 ? "quantized without a scale" : nullptr;
    case AIR_ENCODING_PACKED_BITS:
      return packed_flaw(info);
  }
  return "unknown encoding";
}

}  // namespace

uint64_t checked_size(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    fail(AIR_ERROR_INVALID_INPUT, "size {} x {} does not fit 64 bits: use fewer samples", a, b);
  }
  return product;
}

uint64_t checked_product(std::span<const int64_t> shape) {
  const std::optional<uint64_t> n = product(shape);
  if (!n) fail(AIR_ERROR_INVALID_INPUT, "shape {} has a negative dimension or too many elements", shape_text(shape));
  return *n;
}

std::string shape_text(std::span<const int64_t> shape) {
  return shape.size() == 1 ? fmt::format("({},)", shape[0]) : fmt::format("({})", fmt::join(shape, ", "));
}

BufferForm storage_form(const air_tensor_info &info) {
  return {info.dtype, storage_shape_of(info), info.size_bytes};
}

BufferForm float_form(const air_tensor_info &info) {
  return {AIR_DTYPE_FLOAT32, shape_of(info), checked_size(checked_product(shape_of(info)), sizeof(float))};
}

void check_buffer(const air_buffer &buffer, const BufferForm &form, uint64_t n_samples, const std::string &what,
                  bool may_be_larger) {
  const uint64_t expected = checked_size(form.sample_bytes, n_samples);
  if (buffer.dtype != AIR_DTYPE_NONE && buffer.dtype != form.dtype) {
    fail(AIR_ERROR_INVALID_INPUT, "{} - invalid dtype -> '{}', expected '{}'", what, air_dtype_name(buffer.dtype),
         air_dtype_name(form.dtype));
  }
  if (buffer.shape != nullptr) check_shape(buffer, form, n_samples, what);
  if (buffer.size_bytes != expected && !(may_be_larger && buffer.size_bytes > expected)) {
    fail(AIR_ERROR_INVALID_INPUT, "{} - invalid size -> {} bytes, expected {} ({} samples of {} bytes, {} {})", what,
         buffer.size_bytes, expected, n_samples, form.sample_bytes, air_dtype_name(form.dtype), shape_text(form.shape));
  }
  if (buffer.data == nullptr && expected > 0) {
    fail(AIR_ERROR_INVALID_INPUT, "{} - data is NULL, expected {} bytes", what, expected);
  }
}

const char *tensor_flaw(const air_tensor_info *info) noexcept {
  if (info == nullptr || info->struct_size < sizeof(air_tensor_info)) return "missing or of an unknown size";
  if (info->name == nullptr || info->tag == nullptr) return "no name or tag";
  const uint64_t element_size = air_dtype_size(info->dtype);
  if (element_size == 0) return "no dtype";
  if (info->rank > kMostDimensions) return "too many dimensions";
  if (info->rank > 0 && (info->shape == nullptr || info->storage_shape == nullptr)) return "no shape";
  const std::optional<uint64_t> n_elements = product(storage_shape_of(*info));
  const std::optional<uint64_t> n_values = product(shape_of(*info));
  if (!n_elements || !n_values) return "a negative dimension, or too many elements";
  if (*n_elements != info->n_elements) return "n_elements is not the product of storage_shape";
  if (info->encoding != AIR_ENCODING_PACKED_BITS && *n_values != *n_elements)
    return "shape and storage_shape differ in their number of elements";
  uint64_t size = 0;
  if (__builtin_mul_overflow(*n_elements, element_size, &size) || size != info->size_bytes)
    return "size_bytes does not fit";
  return encoding_flaw(*info);
}

}  // namespace air

uint32_t air_dtype_size(air_dtype dtype) {
  return air::fact(dtype).size;
}

const char *air_dtype_name(air_dtype dtype) {
  return air::fact(dtype).name;
}
