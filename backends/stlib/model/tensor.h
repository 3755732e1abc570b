// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors, from what a model library says of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "airunner_backend.hpp"

namespace air::stlib {

// What a model library says about a tensor, copied and in the order of the user.
struct TensorSpec {
  std::string name;
  std::string tag;
  uint32_t format = 0;
  uint32_t flags = 0;          // AIR_TENSOR_... bits
  std::vector<int64_t> shape;  // of one sample: see set_shape()
  std::vector<float> scales;
  std::vector<int32_t> zero_points;

  // Takes the shape of the model library. A batch of 1 in front goes; without one the shape is that of a sample as it is.
  void set_shape(std::vector<int64_t> whole, bool has_batch = true);
};

// As it is given out, and what is told otherwise or not at all.
struct Tensor : backend::Tensor {
  uint32_t format = 0;
  uint64_t size_bytes = 0;  // of one sample
};

// Throws AIR_ERROR_INVALID_MODEL or _UNSUPPORTED, naming the tensor, for formats and shapes that cannot be handled.
Tensor make_tensor(TensorSpec spec);

// Adds properties with the format words.
void add_formats(backend::Properties &properties, const std::vector<Tensor> &tensors);

// Most dimensions accepted; real models have up to 6.
inline constexpr uint32_t kMaxRank = 16;

// Description of `bytes` of raw memory, as ST's `mempools`.
Tensor make_pool(std::string name, std::string tag, uint64_t bytes);

}  // namespace air::stlib
