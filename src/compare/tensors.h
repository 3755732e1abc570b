// SPDX-License-Identifier: BSD-3-Clause
// Tensors of two models as series of real numbers in one order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "airunner.h"

namespace air {

// The values of one tensor in a capture.
struct Values {
  const air_tensor_info &info;
  const void *data;  // n_samples * info.size_bytes
  uint64_t n_samples;
};

using Reals = std::vector<double>;

// All samples one after the other.
Reals real_numbers(const Values &values);

// Logical elements of one sample.
uint64_t n_reals(const air_tensor_info &info);
// The dimensions of a sample that are not 1.
std::vector<int64_t> essential_shape(const air_tensor_info &info);

// "x (1, 4), y (1, 2)"
std::string tensors_text(const air_tensor_info *const *tensors, uint32_t count);

// A way from the order of another tensor to that of the reference.
struct Reordering {
  air_layout layout = AIR_LAYOUT_SAME;
  uint64_t n_channels = 1;
};

// The ways that the shapes allow, the most likely first; none where the one cannot be the other.
std::vector<Reordering> reorderings(const air_tensor_info &reference, const air_tensor_info &other);
// Also where just the number of elements is the same, as behind a flattening.
std::vector<Reordering> loose_reorderings(const air_tensor_info &reference, const air_tensor_info &other);

// Applies a way to each sample of `size` values.
template <class Real>
std::vector<Real> reordered(std::span<const Real> values, uint64_t size, const Reordering &way);

constexpr uint64_t kMostCompared = 16'384;

// norm(other - reference) / norm(reference) of finite values, with `other` reordered; 0 for equal ones, infinite where the reference is
// all zero or nothing is finite. Of large tensors `most` values, spread evenly, are enough.
double relative_error(std::span<const double> reference, std::span<const double> other, uint64_t size,
                      const Reordering &way, uint64_t most = kMostCompared);

// The way that brings `other` closest to `reference`; the first unless another is clearly better.
Reordering best_reordering(std::span<const double> reference, std::span<const double> other, uint64_t size,
                           const std::vector<Reordering> &ways, uint64_t most = kMostCompared);

}  // namespace air
