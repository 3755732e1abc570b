// SPDX-License-Identifier: BSD-3-Clause
// Tensors of two models as series of real numbers in one order.
#include "tensors.h"

#include <algorithm>

#include "convert.h"
#include "metrics.h"
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

}  // namespace

uint64_t n_reals(const air_tensor_info &info) {
  return checked_product(shape_of(info));
}

Reals real_numbers(const Values &values) {
  const uint64_t size = n_reals(values.info);
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

std::vector<Reordering> reorderings(const air_tensor_info &reference, const air_tensor_info &other) {
  const Shape to = essential_shape(reference);
  const Shape from = essential_shape(other);
  std::vector<Reordering> ways;
  if (from == to) ways.push_back({});
  if (to.size() < 2 || to.size() != from.size()) return ways;
  if (channels_last(from) == to) ways.push_back({AIR_LAYOUT_FROM_CHANNEL_FIRST, size_of(from.front())});
  if (channels_last(to) == from) ways.push_back({AIR_LAYOUT_FROM_CHANNEL_LAST, size_of(from.back())});
  if (ways.size() > 1 && declared_to_differ(reference, other)) {
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
  if (way.layout == AIR_LAYOUT_SAME || way.n_channels == 0 || size == 0) return result;
  const uint64_t n_places = size / way.n_channels;
  const bool channel_first = way.layout == AIR_LAYOUT_FROM_CHANNEL_FIRST;
  for (uint64_t begin = 0; begin < values.size(); begin += size) {
    for (uint64_t place = 0; place < n_places; ++place) {
      for (uint64_t channel = 0; channel < way.n_channels; ++channel) {
        const uint64_t last = begin + place * way.n_channels + channel;
        const uint64_t first = begin + channel * n_places + place;
        channel_first ? result[last] = values[first] : result[first] = values[last];
      }
    }
  }
  return result;
}

Reordering best_reordering(std::span<const double> reference, std::span<const double> other, uint64_t size,
                           const std::vector<Reordering> &ways) {
  constexpr double kClearly = 0.9;
  Reordering best = ways.front();
  if (ways.size() == 1) return best;
  double least = relative_error(reference, reordered<double>(other, size, best));
  for (const Reordering &way : std::span(ways).subspan(1)) {
    const double error = relative_error(reference, reordered<double>(other, size, way));
    if (error >= kClearly * least) continue;
    best = way;
    least = error;
  }
  return best;
}

template std::vector<float> reordered(std::span<const float>, uint64_t, const Reordering &);
template std::vector<double> reordered(std::span<const double>, uint64_t, const Reordering &);

}  // namespace air
