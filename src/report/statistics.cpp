// SPDX-License-Identifier: BSD-3-Clause
// Summary of a series of values, equal to numpy's mean, std, min, max and percentile (linear).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "report/measured.h"

namespace air::report {
namespace {

// Percentile of a sorted, non-empty series.
double percentile(const std::vector<double> &sorted, double percent) {
  const double position = percent / 100.0 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  // Equal neighbours need no interpolation, and infinite ones allow none.
  if (sorted[below] == sorted[above]) return sorted[below];
  return sorted[below] + (sorted[above] - sorted[below]) * (position - static_cast<double>(below));
}

}  // namespace

air_statistics statistics(Series values) {
  std::vector<double> sorted;
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted), [](double v) { return !std::isnan(v); });
  if (sorted.empty()) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    return {0, nan, nan, nan, nan, nan, nan, nan};
  }
  std::sort(sorted.begin(), sorted.end());
  air_statistics result{};
  result.count = sorted.size();
  const auto n = static_cast<double>(sorted.size());
  double sum = 0;
  for (const double value : sorted) sum += value;
  result.mean = std::clamp(sum / n, sorted.front(), sorted.back());
  double squares = 0;
  for (const double value : sorted) squares += (value - result.mean) * (value - result.mean);
  result.std = std::sqrt(squares / n);
  result.min = sorted.front();
  result.max = sorted.back();
  result.p50 = percentile(sorted, 50);
  result.p90 = percentile(sorted, 90);
  result.p99 = percentile(sorted, 99);
  return result;
}

}  // namespace air::report
