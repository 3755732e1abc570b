// SPDX-License-Identifier: BSD-3-Clause
// Tensors of two models as series of real numbers in one order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "airunner_report.h"
#include "common/shape.h"
#include "common/steps.h"

namespace air {

// The values of one tensor of a result.
struct Values {
  const air_tensor &tensor;
  const void *data;  // n_samples * tensor.size_bytes
  uint64_t n_samples;
};

// `count` of them from `first` on.
Values samples_of(const Values &values, uint64_t first, uint64_t count);

using Reals = std::vector<double>;

// All samples one after the other. Fails as air_dequantize_double() does.
Reals real_numbers(const Values &values);

// Whether nobody knows which real numbers one of them has: then only their elements can be compared, as they are stored.
bool only_stored(const air_tensor &a, const air_tensor &b);
// Whether elements of the one, as they are stored, mean what those of the other do, as far as is known.
bool stored_alike(const air_tensor &a, const air_tensor &b);

// Logical elements of one sample.
uint64_t n_reals(const air_tensor &tensor);
// The dimensions of a sample that are not 1.
std::vector<int64_t> essential_shape(const air_tensor &tensor);
// What one step of the stored integers is worth, the coarsest channel's; 0 for floating point, and where nobody tells.
double coarsest_step(const air_tensor &tensor);

// "(1, 28, 28, 1)", with one sample in front.
std::string shape_text(const air_tensor &tensor);
// "x (1, 4), y (1, 2)"
std::string tensors_text(std::span<const air_tensor *const> tensors);

// For each tensor the index of its partner among as many others: by name where all names agree, else in order.
std::vector<uint32_t> partners(std::span<const air_tensor *const> tensors, std::span<const air_tensor *const> others);

// A way from the order of another tensor to that of the reference.
struct Reordering {
  air_layout layout = AIR_LAYOUT_SAME;
  uint64_t n_channels = 1;
};

// The way back.
Reordering inverse(const Reordering &way);

// The ways that the shapes allow, the most likely first; none where the one cannot be the other.
std::vector<Reordering> reorderings(const air_tensor &reference, const air_tensor &other);
// Also where just the number of elements is the same, as behind a flattening.
std::vector<Reordering> loose_reorderings(const air_tensor &reference, const air_tensor &other);

// Those of several that are in a known order; all where there is none of it, or none is known.
std::vector<Reordering> known_ways(std::vector<Reordering> ways, std::optional<air_layout> known);

// Applies a way to each sample of `size` values.
template <class Real>
std::vector<Real> reordered(std::span<const Real> values, uint64_t size, const Reordering &way);

// The real numbers of `count` samples from `first` on.
Reals in_order_of(const Reordering &way, const Values &values, uint64_t first, uint64_t count);

// How far stored elements are apart, in steps of their type; 0 for equal ones only. None unless both are stored alike.
Reals stored_steps(const Values &reference, const Values &other, const Reordering &way);

constexpr uint64_t kMostCompared = 16'384;

// norm(other - reference) / norm(reference) of finite values, with `other` reordered; 0 for equal ones, infinite where the reference is
// all zero or nothing is finite. Of large tensors `most` values, spread evenly, are enough.
double relative_error(std::span<const double> reference, std::span<const double> other, uint64_t size,
                      const Reordering &way, uint64_t most = kMostCompared);

// At most `most` values of the first sample, those that relative_error() looks at, or all of as many samples as make no more: as the reference's, or of
// the other side with its way to the reference.
Reals spread_reals(const Values &values, const Reordering &way, uint64_t most);

// The way that brings `other` closest to `reference`; the first unless another is clearly better.
Reordering best_reordering(std::span<const double> reference, std::span<const double> other, uint64_t size,
                           const std::vector<Reordering> &ways, uint64_t most = kMostCompared);

}  // namespace air
