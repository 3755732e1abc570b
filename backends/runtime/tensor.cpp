// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors (air_tensor_info) together with the memory they point to.
#include "tensor.h"

#include <algorithm>
#include <cmath>

#include "common/dtype.h"
#include "common/error.h"

namespace air::runtime {
namespace {

constexpr uint64_t kMaxTensorBytes = uint64_t{1} << 40;

bool is_integer(air_dtype dtype) {
  return dtype >= AIR_DTYPE_INT8 && dtype <= AIR_DTYPE_UINT64;
}

}  // namespace

Tensor::Tensor(TensorSpec spec) : spec_(std::move(spec)) {
  info_.struct_size = sizeof(info_);
  int32_t &axis = spec_.quantization.axis;
  const auto rank = static_cast<int32_t>(spec_.shape.size());
  if (axis < 0) axis += rank;  // counted from the end
  if (axis < 0 || axis >= rank) axis = -1;
  if (spec_.shape.empty() || spec_.shape[0] != 1) {
    spec_.shape.insert(spec_.shape.begin(), 1);
    info_.flags = AIR_TENSOR_WITHOUT_BATCH;
    if (axis >= 0) ++axis;
  }
  info_.name = spec_.name.c_str();
  info_.tag = spec_.tag.c_str();
  info_.dtype = spec_.dtype;
  info_.rank = static_cast<uint32_t>(spec_.shape.size());
  info_.shape = info_.storage_shape = spec_.shape.data();
  const std::optional<uint64_t> n = element_count(spec_.shape);
  if (!n || __builtin_mul_overflow(*n, uint64_t{dtype_size(spec_.dtype)}, &info_.size_bytes) ||
      info_.size_bytes > kMaxTensorBytes) {
    fail(AIR_ERROR_INVALID_MODEL, "tensor '{}' has shape {}: larger than any memory", spec_.name,
         shape_text(spec_.shape));
  }
  info_.n_elements = *n;
  info_.quantized_axis = -1;
  set_quantization();
}

std::span<const int64_t> Tensor::own_shape() const noexcept {
  return std::span<const int64_t>(spec_.shape).subspan((info_.flags & AIR_TENSOR_WITHOUT_BATCH) != 0 ? 1 : 0);
}

void Tensor::set_quantization() {
  Quantization &q = spec_.quantization;
  const auto usable = [](float scale) { return std::isfinite(scale) && scale > 0.0f; };
  if (q.scales.empty() || !is_integer(spec_.dtype) || !std::all_of(q.scales.begin(), q.scales.end(), usable)) return;
  const bool per_channel = q.scales.size() > 1;
  if (per_channel && (q.axis < 0 || q.axis >= static_cast<int32_t>(spec_.shape.size()) ||
                      spec_.shape[static_cast<size_t>(q.axis)] != static_cast<int64_t>(q.scales.size()))) {
    return;
  }
  q.zero_points.resize(q.scales.size(), q.zero_points.size() == 1 ? q.zero_points[0] : 0);
  info_.encoding = AIR_ENCODING_QUANTIZED;
  info_.n_scales = static_cast<uint32_t>(q.scales.size());
  info_.scales = q.scales.data();
  info_.zero_points = q.zero_points.data();
  info_.quantized_axis = per_channel ? q.axis : -1;
}

const Tensor &TensorList::add(TensorSpec spec) {
  const Tensor &tensor = *tensors_.emplace_back(std::make_unique<Tensor>(std::move(spec)));
  infos_.push_back(&tensor.info());
  return tensor;
}

}  // namespace air::runtime
