// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors (air_tensor_info) together with the memory they point to.
#include "tensor.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "abi/formats.h"
#include "common/dtype.h"
#include "common/error.h"
#include "format.h"

namespace air::stlib {
namespace {

constexpr uint64_t kMaxTensorBytes = uint64_t{1} << 40;
constexpr int64_t kBitsPerWord = 32;

// A zero point is stored wider than, or with another sign than, the elements it belongs to.
int32_t narrow_zero_point(int32_t value, air_dtype dtype) {
  switch (dtype) {
    case AIR_DTYPE_INT8:
      return static_cast<int8_t>(value);
    case AIR_DTYPE_UINT8:
      return static_cast<uint8_t>(value);
    case AIR_DTYPE_INT16:
      return static_cast<int16_t>(value);
    case AIR_DTYPE_UINT16:
      return static_cast<uint16_t>(value);
    default:
      return value;
  }
}

bool is_integer(const ElementFormat &element) {
  return element.encoding == AIR_ENCODING_PLAIN && element.dtype >= AIR_DTYPE_INT8 && element.dtype <= AIR_DTYPE_UINT64;
}

}  // namespace

std::string shape_text(std::span<const int64_t> shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

TensorSpec pool_spec(std::string name, std::string tag, uint64_t bytes) {
  TensorSpec spec;
  spec.name = std::move(name);
  spec.tag = std::move(tag);
  spec.format = ST_FORMAT_U8;
  spec.shape = {1, 1, 1, static_cast<int64_t>(bytes)};
  return spec;
}

Tensor::Tensor(TensorSpec spec) : spec_(std::move(spec)), storage_shape_(spec_.shape) {
  const auto element = decode_format(spec_.format);
  if (!element) {
    fail(AIR_ERROR_UNSUPPORTED,
         "tensor '{}' ({}) - invalid/unsupported format {}: expected float, bool, 1-bit, or integers and Q of 8, 16, "
         "32, 64 bits",
         spec_.name, spec_.tag, format_text(spec_.format));
  }
  if (element->encoding == AIR_ENCODING_PACKED_BITS && !storage_shape_.empty()) {
    storage_shape_.back() = (storage_shape_.back() + kBitsPerWord - 1) / kBitsPerWord;
  }
  info_.struct_size = sizeof(info_);
  info_.flags = spec_.flags;
  info_.name = spec_.name.c_str();
  info_.tag = spec_.tag.c_str();
  info_.dtype = element->dtype;
  info_.encoding = element->encoding;
  info_.rank = static_cast<uint32_t>(spec_.shape.size());
  info_.shape = spec_.shape.data();
  info_.storage_shape = storage_shape_.data();
  info_.format = spec_.format;
  info_.fraction_bits = element->fraction_bits;
  info_.quantized_axis = -1;
  info_.address = spec_.address;
  set_size();
  if (is_integer(*element)) set_quantization();
}

void Tensor::set_size() {
  const auto refuse = [this](const char *why) {
    fail(AIR_ERROR_INVALID_MODEL, "tensor '{}' ({}): shape {} {}", spec_.name, spec_.tag, shape_text(spec_.shape), why);
  };
  uint64_t n_elements = 1;
  uint64_t size = 0;
  for (size_t i = 0; i < spec_.shape.size(); ++i) {
    if (spec_.shape[i] < 0) refuse("has a negative dimension");
    if (__builtin_mul_overflow(n_elements, static_cast<uint64_t>(storage_shape_[i]), &n_elements))
      refuse("has more elements than 64 bits can count");
  }
  if (__builtin_mul_overflow(n_elements, dtype_size(info_.dtype), &size) || size > kMaxTensorBytes)
    refuse("is larger than any memory");
  info_.n_elements = n_elements;
  info_.size_bytes = size;
}

void Tensor::set_quantization() {
  const auto usable = [](float scale) { return std::isfinite(scale) && scale != 0.0f; };
  if (spec_.scales.empty() || !std::all_of(spec_.scales.begin(), spec_.scales.end(), usable)) return;
  // Scales of channels are only usable when there is one for each; else the first serves the whole tensor, as in ST's tool.
  const size_t axis =
      (spec_.flags & AIR_TENSOR_CHANNEL_FIRST) != 0 && spec_.shape.size() > 1 ? 1 : spec_.shape.size() - 1;
  const bool per_channel = spec_.scales.size() > 1 && !spec_.shape.empty() &&
                           static_cast<uint64_t>(spec_.shape[axis]) == spec_.scales.size();
  if (!per_channel) spec_.scales.resize(1);
  const int32_t shared = spec_.zero_points.size() == 1 ? spec_.zero_points[0] : 0;
  spec_.zero_points.resize(spec_.scales.size(), shared);
  for (int32_t &zero_point : spec_.zero_points) zero_point = narrow_zero_point(zero_point, info_.dtype);
  info_.encoding = AIR_ENCODING_QUANTIZED;
  info_.n_scales = static_cast<uint32_t>(spec_.scales.size());
  info_.scales = spec_.scales.data();
  info_.zero_points = spec_.zero_points.data();
  info_.quantized_axis = per_channel ? static_cast<int32_t>(axis) : -1;
}

const Tensor &TensorList::add(TensorSpec spec) {
  const Tensor &tensor = tensors_.emplace_back(std::move(spec));
  infos_.push_back(&tensor.info());
  return tensor;
}

}  // namespace air::stlib
