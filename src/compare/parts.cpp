// SPDX-License-Identifier: BSD-3-Clause
// An output that mixes kinds: metrics of each of its parts.
#include "compare/parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace air {
namespace {

constexpr int64_t kMostParts = 1024;
constexpr double kOtherKind = 32;  // times the range of another part: more than channels of one kind differ by

// A dimension: `size` parts, whose values are `inner` apart.
struct Axis {
  uint32_t index;
  uint64_t size, inner;

  size_t part_of(size_t i) const { return i / inner % size; }
};

std::vector<Axis> axes_of(std::span<const int64_t> shape) {
  std::vector<Axis> axes;
  uint64_t inner = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[i]);
    if (shape[i] > 1 && shape[i] <= kMostParts) axes.push_back({static_cast<uint32_t>(i), size, inner});
    inner *= size;
  }
  return axes;
}

// Whether the values along a dimension add up to 1 everywhere: small ones are what it is about.
bool is_distribution(const Axis &axis, std::span<const double> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (axis.part_of(i) != 0) continue;
    double sum = 0;
    for (uint64_t part = 0; part < axis.size; ++part) sum += values[i + part * axis.inner];
    if (!(std::fabs(sum - 1) < 1e-2)) return false;
  }
  return true;
}

// The largest magnitude of a part, relative to that of the smallest which is not nothing.
double disparity(const Axis &axis, std::span<const double> values) {
  std::vector<double> magnitudes(axis.size);
  for (size_t i = 0; i < values.size(); ++i) {
    double &magnitude = magnitudes[axis.part_of(i)];
    if (std::isfinite(values[i])) magnitude = std::max(magnitude, std::fabs(values[i]));
  }
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const double magnitude : magnitudes) {
    if (magnitude > 0) least = std::min(least, magnitude);
    most = std::max(most, magnitude);
  }
  return most / least;
}

}  // namespace

Parts parts_of(std::span<const int64_t> shape, std::span<const double> reference, std::span<const double> other,
               double quantum) {
  Parts parts;
  const std::vector<Axis> axes = axes_of(shape);
  const Axis *mixing = nullptr;
  double most = kOtherKind;
  for (const Axis &axis : axes) {
    const double found = disparity(axis, reference);
    if (!(found > most) || is_distribution(axis, reference)) continue;
    mixing = &axis;
    most = found;
  }
  if (mixing == nullptr) return parts;
  std::vector<std::vector<double>> ours(mixing->size), theirs(mixing->size);
  for (size_t i = 0; i < reference.size(); ++i) {
    ours[mixing->part_of(i)].push_back(reference[i]);
    theirs[mixing->part_of(i)].push_back(other[i]);
  }
  parts.axis = mixing->index;
  parts.n = static_cast<uint32_t>(mixing->size);
  for (size_t part = 0; part < mixing->size; ++part) {
    const Measured measured = measure(ours[part], theirs[part], quantum);
    parts.metrics.insert(parts.metrics.end(), measured.metrics.begin(), measured.metrics.end());
  }
  return parts;
}

}  // namespace air
