// SPDX-License-Identifier: BSD-3-Clause
// The description of one tensor.
#include "aivalidation/model/tensor.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/dtype.h"
#include "common/error.h"
#include "common/shape.h"
#include "wire/constants.h"
#include "wire/format.h"
#include "wire/shape.h"

namespace air::aivalidation {
namespace {

constexpr size_t kMostDims = 16;

uint32_t flags_of(const wire::TensorDesc &desc) {
  uint32_t flags = 0;
  const bool in_pool = (desc.flags & wire::kTensorInMempool) != 0;
  if (in_pool) flags |= (desc.flags & wire::kTensorMempool) != 0 ? AIR_TENSOR_IN_MEMPOOL : AIR_TENSOR_IN_ACTIVATIONS;
  const uint32_t kind = desc.n_dims >> wire::kShapeShift;
  if ((kind & wire::kShapeChannelFirst) != 0) flags |= AIR_TENSOR_CHANNEL_FIRST;
  if ((kind & wire::kShapeChannelLast) != 0) flags |= AIR_TENSOR_CHANNEL_LAST;
  return flags;
}

wire::ElementType element_type(const wire::TensorDesc &desc, const std::string &name, uint64_t n_bytes) {
  const auto declared = wire::decode_format(desc.format);
  if (!declared) {
    fail(AIR_ERROR_UNSUPPORTED, "invalid/unsupported format 0x{:08x} of tensor {}", desc.format, name);
  }
  return n_bytes == 0 ? *declared : wire::actual_type(*declared, desc.size, n_bytes);
}

// Of one sample, with the batch in front.
wire::Shape shape_of(const wire::TensorDesc &desc, const std::string &name) {
  auto shape = desc.dims.size() <= kMostDims ? wire::canonical_shape(desc.n_dims, desc.dims) : std::nullopt;
  if (!shape) {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - {} dimensions of kind {}", name,
         desc.dims.size(), desc.n_dims >> wire::kShapeShift);
  }
  if (shape->empty() || shape->front() != 1) shape->insert(shape->begin(), 1);
  return *shape;
}

uint64_t count_of(const wire::Shape &shape, const std::string &name) {
  const auto count = element_count(shape);
  if (!count || *count > UINT32_MAX) {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - shape ({})", name, fmt::join(shape, ", "));
  }
  return *count;
}

}  // namespace

TensorInfo::TensorInfo(const wire::TensorDesc &desc, std::string given_name, std::string given_tag, uint64_t n_bytes)
    : format(desc.format) {
  name = std::move(given_name);
  tag = std::move(given_tag);
  const wire::ElementType type = element_type(desc, name, n_bytes);
  const wire::Shape whole = shape_of(desc, name);
  const uint64_t n_elements = count_of(wire::storage_shape(whole, type.encoding), name);
  if (type.encoding != AIR_ENCODING_PACKED_BITS && !wire::consistent(desc.size, whole)) {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - {} elements -> shape ({})", name, desc.size,
         fmt::join(whole, ", "));
  }
  size_bytes = n_elements * dtype_size(type.dtype);
  dtype = type.dtype;
  encoding = type.encoding;
  fraction_bits = type.fraction_bits;
  shape.assign(whole.begin() + 1, whole.end());
  flags = flags_of(desc);
  if (whole.size() > desc.dims.size() && desc.dims.size() > 1) flags |= AIR_TENSOR_WITHOUT_BATCH;
  address = desc.addr;
  const bool is_integer = type.dtype >= AIR_DTYPE_INT8 && type.dtype <= AIR_DTYPE_UINT64;
  if (!is_integer || type.encoding != AIR_ENCODING_PLAIN || desc.scale == 0) return;
  if (!std::isfinite(desc.scale) || desc.scale < 0) {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - scale {}", name, desc.scale);
  }
  encoding = AIR_ENCODING_QUANTIZED;
  scales = {desc.scale};
  zero_points = {wrap_zero_point(desc.zeropoint, type.dtype)};
}

bool same_form(const wire::TensorDesc &a, const wire::TensorDesc &b) {
  return a.format == b.format && a.size == b.size && a.n_dims == b.n_dims && a.dims == b.dims;
}

TensorInfo make_pool_info(const wire::TensorDesc &desc, std::string name, std::string tag) {
  const auto type = wire::decode_format(desc.format);
  const uint64_t n_bytes = uint64_t{desc.size} * (type ? dtype_size(type->dtype) : 1);
  wire::TensorDesc bytes = desc;
  bytes.format = wire::encode_format({.dtype = AIR_DTYPE_UINT8});
  bytes.size = static_cast<uint32_t>(std::min<uint64_t>(n_bytes, UINT32_MAX));
  bytes.n_dims = (wire::kShapeBhwc << wire::kShapeShift) | 4;
  bytes.dims = {1, 1, 1, bytes.size};
  bytes.scale = 0;
  return {bytes, std::move(name), std::move(tag)};
}

void add_formats(backend::Properties &properties, const std::vector<TensorInfo> &tensors) {
  for (const TensorInfo &tensor : tensors) {
    properties.emplace_back("st.format." + tensor.tag, std::to_string(tensor.format));
  }
}

}  // namespace air::aivalidation
