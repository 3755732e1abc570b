// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors, from what a model library says of them.
#include "stlib/model/tensor.h"

#include <algorithm>
#include <cmath>

#include "common/dtype.h"
#include "common/error.h"
#include "common/shape.h"
#include "stlib/abi/formats.h"
#include "stlib/model/format.h"

namespace air::stlib {
namespace {

constexpr uint64_t kMaxTensorBytes = uint64_t{1} << 40;
constexpr int64_t kBitsPerWord = 32;

bool is_integer(const ElementFormat &element) {
  return element.encoding == AIR_ENCODING_PLAIN && element.dtype >= AIR_DTYPE_INT8 && element.dtype <= AIR_DTYPE_UINT64;
}

uint64_t size_of(const TensorSpec &spec, const ElementFormat &element) {
  const auto refuse = [&spec](const char *why) {
    fail(AIR_ERROR_INVALID_MODEL, "tensor '{}' ({}): shape {} {}", spec.name, spec.tag, shape_text(spec.shape), why);
  };
  std::vector<int64_t> stored = spec.shape;
  if (element.encoding == AIR_ENCODING_PACKED_BITS && !stored.empty()) {
    stored.back() = (stored.back() + kBitsPerWord - 1) / kBitsPerWord;
  }
  uint64_t size = dtype_size(element.dtype);
  for (size_t i = 0; i < stored.size(); ++i) {
    if (spec.shape[i] < 0) refuse("has a negative dimension");
    if (__builtin_mul_overflow(size, static_cast<uint64_t>(stored[i]), &size))
      refuse("has more bytes than 64 bits can count");
  }
  if (size > kMaxTensorBytes) refuse("is larger than any memory");
  return size;
}

void set_quantization(Tensor &tensor, TensorSpec &spec) {
  const auto usable = [](float scale) { return std::isfinite(scale) && scale > 0.0f; };
  if (spec.scales.empty() || !std::all_of(spec.scales.begin(), spec.scales.end(), usable)) return;
  // Scales of channels are only usable when there is one for each; else the first serves the whole tensor, as in ST's tool.
  const size_t axis = (spec.flags & AIR_TENSOR_CHANNEL_FIRST) != 0 ? 0 : tensor.shape.size() - 1;
  const bool per_channel = spec.scales.size() > 1 && !tensor.shape.empty() &&
                           static_cast<uint64_t>(tensor.shape[axis]) == spec.scales.size();
  if (!per_channel) spec.scales.resize(1);
  const int32_t shared = spec.zero_points.size() == 1 ? spec.zero_points[0] : 0;
  spec.zero_points.resize(spec.scales.size(), shared);
  for (int32_t &zero_point : spec.zero_points) zero_point = wrap_zero_point(zero_point, tensor.dtype);
  tensor.encoding = AIR_ENCODING_QUANTIZED;
  tensor.scales = std::move(spec.scales);
  tensor.zero_points = std::move(spec.zero_points);
  tensor.axis = per_channel ? static_cast<uint32_t>(axis) : 0;
}

}  // namespace

void TensorSpec::set_shape(std::vector<int64_t> whole, bool has_batch) {
  shape = std::move(whole);
  if (has_batch && !shape.empty() && shape[0] == 1) {
    shape.erase(shape.begin());
  } else {
    flags |= AIR_TENSOR_WITHOUT_BATCH;
  }
}

Tensor make_tensor(TensorSpec spec) {
  const auto element = decode_format(spec.format);
  if (!element) {
    fail(AIR_ERROR_UNSUPPORTED,
         "tensor '{}' ({}) - invalid/unsupported format {}: expected float, bool, 1-bit, or integers and Q of 8, 16, "
         "32, 64 bits",
         spec.name, spec.tag, format_text(spec.format));
  }
  Tensor tensor;
  tensor.size_bytes = size_of(spec, *element);
  tensor.format = spec.format;
  tensor.name = std::move(spec.name);
  tensor.tag = std::move(spec.tag);
  tensor.dtype = element->dtype;
  tensor.shape = std::move(spec.shape);
  tensor.encoding = element->encoding;
  tensor.flags = spec.flags;
  tensor.fraction_bits = element->fraction_bits;
  if (is_integer(*element)) set_quantization(tensor, spec);
  return tensor;
}

void add_formats(backend::Properties &properties, const std::vector<Tensor> &tensors) {
  for (const Tensor &tensor : tensors)
    properties.emplace_back("st.format." + tensor.tag, std::to_string(tensor.format));
}

Tensor make_pool(std::string name, std::string tag, uint64_t bytes) {
  Tensor pool;
  pool.name = std::move(name);
  pool.tag = std::move(tag);
  pool.format = ST_FORMAT_U8;
  pool.dtype = AIR_DTYPE_UINT8;
  pool.shape = {1, 1, static_cast<int64_t>(bytes)};
  pool.size_bytes = bytes;
  return pool;
}

}  // namespace air::stlib
