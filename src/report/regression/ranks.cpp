// SPDX-License-Identifier: BSD-3-Clause
// By how much one series of runs lies above another, from their ranks alone.
#include "report/regression/ranks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace air::report {
namespace {

// Beyond that many pairs the normal distribution is as good.
constexpr size_t kMostCounted = 4000, kMostPairs = 200;
constexpr double kOfMedian = 0.05;

// By u: how many of the orders of n and m values have that U. Where the last value is of the first series it lies above all of the second.
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

// By w: how many of the 2^n ways in which n ranks count or do not have that sum.
std::vector<double> sums_of_ranks(size_t n) {
  std::vector<double> counts = {1.0};
  for (size_t rank = 1; rank <= n; ++rank) {
    const std::vector<double> without = counts;
    counts.resize(counts.size() + rank);
    for (size_t w = 0; w < without.size(); ++w) counts[w + rank] += without[w];
  }
  return counts;
}

// The last index up to which the counts are at most that part of all.
std::optional<size_t> critical(const std::vector<double> &counts, double chance) {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::optional<size_t> found;
  double sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += counts[i];
    if (sum > chance * all) break;
    found = i;
  }
  return found;
}

std::optional<size_t> critical_of_normal(double mean, double variance, double z) {
  const double found = std::floor(mean - z * std::sqrt(variance) - 0.5);
  return found < 0 ? std::nullopt : std::optional(static_cast<size_t>(found));
}

std::vector<double> in_pairs(const Runs &runs) {
  std::vector<double> differences;
  for (size_t i = 0; i < runs.baseline.size(); ++i) differences.push_back(runs.current[i] - runs.baseline[i]);
  return differences;
}

std::vector<double> of_all_pairs(const Runs &runs) {
  std::vector<double> differences;
  differences.reserve(runs.baseline.size() * runs.current.size());
  for (const double before : runs.baseline) {
    for (const double now : runs.current) differences.push_back(now - before);
  }
  return differences;
}

// Walsh's: of any two, and of each alone.
std::vector<double> means_of_two(const std::vector<double> &values) {
  std::vector<double> means;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j <= i; ++j) means.push_back((values[i] + values[j]) / 2);
  }
  return means;
}

double part_above(const std::vector<double> &differences) {
  const auto above = std::ranges::count_if(differences, [](double one) { return one > 0; });
  const auto equal = std::ranges::count(differences, 0.0);
  return (static_cast<double>(above) + static_cast<double>(equal) / 2) / static_cast<double>(differences.size());
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

bool Runs::is_paired() const {
  return in_turns && baseline.size() == current.size() && baseline.size() >= kLeastPairs;
}

std::optional<size_t> critical_u(size_t n, size_t m, const Level &level) {
  if (n * m <= kMostCounted) return critical(orders(n, m), level.chance);
  const auto pairs = static_cast<double>(n * m);
  return critical_of_normal(pairs / 2, pairs * static_cast<double>(n + m + 1) / 12, level.z);
}

std::optional<size_t> critical_w(size_t n, const Level &level) {
  if (n <= kMostPairs) return critical(sums_of_ranks(n), level.chance);
  const auto count = static_cast<double>(n);
  return critical_of_normal(count * (count + 1) / 4, count * (count + 1) * (2 * count + 1) / 24, level.z);
}

Shift::Shift(const Runs &runs) : is_paired_(runs.is_paired()), n_(runs.baseline.size()), m_(runs.current.size()) {
  differences_ = is_paired_ ? in_pairs(runs) : of_all_pairs(runs);
  slower_ = part_above(differences_);
  if (is_paired_) differences_ = means_of_two(differences_);
  std::sort(differences_.begin(), differences_.end());
}

double Shift::estimate() const {
  return median(differences_);
}

Bounds Shift::bounds(const Level &level) const {
  const std::optional<size_t> outer = is_paired_ ? critical_w(n_, level) : critical_u(n_, m_, level);
  if (!outer || *outer >= differences_.size()) return {};
  return {differences_[*outer], differences_[differences_.size() - 1 - *outer]};
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
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), half, values.end());
  if (values.size() % 2 == 1) return *half;
  return (*half + *std::max_element(values.begin(), half)) / 2;
}

double scatter(const Runs &runs) {
  const size_t n = runs.baseline.size(), m = runs.current.size();
  if (n + m < 3) return kNotKnown;
  if (runs.in_turns && n == m) return std::sqrt(squares(in_pairs(runs)) / static_cast<double>(2 * (n - 1)));
  return std::sqrt((squares(runs.baseline) + squares(runs.current)) / static_cast<double>(n + m - 2));
}

}  // namespace air::report
