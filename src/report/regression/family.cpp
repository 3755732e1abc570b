// SPDX-License-Identifier: BSD-3-Clause
// Many quantities of the same runs looked at together.
#include "report/regression/family.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

namespace air::report {
namespace {

// Ways to part the runs that are tried: all of them, or where there are more as many at random.
constexpr size_t kMostWays = 5000;
// Logarithms of equal times may differ by this.
constexpr double kRounding = 1e-12;

using Parting = std::vector<bool>;  // by run: whether it is on the side of the current ones

// The difference of the means in units of its own error.
double difference(std::span<const double> values, const Parting &current) {
  double sums[2] = {}, squares[2] = {}, counts[2] = {};
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t side = current[i] ? 1 : 0;
    sums[side] += values[i];
    counts[side] += 1;
  }
  const double means[2] = {sums[0] / counts[0], sums[1] / counts[1]};
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t side = current[i] ? 1 : 0;
    squares[side] += (values[i] - means[side]) * (values[i] - means[side]);
  }
  const auto variance = [&](size_t side) { return squares[side] / std::max(counts[side] - 1, 1.0) / counts[side]; };
  const double change = means[1] - means[0], error = std::sqrt(variance(0) + variance(1));
  if (std::abs(change) < kRounding) return 0;
  return error < kRounding ? std::copysign(std::numeric_limits<double>::infinity(), change) : change / error;
}

double ways(size_t n, size_t m) {
  double count = 1;
  for (size_t i = 1; i <= m; ++i) count *= static_cast<double>(n + i) / static_cast<double>(i);
  return std::round(count);
}

// Calls use(parting) for all, or for that which is and as many at random; gives their number.
template <class Use>
size_t each_parting(size_t n, size_t m, Use use) {
  Parting parting(n, false);
  parting.resize(n + m, true);
  size_t count = 0;
  if (ways(n, m) <= kMostWays) {
    do {
      use(parting);
      ++count;
    } while (std::next_permutation(parting.begin(), parting.end()));
    return count;
  }
  std::mt19937_64 random(1);
  for (; count < kMostWays; ++count) {
    use(parting);
    for (size_t i = n + m - 1; i > 0; --i) {
      const auto j = static_cast<size_t>(random() % (i + 1));
      const bool kept = parting[i];
      parting[i] = parting[j];
      parting[j] = kept;
    }
  }
  return count;
}

}  // namespace

std::vector<double> chances_in_family(std::span<const Runs> quantities) {
  if (quantities.empty()) return {};
  const size_t n = quantities[0].baseline.size(), m = quantities[0].current.size();
  std::vector<std::vector<double>> values;
  for (const Runs &runs : quantities) {
    values.push_back(runs.baseline);
    values.back().insert(values.back().end(), runs.current.begin(), runs.current.end());
  }
  std::vector<double> largest;
  std::vector<double> observed;
  const size_t count = each_parting(n, m, [&](const Parting &parting) {
    double most = -std::numeric_limits<double>::infinity();
    for (const std::vector<double> &of_one : values) {
      const double found = difference(of_one, parting);
      if (largest.empty()) observed.push_back(found);  // the first parting is that which is
      most = std::max(most, found);
    }
    largest.push_back(most);
  });
  std::sort(largest.begin(), largest.end());
  std::vector<double> chances;
  for (const double found : observed) {
    const auto as_large = largest.end() - std::lower_bound(largest.begin(), largest.end(), found);
    chances.push_back(static_cast<double>(as_large) / static_cast<double>(count));
  }
  return chances;
}

}  // namespace air::report
