// SPDX-License-Identifier: BSD-3-Clause
// The error between two series of real numbers, measured.
#include "compare/metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace air {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Position of a number among all float32 numbers.
int64_t place_of(double value) {
  constexpr double largest = std::numeric_limits<float>::max();
  const auto bits = std::bit_cast<int32_t>(static_cast<float>(std::clamp(value, -largest, largest)));
  return bits >= 0 ? int64_t{bits} : int64_t{std::numeric_limits<int32_t>::min()} - int64_t{bits};
}

size_t bin_of(double error) {
  if (error <= 0) return 0;
  if (error <= 0.5) return 1;
  if (error >= bin_limits().back()) return kBins - 1;
  return std::min(kBins - 1, static_cast<size_t>(2 + std::ceil(std::log2(error))));
}

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

// Mean and deviation in two passes, as numpy does.
air_value_summary summary(std::span<const double> values) {
  air_value_summary result{
      std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), 0, 0, 0, 0};
  uint64_t count = 0;
  for (const double value : values) {
    result.n_nan += std::isnan(value) ? 1 : 0;
    result.n_inf += std::isinf(value) ? 1 : 0;
    if (!std::isfinite(value)) continue;
    result.min = std::min(result.min, value);
    result.max = std::max(result.max, value);
    result.mean += value;
    ++count;
  }
  if (count == 0) return {0, 0, 0, 0, result.n_nan, result.n_inf};
  result.mean /= static_cast<double>(count);
  for (const double value : values) {
    if (std::isfinite(value)) result.std += (value - result.mean) * (value - result.mean);
  }
  result.std = std::sqrt(result.std / static_cast<double>(count));
  return result;
}

// Wider than what is summed: squares of doubles may be beyond all doubles.
struct Sums {
  long double error = 0, magnitude = 0, error_2 = 0, reference = 0, reference_2 = 0, other_2 = 0, product = 0;
  double largest = 0;
};

// `part` of a whole that may be nothing: nothing of nothing is 0.
double ratio(long double part, long double whole) {
  if (whole > 0) return static_cast<double>(part / whole);
  return part == 0 ? 0 : std::numeric_limits<double>::infinity();
}

double cosine(const Sums &sums) {
  if (sums.error_2 == 0) return 1;  // exactly
  if (sums.reference_2 == 0 || sums.other_2 == 0) return 0;
  return static_cast<double>(sums.product / std::sqrt(sums.reference_2) / std::sqrt(sums.other_2));
}

// About the means, in a pass of their own: differences of large sums would lose them.
struct Spreads {
  long double error_2 = 0, reference_2 = 0;
};

Spreads spreads(std::span<const double> reference, std::span<const double> other, long double mean_error,
                long double mean_reference) {
  Spreads result;
  for (size_t i = 0; i < reference.size(); ++i) {
    if (!std::isfinite(reference[i]) || !std::isfinite(other[i])) continue;
    const long double error = static_cast<long double>(other[i]) - reference[i] - mean_error;
    const long double distance = reference[i] - mean_reference;
    result.error_2 += error * error;
    result.reference_2 += distance * distance;
  }
  return result;
}

}  // namespace

Measured measure(std::span<const double> reference, std::span<const double> other, double quantum) {
  Measured result;
  result.metrics.fill(kNone);
  result.reference = summary(reference);
  result.other = summary(other);
  Sums sums;
  for (size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i];
    const double o = other[i];
    if (!std::isfinite(r) || !std::isfinite(o)) {
      result.n_not_finite += same(r, o) ? 0 : 1;
      continue;
    }
    const long double error = static_cast<long double>(o) - r;
    const auto magnitude = static_cast<double>(std::fabs(error));
    const double steps = quantum > 0 ? magnitude / quantum : std::fabs(static_cast<double>(place_of(o) - place_of(r)));
    ++result.bins[bin_of(steps)];
    ++result.n_values;
    sums.error += error;
    sums.magnitude += std::fabs(error);
    sums.error_2 += error * error;
    sums.reference += r;
    sums.reference_2 += static_cast<long double>(r) * r;
    sums.other_2 += static_cast<long double>(o) * o;
    sums.product += static_cast<long double>(r) * o;
    if (magnitude > sums.largest) {
      sums.largest = magnitude;
      result.max_error_index = i;
    }
  }
  if (result.n_values == 0) return result;
  const auto count = static_cast<long double>(result.n_values);
  const Spreads about_means = spreads(reference, other, sums.error / count, sums.reference / count);
  result.metrics[AIR_METRIC_RMSE] = static_cast<double>(std::sqrt(sums.error_2 / count));
  result.metrics[AIR_METRIC_MAE] = static_cast<double>(sums.magnitude / count);
  result.metrics[AIR_METRIC_L2R] = ratio(std::sqrt(sums.error_2), std::sqrt(sums.reference_2));
  result.metrics[AIR_METRIC_MEAN] = static_cast<double>(sums.error / count);
  result.metrics[AIR_METRIC_STD] = static_cast<double>(std::sqrt(about_means.error_2 / count));
  result.metrics[AIR_METRIC_NSE] = 1 - ratio(sums.error_2, about_means.reference_2);
  result.metrics[AIR_METRIC_COS] = cosine(sums);
  result.metrics[AIR_METRIC_MAX_ERROR] = sums.largest;
  result.reference_rms = static_cast<double>(std::sqrt(sums.reference_2 / count));
  return result;
}

double agreement(std::span<const double> reference, std::span<const double> other, uint64_t size) {
  uint64_t n_same = 0;
  for (size_t begin = 0; begin < reference.size(); begin += size) {
    const auto place = [&](std::span<const double> values) {
      const std::span<const double> sample = values.subspan(begin, size);
      return std::max_element(sample.begin(), sample.end()) - sample.begin();
    };
    n_same += place(reference) == place(other) ? 1 : 0;
  }
  return static_cast<double>(n_same) / (static_cast<double>(reference.size()) / static_cast<double>(size));
}

const std::array<double, kBins> &bin_limits() {
  static const std::array<double, kBins> limits = [] {
    std::array<double, kBins> values{};
    for (size_t i = 1; i < kBins; ++i) values[i] = std::ldexp(0.5, static_cast<int>(i) - 1);
    return values;
  }();
  return limits;
}

}  // namespace air
