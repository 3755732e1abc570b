// SPDX-License-Identifier: BSD-3-Clause
// The description of one tensor.
#include "tensor.h"

#include <fmt/ranges.h>

#include <utility>

#include "common/dtype.h"
#include "common/error.h"
#include "wire/constants.h"
#include "wire/format.h"

namespace air::target {
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

// With the batch in front, as everywhere in the library.
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
  const auto count = wire::element_count(shape);
  if (!count || *count > UINT32_MAX) {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - shape ({})", name, fmt::join(shape, ", "));
  }
  return *count;
}

}  // namespace

TensorInfo::TensorInfo(const wire::TensorDesc &desc, std::string given_name, std::string given_tag, uint64_t n_bytes)
    : name(std::move(given_name)), tag(std::move(given_tag)), scale(desc.scale) {
  const wire::ElementType type = element_type(desc, name, n_bytes);
  shape = shape_of(desc, name);
  storage_shape = wire::storage_shape(shape, type.encoding);
  const uint64_t n_elements = count_of(storage_shape, name);
  if (type.encoding != AIR_ENCODING_PACKED_BITS && !wire::consistent(desc.size, shape)) {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - {} elements -> shape ({})", name, desc.size,
         fmt::join(shape, ", "));
  }
  zero_point = wire::wrap_zero_point(desc.zeropoint, type.dtype);
  const bool is_integer = type.dtype >= AIR_DTYPE_INT8 && type.dtype <= AIR_DTYPE_UINT64;
  const bool is_quantized = is_integer && type.encoding == AIR_ENCODING_PLAIN && desc.scale != 0;
  view.struct_size = sizeof(view);
  view.flags = flags_of(desc);
  if (shape.size() > desc.dims.size() && desc.dims.size() > 1) view.flags |= AIR_TENSOR_WITHOUT_BATCH;
  view.name = name.c_str();
  view.tag = tag.c_str();
  view.dtype = type.dtype;
  view.encoding = is_quantized ? AIR_ENCODING_QUANTIZED : type.encoding;
  view.rank = static_cast<uint32_t>(shape.size());
  view.shape = shape.data();
  view.storage_shape = storage_shape.data();
  view.n_elements = n_elements;
  view.size_bytes = n_elements * dtype_size(type.dtype);
  view.format = desc.format;
  view.fraction_bits = type.fraction_bits;
  view.n_scales = is_quantized ? 1 : 0;
  view.scales = is_quantized ? &scale : nullptr;
  view.zero_points = is_quantized ? &zero_point : nullptr;
  view.quantized_axis = -1;
  view.address = desc.addr;
}

bool same_form(const wire::TensorDesc &a, const wire::TensorDesc &b) {
  return a.format == b.format && a.size == b.size && a.n_dims == b.n_dims && a.dims == b.dims;
}

std::unique_ptr<TensorInfo> make_pool_info(const wire::TensorDesc &desc, std::string name, std::string tag) {
  const auto type = wire::decode_format(desc.format);
  const uint64_t n_bytes = uint64_t{desc.size} * (type ? dtype_size(type->dtype) : 1);
  wire::TensorDesc bytes = desc;
  bytes.format = wire::encode_format({.dtype = AIR_DTYPE_UINT8});
  bytes.size = static_cast<uint32_t>(std::min<uint64_t>(n_bytes, UINT32_MAX));
  bytes.n_dims = (wire::kShapeBhwc << wire::kShapeShift) | 4;
  bytes.dims = {1, 1, 1, bytes.size};
  bytes.scale = 0;
  return std::make_unique<TensorInfo>(bytes, std::move(name), std::move(tag));
}

}  // namespace air::target
