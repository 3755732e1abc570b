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

// Integers that nobody tells more of stand for themselves.
double step_of(const air_tensor &tensor) {
  const double step = coarsest_step(tensor);
  return step > 0 || is_floating(tensor.dtype) ? step : 1;
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

bool has_ends(const Steps &range) {
  return range.low > -kEndless;
}

uint64_t n_beyond(std::span<const double> values, const Steps &range) {
  if (!has_ends(range)) return 0;
  return static_cast<uint64_t>(std::ranges::count_if(
      values, [&](double value) { return value < range.low - range.size || value > range.high + range.size; }));
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

TensorPair::TensorPair(const Values &left, const Values &right, std::vector<Reordering> ways, bool is_output,
                       uint64_t n_samples)
    : air_tensor_pair{},
      ways_(std::move(ways)),
      is_stored_(only_stored(left.tensor, right.tensor)),
      size_(n_reals(left.tensor)),
      stride_(std::max<uint64_t>(1, (size_ * n_samples + kMostPoints - 1) / kMostPoints)),
      classifies_(is_output && is_vector(left.tensor)),
      measuring_(is_stored_ ? 1 : std::max(step_of(left.tensor), step_of(right.tensor))) {
  reference = &left.tensor;
  other = &right.tensor;
  way_ = ways_.front();
  quantum = is_stored_ ? kUnknown : std::max(step_of(left.tensor), step_of(right.tensor));
  if (quantum > 0 && essential_shape(left.tensor).size() > 1) axes_ = axes_of(shape_of(*reference));
  if (is_output && !is_stored_ && essential_shape(left.tensor).size() > 1)
    kinds_.emplace(shape_of(left.tensor), quantum);
}

void TensorPair::add(const Values &left, const Values &right) {
  is_stored_ ? add_stored(left, right) : add_reals(left, right);
}

// Elements that are equal have no error. What the others are worth nobody knows.
void TensorPair::add_stored(const Values &left, const Values &right) {
  const Reals steps = stored_steps(left, right, way_);
  const Reals none(steps.size());
  measuring_.add(none, steps);
}

void TensorPair::add_reals(const Values &left, const Values &right) {
  const Reals a = real_numbers(left);
  Reals b = real_numbers(right);
  if (ways_.size() > 1) ways_ = {way_ = best_reordering(a, b, size_, ways_)};
  if (way_.layout != AIR_LAYOUT_SAME) b = reordered<double>(b, size_, way_);
  add_in_range(a, b);
  if (classifies_) n_agreeing_ += n_agreeing(a, b, size_);
  for (QuantizedInput &quantizer : quantizers_) quantizer.add(a);
  n_beyond_ += n_beyond(a, steps_of(*other).value_or(kNoEnds));
  for (Axis &axis : axes_) axis.add(a, b);
  if (kinds_) kinds_->add(a, b);
  sample_points(a, b);
  measuring_.add(a, b);
  n_added_ += a.size();
}

void TensorPair::add_in_range(std::span<const double> left, std::span<const double> right) {
  const Steps range = common_range(*reference, *other);
  if (!has_ends(range)) return;
  double sum = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!std::isfinite(left[i]) || !std::isfinite(right[i])) continue;
    const double error = std::clamp(right[i], range.low, range.high) - std::clamp(left[i], range.low, range.high);
    sum += error * error;
    ++n_in_range_;
  }
  error_2_in_range_ += sum;
}

void TensorPair::finish() {
  measured_ = measuring_.measured();
  if (is_stored_) {
    measured_.reference = measured_.other = {kUnknown, kUnknown, kUnknown, kUnknown, 0, 0};
    if (classifies_ && measured_.n_values > 0) measured_.metrics[AIR_METRIC_ACC] = 1;
    if (measured_.n_values > measured_.bins[0]) measured_.metrics.fill(kUnknown);
  } else {
    if (has_ends(common_range(*reference, *other)))
      rmse_in_range_ = n_in_range_ == 0 ? 0 : std::sqrt(error_2_in_range_ / static_cast<double>(n_in_range_));
    else
      rmse_in_range_ = measured_.metrics[AIR_METRIC_RMSE];
    const uint64_t n_samples = size_ == 0 ? 0 : n_added_ / size_;
    if (classifies_)
      measured_.metrics[AIR_METRIC_ACC] = static_cast<double>(n_agreeing_) / static_cast<double>(n_samples);
    clipped = n_added_ == 0 ? 0 : static_cast<double>(n_beyond_) / static_cast<double>(n_added_);
    find_quantizer();
    find_lost_parts();
    if (kinds_) parts_ = kinds_->parts();
  }
  describe();
}

void TensorPair::describe() {
  layout = way_.layout;
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
  n_points = points_.size() / 2;
  points = points_.data();
  mixed_axis = parts_.axis;
  n_mixed = parts_.n;
  mixed_metrics = parts_.metrics.data();
}

void TensorPair::Range::add(std::span<const double> values) {
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
}

std::vector<TensorPair::Axis> TensorPair::axes_of(std::span<const int64_t> shape) {
  std::vector<Axis> axes;
  uint64_t inner = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    const int64_t size = shape[axis];
    if (axis + 1 < shape.size()) inner *= static_cast<uint64_t>(shape[axis + 1]);
    if (size < 2 || size > kMostParts) continue;
    axes.push_back({static_cast<uint32_t>(axis), inner, std::vector<Range>(static_cast<size_t>(size)),
                    std::vector<Range>(static_cast<size_t>(size))});
  }
  return axes;
}

void TensorPair::Axis::add(std::span<const double> left, std::span<const double> right) {
  for (size_t i = 0, part = 0; i < left.size(); i += inner, part = part + 1 == ours.size() ? 0 : part + 1) {
    ours[part].add(left.subspan(i, inner));
    theirs[part].add(right.subspan(i, inner));
  }
  sums_to_1 = sums_to_1 && is_distribution(left);
}

// Whether the values along the dimension add up to 1 everywhere.
bool TensorPair::Axis::is_distribution(std::span<const double> values) const {
  const uint64_t whole = inner * ours.size();
  for (uint64_t first = 0; first < values.size(); first += whole) {
    for (uint64_t i = first; i < first + inner; ++i) {
      double sum = 0;
      for (uint64_t part = 0; part < whole; part += inner) sum += values[i + part];
      if (!(std::fabs(sum - 1) < 1e-2)) return false;
    }
  }
  return true;
}

void TensorPair::find_quantizer() {
  const auto worst = std::ranges::max_element(quantizers_, {}, &QuantizedInput::error);
  if (worst == quantizers_.end() || n_added_ == 0) return;
  quantizer = &worst->node();
  quantizer_error = worst->error();
  quantizer_min = worst->least();
  quantizer_max = worst->most();
  clipped = std::max(clipped, worst->clipped());
}

// Along the dimension where most parts are lost, but not all.
void TensorPair::find_lost_parts() {
  const double whole = measured_.reference.max - measured_.reference.min;
  for (const Axis &axis : axes_) {
    if (axis.sums_to_1) continue;  // small parts are what it is about
    uint32_t lost = 0;
    for (size_t part = 0; part < axis.ours.size(); ++part) {
      if (axis.theirs[part].width() == 0 && axis.ours[part].width() > kLeastRange * whole) ++lost;
    }
    if (lost <= n_lost || lost == axis.ours.size()) continue;
    n_lost = lost;
    n_parts = static_cast<uint32_t>(axis.ours.size());
    lost_axis = axis.index;
  }
}

void TensorPair::sample_points(std::span<const double> left, std::span<const double> right) {
  const uint64_t next = (n_added_ + stride_ - 1) / stride_ * stride_;
  for (size_t i = next - n_added_; i < left.size(); i += stride_) {
    points_.push_back(left[i]);
    points_.push_back(right[i]);
  }
}

void TensorPair::apply(std::span<const air_limit> limits) {
  broken = 0;
  for (const air_limit &limit : limits) {
    if (breaks(limit, metric(limit.metric))) broken |= 1U << limit.metric;
  }
}

}  // namespace air
