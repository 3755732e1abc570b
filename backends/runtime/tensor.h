// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors (air_tensor_info) together with the memory they point to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "shapes.h"

namespace air::runtime {

// What real = (q - zero_point) * scale of a tensor is; empty for none.
struct Quantization {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  int32_t axis = -1;
};

struct TensorSpec {
  std::string name;
  std::string tag;
  air_dtype dtype = AIR_DTYPE_NONE;
  Shape shape;  // as the model has it
  Quantization quantization;
};

class Tensor {
 public:
  // Puts a batch of 1 in front where the model's own shape does not begin with it. Throws INVALID_MODEL, naming the tensor, for shapes that
  // cannot be.
  explicit Tensor(TensorSpec spec);
  Tensor(const Tensor &) = delete;
  Tensor &operator=(const Tensor &) = delete;

  const air_tensor_info &info() const noexcept { return info_; }
  // The shape without a batch put in front.
  std::span<const int64_t> own_shape() const noexcept;

 private:
  void set_quantization();

  TensorSpec spec_;
  air_tensor_info info_{};
};

// Tensors whose addresses stay the same while more are added.
class TensorList {
 public:
  const Tensor &add(TensorSpec spec);

  uint32_t size() const noexcept { return static_cast<uint32_t>(infos_.size()); }
  const air_tensor_info *const *infos() const noexcept { return infos_.data(); }
  const Tensor &operator[](size_t index) const noexcept { return *tensors_[index]; }

 private:
  std::vector<std::unique_ptr<Tensor>> tensors_;  // a deque takes 576 bytes for one
  std::vector<const air_tensor_info *> infos_;
};

}  // namespace air::runtime
