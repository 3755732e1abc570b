// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors (air_tensor_info) together with the memory they point to.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "airunner_backend.h"

namespace air::stlib {

// What a library says about a tensor, copied and in the order of the user.
struct TensorSpec {
  std::string name;
  std::string tag;
  uint32_t format = 0;
  uint32_t flags = 0;  // AIR_TENSOR_... bits
  std::vector<int64_t> shape;
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  uint64_t address = 0;
};

class Tensor {
 public:
  // Throws AIR_ERROR_INVALID_MODEL or _UNSUPPORTED, naming the tensor, for formats and shapes that cannot be handled.
  explicit Tensor(TensorSpec spec);
  Tensor(const Tensor &) = delete;
  Tensor &operator=(const Tensor &) = delete;

  const air_tensor_info &info() const noexcept { return info_; }

 private:
  void set_size();
  void set_quantization();

  TensorSpec spec_;
  std::vector<int64_t> storage_shape_;
  air_tensor_info info_{};
};

// Tensors whose addresses stay the same while more are added.
class TensorList {
 public:
  const Tensor &add(TensorSpec spec);

  uint32_t size() const noexcept { return static_cast<uint32_t>(infos_.size()); }
  const air_tensor_info *const *infos() const noexcept { return infos_.data(); }
  const air_tensor_info &operator[](size_t index) const noexcept { return *infos_[index]; }

 private:
  std::deque<Tensor> tensors_;
  std::vector<const air_tensor_info *> infos_;
};

// Most dimensions accepted; real models have up to 6.
inline constexpr uint32_t kMaxRank = 16;

// Description of `bytes` of raw memory, as ST's `mempools`.
TensorSpec pool_spec(std::string name, std::string tag, uint64_t bytes);

// "(1, 28, 28, 1)".
std::string shape_text(std::span<const int64_t> shape);

}  // namespace air::stlib
