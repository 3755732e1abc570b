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

// `part` of a whole that may be nothing: nothing of nothing is 0.
double ratio(long double part, long double whole) {
  if (whole > 0) return static_cast<double>(part / whole);
  return part == 0 ? 0 : std::numeric_limits<double>::infinity();
}

}  // namespace

void Moments::add(const Moments &more) {
  if (n == 0 || more.n == 0) {
    if (n == 0) *this = more;
    return;
  }
  const auto ours = static_cast<long double>(n);
  const auto theirs = static_cast<long double>(more.n);
  const long double distance = more.mean - mean;
  mean += distance * (theirs / (ours + theirs));
  squares += more.squares + distance * distance * (ours * theirs / (ours + theirs));
  n += more.n;
}

// Mean and deviation in two passes, as numpy does.
void Summing::add(std::span<const double> values) {
  uint64_t count = 0;
  double mean = 0;
  for (const double value : values) {
    ends.n_nan += std::isnan(value) ? 1 : 0;
    ends.n_inf += std::isinf(value) ? 1 : 0;
    if (!std::isfinite(value)) continue;
    ends.min = std::min(ends.min, value);
    ends.max = std::max(ends.max, value);
    mean += value;
    ++count;
  }
  if (count == 0) return;
  mean /= static_cast<double>(count);
  double squares = 0;
  for (const double value : values) {
    if (std::isfinite(value)) squares += (value - mean) * (value - mean);
  }
  moments.add({count, mean, squares});
}

air_value_summary Summing::summary() const {
  if (moments.n == 0) return {0, 0, 0, 0, ends.n_nan, ends.n_inf};
  air_value_summary result = ends;
  result.mean = static_cast<double>(moments.mean);
  result.std = std::sqrt(static_cast<double>(moments.squares) / static_cast<double>(moments.n));
  return result;
}

double Measuring::cosine(const Sums &sums) {
  if (sums.error_2 == 0) return 1;  // exactly
  if (sums.reference_2 == 0 || sums.other_2 == 0) return 0;
  return static_cast<double>(sums.product / std::sqrt(sums.reference_2) / std::sqrt(sums.other_2));
}

void Measuring::add(const Sums &sums) {
  sums_.error += sums.error;
  sums_.magnitude += sums.magnitude;
  sums_.error_2 += sums.error_2;
  sums_.reference += sums.reference;
  sums_.reference_2 += sums.reference_2;
  sums_.other_2 += sums.other_2;
  sums_.product += sums.product;
  sums_.n += sums.n;
}

// In a pass of its own: differences of large sums would lose them.
void Measuring::add_about_means(std::span<const double> reference, std::span<const double> other, const Sums &sums) {
  const auto count = static_cast<long double>(sums.n);
  Moments errors{sums.n, sums.error / count};
  Moments references{sums.n, sums.reference / count};
  for (size_t i = 0; i < reference.size(); ++i) {
    if (!std::isfinite(reference[i]) || !std::isfinite(other[i])) continue;
    const long double error = static_cast<long double>(other[i]) - reference[i] - errors.mean;
    const long double distance = reference[i] - references.mean;
    errors.squares += error * error;
    references.squares += distance * distance;
  }
  errors_.add(errors);
  references_.add(references);
}

void Measuring::add(std::span<const double> reference, std::span<const double> other) {
  reference_.add(reference);
  other_.add(other);
  Sums sums;
  for (size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i];
    const double o = other[i];
    if (!std::isfinite(r) || !std::isfinite(o)) {
      n_not_finite_ += same(r, o) ? 0 : 1;
      continue;
    }
    const long double error = static_cast<long double>(o) - r;
    const auto magnitude = static_cast<double>(std::fabs(error));
    const double steps =
        quantum_ > 0 ? magnitude / quantum_ : std::fabs(static_cast<double>(place_of(o) - place_of(r)));
    ++bins_[bin_of(steps)];
    ++sums.n;
    sums.error += error;
    sums.magnitude += std::fabs(error);
    sums.error_2 += error * error;
    sums.reference += r;
    sums.reference_2 += static_cast<long double>(r) * r;
    sums.other_2 += static_cast<long double>(o) * o;
    sums.product += static_cast<long double>(r) * o;
    if (magnitude > largest_) {
      largest_ = magnitude;
      largest_index_ = n_added_ + i;
    }
  }
  n_added_ += reference.size();
  if (sums.n == 0) return;
  add(sums);
  add_about_means(reference, other, sums);
}

Measured Measuring::measured() const {
  Measured result;
  result.metrics.fill(kNone);
  result.reference = reference_.summary();
  result.other = other_.summary();
  result.n_values = sums_.n;
  result.n_not_finite = n_not_finite_;
  result.max_error_index = largest_index_;
  result.bins = bins_;
  if (result.n_values == 0) return result;
  const auto count = static_cast<long double>(result.n_values);
  result.metrics[AIR_METRIC_RMSE] = static_cast<double>(std::sqrt(sums_.error_2 / count));
  result.metrics[AIR_METRIC_MAE] = static_cast<double>(sums_.magnitude / count);
  result.metrics[AIR_METRIC_L2R] = ratio(std::sqrt(sums_.error_2), std::sqrt(sums_.reference_2));
  result.metrics[AIR_METRIC_MEAN] = static_cast<double>(sums_.error / count);
  result.metrics[AIR_METRIC_STD] = static_cast<double>(std::sqrt(errors_.squares / count));
  result.metrics[AIR_METRIC_NSE] = 1 - ratio(sums_.error_2, references_.squares);
  result.metrics[AIR_METRIC_COS] = cosine(sums_);
  result.metrics[AIR_METRIC_MAX_ERROR] = largest_;
  result.reference_rms = static_cast<double>(std::sqrt(sums_.reference_2 / count));
  return result;
}

uint64_t n_agreeing(std::span<const double> reference, std::span<const double> other, uint64_t size) {
  uint64_t n_same = 0;
  for (size_t begin = 0; begin < reference.size(); begin += size) {
    const auto place = [&](std::span<const double> values) {
      const std::span<const double> sample = values.subspan(begin, size);
      return std::max_element(sample.begin(), sample.end()) - sample.begin();
    };
    n_same += place(reference) == place(other) ? 1 : 0;
  }
  return n_same;
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
