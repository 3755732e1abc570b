// SPDX-License-Identifier: BSD-3-Clause
// Tensors of two models as series of real numbers in one order.
#include "tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "convert.h"
#include "tensor.h"

namespace air {
namespace {

using Shape = std::vector<int64_t>;

// (C, H, W) to (H, W, C).
Shape channels_last(Shape shape) {
  if (!shape.empty()) std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  return shape;
}

// Whether both tensors declare their order, and not the same.
bool declared_to_differ(const air_tensor_info &a, const air_tensor_info &b) {
  constexpr uint32_t both = AIR_TENSOR_CHANNEL_FIRST | AIR_TENSOR_CHANNEL_LAST;
  return (a.flags & both) != 0 && (b.flags & both) != 0 && (a.flags & both) != (b.flags & both);
}

uint64_t size_of(int64_t dimension) {
  return static_cast<uint64_t>(dimension);
}

// As a tensor declares them.
uint64_t n_channels(const air_tensor_info &info) {
  if (info.rank < 2) return 1;
  return size_of(info.shape[(info.flags & AIR_TENSOR_CHANNEL_FIRST) != 0 ? 1 : info.rank - 1]);
}

// Where the value that belongs to a place of the result comes from.
uint64_t source_of(uint64_t index, uint64_t size, const Reordering &way) {
  if (way.layout == AIR_LAYOUT_SAME) return index;
  const uint64_t place = index % size;
  const uint64_t n_rows = way.layout == AIR_LAYOUT_FROM_CHANNEL_FIRST ? way.n_channels : size / way.n_channels;
  return index - place + place % n_rows * (size / n_rows) + place / n_rows;
}

}  // namespace

uint64_t n_reals(const air_tensor_info &info) {
  return checked_product(shape_of(info));
}

Reals real_numbers(const Values &values) {
  const uint64_t size = n_reals(values.info);
  if (size == 0) return {};
  Reals reals(checked_size(size, values.n_samples));
  const auto *bytes = static_cast<const unsigned char *>(values.data);
  for (uint64_t sample = 0; sample < values.n_samples; ++sample) {
    dequantize_sample(values.info, bytes + sample * values.info.size_bytes, reals.data() + sample * size);
  }
  return reals;
}

Shape essential_shape(const air_tensor_info &info) {
  Shape shape;
  std::copy_if(info.shape, info.shape + info.rank, std::back_inserter(shape), [](int64_t d) { return d != 1; });
  return shape;
}

std::string tensors_text(const air_tensor_info *const *tensors, uint32_t count) {
  std::string text;
  for (const air_tensor_info *tensor : std::span(tensors, count)) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", tensor->name, shape_text(shape_of(*tensor)));
  }
  return text.empty() ? "none" : text;
}

std::vector<Reordering> reorderings(const air_tensor_info &reference, const air_tensor_info &other) {
  const Shape to = essential_shape(reference);
  const Shape from = essential_shape(other);
  std::vector<Reordering> ways;
  if (from == to) ways.push_back({});
  if (to.size() < 2 || to.size() != from.size()) return ways;
  if (channels_last(from) == to) ways.push_back({AIR_LAYOUT_FROM_CHANNEL_FIRST, size_of(from.front())});
  if (channels_last(to) == from) ways.push_back({AIR_LAYOUT_FROM_CHANNEL_LAST, size_of(from.back())});
  // With one channel both orders are the same, although a square picture could be turned.
  if (ways.size() > 1 && declared_to_differ(reference, other) && n_channels(reference) > 1 && n_channels(other) > 1) {
    const bool first = (other.flags & AIR_TENSOR_CHANNEL_FIRST) != 0;
    const air_layout declared = first ? AIR_LAYOUT_FROM_CHANNEL_FIRST : AIR_LAYOUT_FROM_CHANNEL_LAST;
    std::stable_partition(ways.begin(), ways.end(), [&](const Reordering &way) { return way.layout == declared; });
  }
  return ways;
}

std::vector<Reordering> loose_reorderings(const air_tensor_info &reference, const air_tensor_info &other) {
  std::vector<Reordering> ways = reorderings(reference, other);
  if (!ways.empty() || n_reals(reference) != n_reals(other)) return ways;
  ways.push_back({});
  const Shape to = essential_shape(reference);
  const Shape from = essential_shape(other);
  if (from.size() > 1) {
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_FIRST, size_of(from.front())});
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_LAST, size_of(from.back())});
  } else if (to.size() > 1) {
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_FIRST, size_of(to.back())});
    ways.push_back({AIR_LAYOUT_FROM_CHANNEL_LAST, size_of(to.front())});
  }
  return ways;
}

template <class Real>
std::vector<Real> reordered(std::span<const Real> values, uint64_t size, const Reordering &way) {
  std::vector<Real> result(values.begin(), values.end());
  if (way.layout == AIR_LAYOUT_SAME) return result;
  for (uint64_t i = 0; i < result.size(); ++i) result[i] = values[source_of(i, size, way)];
  return result;
}

double relative_error(std::span<const double> reference, std::span<const double> other, uint64_t size,
                      const Reordering &way, uint64_t most) {
  constexpr uint64_t prime = 2654435761;  // its multiples are spread over any range
  const uint64_t count = std::min<uint64_t>(most, reference.size());
  double error_2 = 0;
  double reference_2 = 0;
  bool any_finite = count == 0;
  for (uint64_t k = 0; k < count; ++k) {
    const uint64_t i = count < most ? k : k * prime % reference.size();
    const double r = reference[i];
    const double o = other[source_of(i, size, way)];
    if (!std::isfinite(r) || !std::isfinite(o)) continue;
    any_finite = true;
    error_2 += (o - r) * (o - r);
    reference_2 += r * r;
  }
  if (error_2 == 0 && any_finite) return 0;
  return reference_2 > 0 ? std::sqrt(error_2 / reference_2) : std::numeric_limits<double>::infinity();
}

Reordering best_reordering(std::span<const double> reference, std::span<const double> other, uint64_t size,
                           const std::vector<Reordering> &ways, uint64_t most) {
  constexpr double clearly = 0.9;
  Reordering best = ways.front();
  if (ways.size() == 1) return best;
  double least = relative_error(reference, other, size, best, most);
  for (const Reordering &way : std::span(ways).subspan(1)) {
    const double error = relative_error(reference, other, size, way, most);
    if (error >= clearly * least) continue;
    best = way;
    least = error;
  }
  return best;
}

template std::vector<float> reordered(std::span<const float>, uint64_t, const Reordering &);
template std::vector<double> reordered(std::span<const double>, uint64_t, const Reordering &);

}  // namespace air
