// SPDX-License-Identifier: BSD-3-Clause
// By how much one series of runs lies above another, from their ranks alone.
#include "report/regression/ranks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace air::report {
namespace {

// Beyond that many pairs the normal distribution is as good.
constexpr size_t kMostCounted = 4000;
constexpr double kOfMedian = 0.05;

// By u: how many of the orders of n and m values have that U. The last value is of the one series, whose others it then does not count for, or
// of the other one.
std::vector<double> orders(size_t n, size_t m) {
  std::vector<std::vector<double>> before(m + 1, {1.0}), now;  // by the size of the second series
  for (size_t i = 1; i <= n; ++i) {
    now.assign(1, {1.0});
    for (size_t j = 1; j <= m; ++j) {
      std::vector<double> counts = now[j - 1];
      counts.resize(i * j + 1);
      for (size_t u = 0; u < before[j].size(); ++u) counts[u + j] += before[j][u];
      now.push_back(std::move(counts));
    }
    before = std::move(now);
  }
  return before[m];
}

std::optional<size_t> exact_u(size_t n, size_t m, double chance) {
  const std::vector<double> counts = orders(n, m);
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::optional<size_t> found;
  double sum = 0;
  for (size_t u = 0; u < counts.size(); ++u) {
    sum += counts[u];
    if (sum > chance * all) break;
    found = u;
  }
  return found;
}

double square(double value) {
  return value * value;
}

double squares(std::span<const double> values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return std::accumulate(values.begin(), values.end(), 0.0,
                         [&](double sum, double value) { return sum + square(value - mean); });
}

}  // namespace

std::optional<size_t> critical_u(size_t n, size_t m, const Level &level) {
  if (n * m <= kMostCounted) return exact_u(n, m, level.chance);
  const auto pairs = static_cast<double>(n * m);
  const double deviation = std::sqrt(pairs * static_cast<double>(n + m + 1) / 12);
  const double u = std::floor(pairs / 2 - level.z * deviation - 0.5);
  return u < 0 ? std::nullopt : std::optional(static_cast<size_t>(u));
}

Shift::Shift(const Runs &runs) : n_(runs.baseline.size()), m_(runs.current.size()) {
  differences_.reserve(n_ * m_);
  for (const double before : runs.baseline) {
    for (const double now : runs.current) differences_.push_back(now - before);
  }
  std::sort(differences_.begin(), differences_.end());
}

double Shift::estimate() const {
  return median(differences_);
}

double Shift::slower_pairs() const {
  const auto [first, last] = std::equal_range(differences_.begin(), differences_.end(), 0.0);
  const auto equal = static_cast<double>(last - first), above = static_cast<double>(differences_.end() - last);
  return (above + equal / 2) / static_cast<double>(differences_.size());
}

Bounds Shift::bounds(const Level &level) const {
  const std::optional<size_t> u = critical_u(n_, m_, level);
  if (!u || *u >= differences_.size()) return {};
  return {differences_[*u], differences_[differences_.size() - 1 - *u]};
}

Bounds bounds_of_median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  // Of n values as many lie below the median as coins fall on one side.
  double sum = 0, term = std::pow(0.5, n);
  std::optional<size_t> outer;
  for (size_t k = 0; k < sorted.size(); ++k) {
    sum += term;
    if (sum > kOfMedian) break;
    outer = k;
    term *= (n - static_cast<double>(k)) / (static_cast<double>(k) + 1);
  }
  if (!outer) return {};
  return {sorted[*outer], sorted[sorted.size() - 1 - *outer]};
}

double median(std::vector<double> values) {
  const size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half), values.end());
  if (values.size() % 2 == 1) return values[half];
  return (values[half] + *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half))) / 2;
}

double scatter(const Runs &runs) {
  const size_t n = runs.baseline.size() + runs.current.size();
  if (n < 3) return kNotKnown;
  return std::sqrt((squares(runs.baseline) + squares(runs.current)) / static_cast<double>(n - 2));
}

}  // namespace air::report
