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

}  // namespace

Kinds::Kinds(std::span<const int64_t> shape, double quantum) {
  uint64_t inner = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[i]);
    if (shape[i] > 1 && shape[i] <= kMostParts) {
      axes_.push_back({static_cast<uint32_t>(i), inner, std::vector<Measuring>(size, Measuring(quantum)),
                       std::vector<double>(size)});
    }
    inner *= size;
  }
}

// Whether the values along a dimension add up to 1 everywhere: small ones are what it is about.
bool Kinds::Axis::is_distribution(std::span<const double> values) const {
  for (size_t i = 0; i < values.size(); ++i) {
    if (part_of(i) != 0) continue;
    double sum = 0;
    for (uint64_t part = 0; part < parts.size(); ++part) sum += values[i + part * inner];
    if (!(std::fabs(sum - 1) < 1e-2)) return false;
  }
  return true;
}

// The largest magnitude of a part, relative to that of the smallest which is not nothing.
double Kinds::Axis::disparity() const {
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const double magnitude : magnitudes) {
    if (magnitude > 0) least = std::min(least, magnitude);
    most = std::max(most, magnitude);
  }
  return most / least;
}

void Kinds::Axis::add(std::span<const double> reference, std::span<const double> other) {
  std::vector<std::vector<double>> ours(parts.size()), theirs(parts.size());
  for (size_t i = 0; i < reference.size(); ++i) {
    const size_t part = part_of(i);
    if (std::isfinite(reference[i])) magnitudes[part] = std::max(magnitudes[part], std::fabs(reference[i]));
    ours[part].push_back(reference[i]);
    theirs[part].push_back(other[i]);
  }
  for (size_t part = 0; part < parts.size(); ++part) parts[part].add(ours[part], theirs[part]);
  sums_to_1 = sums_to_1 && is_distribution(reference);
}

void Kinds::add(std::span<const double> reference, std::span<const double> other) {
  for (Axis &axis : axes_) axis.add(reference, other);
}

Parts Kinds::parts() const {
  Parts parts;
  const Axis *mixing = nullptr;
  double most = kOtherKind;
  for (const Axis &axis : axes_) {
    const double found = axis.disparity();
    if (!(found > most) || axis.sums_to_1) continue;
    mixing = &axis;
    most = found;
  }
  if (mixing == nullptr) return parts;
  parts.axis = mixing->index;
  parts.n = static_cast<uint32_t>(mixing->parts.size());
  for (const Measuring &part : mixing->parts) {
    const Measured measured = part.measured();
    parts.metrics.insert(parts.metrics.end(), measured.metrics.begin(), measured.metrics.end());
  }
  return parts;
}

}  // namespace air
