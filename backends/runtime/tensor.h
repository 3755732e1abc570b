// SPDX-License-Identifier: BSD-3-Clause
// Descriptions of tensors as runtimes tell of them: with the dimension of the samples in their shapes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "runtime/shapes.h"

namespace air::runtime {

// What real = (q - zero_point) * scale of a quantized tensor is.
struct Quantization {
  std::vector<float> scales;         // none: nobody knows
  std::vector<int32_t> zero_points;  // as many, one for all, or none
  int32_t axis = -1;                 // of the model's own shape, which scales run along; negative: from the end
  uint32_t block = 0;                // elements along it that share a scale; 0 is 1
};

// One sample of a tensor: a first dimension of 1 is that of the samples. Scales that do not fit are unknown; `quantization` NULL: there is
// none. Throws INVALID_MODEL, naming the tensor, for shapes that cannot be.
backend::Tensor describe_tensor(std::string name, air_dtype dtype, const Shape &shape,
                                const Quantization *quantization);

// The part of the model's own shape that `tensor` has: all of it, or all but the dimension of the samples.
std::span<const int64_t> of_one_sample(const backend::Tensor &tensor, std::span<const int64_t> shape);

// Two of these share a byte.
bool is_half_a_byte(air_dtype dtype) noexcept;

// Whether each dimension is known before a run.
bool is_static(std::span<const int64_t> shape) noexcept;

// Whether a shape is one of those that `described`, with -1 for any, stands for.
bool matches(std::span<const int64_t> shape, std::span<const int64_t> described) noexcept;

// Bytes of a tensor; nothing where a dimension is not known, or for more than 64 bits can count.
std::optional<uint64_t> size_of(air_dtype dtype, std::span<const int64_t> shape) noexcept;

// Of an odd number of elements of half a byte the last one fills its byte with 0, which runtimes leave as it was.
void clear_last_half(air_dtype dtype, std::span<const int64_t> shape, void *data) noexcept;

// What a kernel computes in, as far as its inputs and outputs tell: the one type of those that are no indices or shapes; else NONE.
air_dtype computing_type(std::span<const air_dtype> types) noexcept;

}  // namespace air::runtime
