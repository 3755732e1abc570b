// SPDX-License-Identifier: BSD-3-Clause
// Two tensors compared.
#include "tensor_pair.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace air {
namespace {

constexpr uint64_t kMostPoints = 512;

// What one step of the stored integers is worth, the coarsest channel's; 0 for floating point.
double step_of(const air_tensor_info &info) {
  if (!has_steps(info)) return 0;
  if (info.encoding == AIR_ENCODING_FIXED_POINT) return std::ldexp(1.0, -info.fraction_bits);
  double largest = 0;
  for (uint32_t i = 0; i < info.n_scales; ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(info.scales[i])));
  return largest > 0 ? largest : 1;
}

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

// The numbers that a tensor of 8 or 16 bits with one scale can represent.
Range range_of(const air_tensor_info &info) {
  const uint32_t size = air_dtype_size(info.dtype);
  if (info.encoding != AIR_ENCODING_QUANTIZED || info.n_scales != 1 || size > 2) return {};
  const bool is_signed = info.dtype == AIR_DTYPE_INT8 || info.dtype == AIR_DTYPE_INT16;
  const double n_values = std::ldexp(1.0, static_cast<int>(8 * size));
  const double lowest = is_signed ? -n_values / 2 : 0;
  const double scale = static_cast<double>(info.scales[0]);
  return {(lowest - info.zero_points[0]) * scale, (lowest + n_values - 1 - info.zero_points[0]) * scale};
}

Range common_range(const air_tensor_info &a, const air_tensor_info &b) {
  const Range of_a = range_of(a);
  const Range of_b = range_of(b);
  const Range both{std::max(of_a.low, of_b.low), std::min(of_a.high, of_b.high)};
  return both.low < both.high ? both : Range{};
}

double rmse_within(std::span<const double> reference, std::span<const double> other, const Range &range) {
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

bool breaks(const air_limit &limit, double value) {
  if (limit.metric == AIR_METRIC_MEAN) value = std::fabs(value);
  return value < limit.min || value > limit.max;  // neither for NaN
}

}  // namespace

bool has_steps(const air_tensor_info &info) {
  return info.dtype != AIR_DTYPE_FLOAT16 && info.dtype != AIR_DTYPE_FLOAT32 && info.dtype != AIR_DTYPE_FLOAT64;
}

TensorPair::TensorPair(const Values &left, const Values &right, const std::vector<Reordering> &ways, bool classifies)
    : air_tensor_pair{} {
  const uint64_t size = n_reals(left.info);
  const Reals a = real_numbers(left);
  Reals b = real_numbers(right);
  const Reordering way = best_reordering(a, b, size, ways);
  b = reordered<double>(b, size, way);
  struct_size = sizeof(air_tensor_pair);
  layout = way.layout;
  reference = &left.info;
  other = &right.info;
  quantum = std::max(step_of(left.info), step_of(right.info));
  measured_ = measure(a, b, quantum);
  rmse_in_range_ = rmse_within(a, b, common_range(left.info, right.info));
  if (classifies && size > 1 && essential_shape(left.info).size() == 1) {
    measured_.metrics[AIR_METRIC_ACC] = agreement(a, b, size);
  }
  sample_points(a, b);
  n_values = measured_.n_values;
  n_not_finite = measured_.n_not_finite;
  n_metrics = kMetrics;
  metrics = measured_.metrics.data();
  max_error_index = measured_.max_error_index;
  reference_values = measured_.reference;
  other_values = measured_.other;
  error_unit = quantum > 0 ? AIR_UNIT_QUANTUM : AIR_UNIT_ULP;
  n_bins = kBins;
  bin_limits = air::bin_limits().data();
  bins = measured_.bins.data();
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
