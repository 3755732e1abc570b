// SPDX-License-Identifier: BSD-3-Clause
// Two tensors compared.
#include "compare/tensor_pair.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/dtype.h"
#include "common/tensor_facts.h"

namespace air {
namespace {

constexpr uint64_t kMostPoints = 512;

// What one step of the stored integers is worth, the coarsest channel's; 0 for floating point.
double step_of(const air_tensor &tensor) {
  if (is_floating(tensor.dtype)) return 0;
  double largest = 0;
  for (const float scale : scales_of(tensor)) largest = std::max(largest, std::fabs(static_cast<double>(scale)));
  return largest > 0 ? largest : 1;
}

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr Steps kNoEnds{0, -kEndless, kEndless};

// The numbers that both can represent.
Steps common_range(const air_tensor &a, const air_tensor &b) {
  const Steps of_a = steps_of(a).value_or(kNoEnds);
  const Steps of_b = steps_of(b).value_or(kNoEnds);
  const Steps both{0, std::max(of_a.low, of_b.low), std::min(of_a.high, of_b.high)};
  return both.low < both.high ? both : kNoEnds;
}

double rmse_within(std::span<const double> reference, std::span<const double> other, const Steps &range) {
  double sum = 0;
  uint64_t count = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    if (!std::isfinite(reference[i]) || !std::isfinite(other[i])) continue;
    const double error = std::clamp(other[i], range.low, range.high) - std::clamp(reference[i], range.low, range.high);
    sum += error * error;
    ++count;
  }
  return count == 0 ? 0 : std::sqrt(sum / static_cast<double>(count));
}

double part_beyond(std::span<const double> values, const Steps &range) {
  const auto n = std::ranges::count_if(
      values, [&](double value) { return value < range.low - range.size || value > range.high + range.size; });
  return values.empty() ? 0 : static_cast<double>(n) / static_cast<double>(values.size());
}

struct Range {
  double least = kEndless, most = -kEndless;

  void add(double value) {
    if (!std::isfinite(value)) return;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  double width() const { return most > least ? most - least : 0; }
};

// Whether the values along a dimension of `size` add up to 1 everywhere.
bool is_distribution(std::span<const double> values, uint64_t inner, uint64_t size) {
  for (uint64_t i = 0; i < values.size(); ++i) {
    if (i / inner % size != 0) continue;
    double sum = 0;
    for (uint64_t part = 0; part < size; ++part) sum += values[i + part * inner];
    if (!(std::fabs(sum - 1) < 1e-2)) return false;
  }
  return true;
}

constexpr int64_t kMostParts = 1024;
constexpr double kLeastRange = 1e-4;  // of a part, relative to the whole: less may be nothing

bool is_vector(const air_tensor &tensor) {
  return n_reals(tensor) > 1 && essential_shape(tensor).size() == 1;
}

bool breaks(const air_limit &limit, double value) {
  if (limit.metric == AIR_METRIC_MEAN) value = std::fabs(value);
  return value < limit.min || value > limit.max;  // neither for NaN
}

}  // namespace

TensorPair::TensorPair(const Values &left, const Values &right, const std::vector<Reordering> &ways, bool is_output)
    : air_tensor_pair{} {
  reference = &left.tensor;
  other = &right.tensor;
  if (only_stored(left.tensor, right.tensor)) {
    measure_stored(left, right, ways.front(), is_output && is_vector(left.tensor));
  } else {
    measure_reals(left, right, ways, is_output);
  }
  n_values = measured_.n_values;
  n_not_finite = measured_.n_not_finite;
  n_metrics = kMetrics;
  metrics = measured_.metrics.data();
  max_error_index = measured_.max_error_index;
  reference_values = measured_.reference;
  other_values = measured_.other;
  error_unit = quantum == 0 ? AIR_UNIT_ULP : AIR_UNIT_QUANTUM;
  n_bins = kBins;
  bin_limits = air::bin_limits().data();
  bins = measured_.bins.data();
  mixed_axis = parts_.axis;
  n_mixed = parts_.n;
  mixed_metrics = parts_.metrics.data();
}

// Elements that are equal have no error. What the others are worth nobody knows.
void TensorPair::measure_stored(const Values &left, const Values &right, const Reordering &way, bool classifies) {
  way_ = way;
  layout = way.layout;
  quantum = kUnknown;
  const Reals steps = stored_steps(left, right, way);
  const Reals none(steps.size());
  measured_ = measure(none, steps, 1);
  measured_.reference = measured_.other = {kUnknown, kUnknown, kUnknown, kUnknown, 0, 0};
  if (classifies && !steps.empty()) measured_.metrics[AIR_METRIC_ACC] = 1;
  if (measured_.n_values > measured_.bins[0]) measured_.metrics.fill(kUnknown);
}

void TensorPair::measure_reals(const Values &left, const Values &right, const std::vector<Reordering> &ways,
                               bool is_output) {
  const uint64_t size = n_reals(left.tensor);
  const Reals a = real_numbers(left);
  Reals b = real_numbers(right);
  way_ = best_reordering(a, b, size, ways);
  b = reordered<double>(b, size, way_);
  layout = way_.layout;
  quantum = std::max(step_of(left.tensor), step_of(right.tensor));
  measured_ = measure(a, b, quantum);
  rmse_in_range_ = rmse_within(a, b, common_range(left.tensor, right.tensor));
  if (is_output && is_vector(left.tensor)) measured_.metrics[AIR_METRIC_ACC] = agreement(a, b, size);
  clipped = part_beyond(a, steps_of(right.tensor).value_or(kNoEnds));
  if (quantum > 0 && essential_shape(left.tensor).size() > 1) find_lost_parts(a, b);
  if (is_output && essential_shape(left.tensor).size() > 1) parts_ = parts_of(shape_of(left.tensor), a, b, quantum);
  sample_points(a, b);
}

// Along the dimension where most parts are lost, but not all.
void TensorPair::find_lost_parts(std::span<const double> left, std::span<const double> right) {
  const std::span<const int64_t> shape = shape_of(*reference);
  Range whole;
  for (const double value : left) whole.add(value);
  uint64_t inner = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    const int64_t size = shape[axis];
    if (axis + 1 < shape.size()) inner *= static_cast<uint64_t>(shape[axis + 1]);
    if (size < 2 || size > kMostParts) continue;
    std::vector<Range> ours(static_cast<size_t>(size)), theirs(static_cast<size_t>(size));
    for (size_t i = 0; i < left.size(); ++i) {
      const size_t part = i / inner % static_cast<uint64_t>(size);
      ours[part].add(left[i]);
      theirs[part].add(right[i]);
    }
    if (is_distribution(left, inner, ours.size())) continue;  // small parts are what it is about
    uint32_t lost = 0;
    for (size_t part = 0; part < ours.size(); ++part) {
      if (theirs[part].width() == 0 && ours[part].width() > kLeastRange * whole.width()) ++lost;
    }
    if (lost <= n_lost || lost == ours.size()) continue;
    n_lost = lost;
    n_parts = static_cast<uint32_t>(size);
    lost_axis = static_cast<uint32_t>(axis);
  }
}

void TensorPair::sample_points(std::span<const double> left, std::span<const double> right) {
  const uint64_t stride = std::max<uint64_t>(1, (left.size() + kMostPoints - 1) / kMostPoints);
  for (size_t i = 0; i < left.size(); i += stride) {
    points_.push_back(left[i]);
    points_.push_back(right[i]);
  }
  n_points = points_.size() / 2;
  points = points_.data();
}

void TensorPair::apply(std::span<const air_limit> limits) {
  broken = 0;
  for (const air_limit &limit : limits) {
    if (breaks(limit, metric(limit.metric))) broken |= 1U << limit.metric;
  }
}

}  // namespace air
