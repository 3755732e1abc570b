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

// By the exponent: each bin ends at a power of two.
size_t bin_of(double error) {
  if (error <= 0.5) return error <= 0 ? 0 : 1;
  if (error >= bin_limits().back()) return kBins - 1;
  constexpr int kFraction = 52, kBias = 1023;
  const auto bits = std::bit_cast<uint64_t>(error);
  const bool is_power = bits << (64 - kFraction) == 0;
  return 2 + (bits >> kFraction) - kBias + (is_power ? 0 : 1);
}

// Values that are summed at once, in doubles: so few that their rounding does not count, so many that wider sums of these cost nothing.
constexpr size_t kBlock = 1024;
// The squares of these and of their differences are doubles, and so are sums of them.
constexpr double kMostTame = 1e150, kLeastTame = 1e-130;

bool is_tame(std::span<const double> values) {
  bool tame = true;
  for (const double value : values) {
    const double magnitude = std::fabs(value);
    tame &= magnitude <= kMostTame && (magnitude >= kLeastTame || magnitude == 0);
  }
  return tame;
}

// In four sums, none of which waits for the others.
template <class Term>
double sum_of(size_t n, Term term) {
  double a = 0, b = 0, c = 0, d = 0;
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    a += term(i);
    b += term(i + 1);
    c += term(i + 2);
    d += term(i + 3);
  }
  for (; i < n; ++i) a += term(i);
  return (a + b) + (c + d);
}

Moments moments_of(std::span<const double> values, double sum) {
  const double mean = sum / static_cast<double>(values.size());
  const auto square = [&](size_t i) { return (values[i] - mean) * (values[i] - mean); };
  return {values.size(), mean, sum_of(values.size(), square)};
}

// Of values that are tame.
void add_to(Summing &summing, std::span<const double> values, const Moments &moments) {
  double least = values.front(), most = values.front();
  for (const double value : values) {
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  summing.add(least, most, moments);
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

void Summing::add(double least, double most, const Moments &values) {
  ends.min = std::min(ends.min, least);
  ends.max = std::max(ends.max, most);
  moments.add(values);
}

air_value_summary Summing::summary() const {
  if (moments.n == 0) return {kNone, kNone, kNone, kNone, ends.n_nan, ends.n_inf};
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
void Measuring::add_about_means(Series reference, Series other, const Sums &sums) {
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

void Measuring::take_largest(double magnitude, uint64_t index) {
  if (magnitude <= largest_) return;
  largest_ = magnitude;
  largest_index_ = index;
}

// Of values that are tame.
void Measuring::add_bins(Series reference, Series other) {
  for (size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i], o = other[i];
    const double steps =
        quantum_ > 0 ? std::fabs(o - r) / quantum_ : std::fabs(static_cast<double>(place_of(o) - place_of(r)));
    ++bins_[bin_of(steps)];
  }
}

// Also of NaN, infinity and values whose squares are none.
void Measuring::add_carefully(Series reference, Series other) {
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
    add_bins(reference.subspan(i, 1), other.subspan(i, 1));
    ++sums.n;
    sums.error += error;
    sums.magnitude += std::fabs(error);
    sums.error_2 += error * error;
    sums.reference += r;
    sums.reference_2 += static_cast<long double>(r) * r;
    sums.other_2 += static_cast<long double>(o) * o;
    sums.product += static_cast<long double>(r) * o;
    take_largest(static_cast<double>(std::fabs(error)), n_added_ + i);
  }
  if (sums.n == 0) return;
  add(sums);
  add_about_means(reference, other, sums);
}

void Measuring::add_block(Series reference, Series other) {
  const size_t n = reference.size();
  std::array<double, kBlock> errors_here;  // the first n
  double largest = 0;
  for (size_t i = 0; i < n; ++i) {
    errors_here[i] = other[i] - reference[i];
    const double magnitude = std::fabs(errors_here[i]);
    largest = magnitude > largest ? magnitude : largest;
  }
  const Series errors = Series(errors_here).first(n);
  const auto product = [n](Series a, Series b) { return sum_of(n, [&](size_t i) { return a[i] * b[i]; }); };
  const auto sum = [n](Series values) { return sum_of(n, [&](size_t i) { return values[i]; }); };
  const double error = sum(errors), of_reference = sum(reference);
  add(Sums{.error = error,
           .magnitude = sum_of(n, [&](size_t i) { return std::fabs(errors[i]); }),
           .error_2 = product(errors, errors),
           .reference = of_reference,
           .reference_2 = product(reference, reference),
           .other_2 = product(other, other),
           .product = product(reference, other),
           .n = n});
  const Moments references = moments_of(reference, of_reference);
  errors_.add(moments_of(errors, error));
  references_.add(references);
  add_to(reference_, reference, references);
  add_to(other_, other, moments_of(other, sum(other)));
  if (largest > largest_) {
    const auto at = std::ranges::find(errors, largest, [](double value) { return std::fabs(value); });
    take_largest(largest, n_added_ + static_cast<uint64_t>(at - errors.begin()));
  }
  if (largest == 0)
    bins_[0] += n;
  else
    add_bins(reference, other);
}

void Measuring::add(Series reference, Series other) {
  for (size_t first = 0; first < reference.size(); first += kBlock) {
    const size_t n = std::min(kBlock, reference.size() - first);
    const Series ours = reference.subspan(first, n), theirs = other.subspan(first, n);
    is_tame(ours) && is_tame(theirs) ? add_block(ours, theirs) : add_carefully(ours, theirs);
    n_added_ += n;
  }
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
