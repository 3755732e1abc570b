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

// A change in units of its error.
double in_errors(double change, double error) {
  if (std::abs(change) < kRounding) return 0;
  return error < kRounding ? std::copysign(std::numeric_limits<double>::infinity(), change) : change / error;
}

// Of the means of both sides.
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
  return in_errors(means[1] - means[0], std::sqrt(variance(0) + variance(1)));
}

// Of pairs: run i of one side ran beside run i of the other.
double paired_difference(std::span<const double> values, const Parting &current) {
  const size_t n = values.size() / 2;
  const auto count = static_cast<double>(n);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; ++i) {
    const double one = current[n + i] ? values[n + i] - values[i] : values[i] - values[n + i];
    sum += one;
    squares += one * one;
  }
  const double mean = sum / count;
  return in_errors(mean, std::sqrt(std::max(squares / count - mean * mean, 0.0) / (count - 1)));
}

double ways(size_t n, size_t m) {
  double count = 1;
  for (size_t i = 1; i <= m; ++i) count *= static_cast<double>(n + i) / static_cast<double>(i);
  return std::round(count);
}

class Random {
 public:
  size_t below(size_t limit) { return static_cast<size_t>(engine_() % limit); }

 private:
  std::mt19937_64 engine_{1};
};

void shuffle(Parting &parting, Random &random) {
  for (size_t i = parting.size() - 1; i > 0; --i) {
    const size_t j = random.below(i + 1);
    const bool kept = parting[i];
    parting[i] = parting[j];
    parting[j] = kept;
  }
}

// Each pair changes sides or does not: all ways as binary numbers, or at random.
void flip(Parting &parting, size_t number, bool all, Random &random) {
  const size_t n = parting.size() / 2;
  for (size_t i = 0; i < n; ++i) {
    const bool is_flipped = all ? ((number >> i) & 1U) != 0 : random.below(2) != 0;
    parting[i] = is_flipped;
    parting[n + i] = !is_flipped;
  }
}

// Calls use(parting) for all ways, or for the one that is and others at random, and gives their number.
template <class Use>
size_t each_parting(size_t n, size_t m, bool paired, Use use) {
  Parting parting(n, false);
  parting.resize(n + m, true);
  const double count = paired ? std::pow(2.0, static_cast<double>(n)) : ways(n, m);
  const bool all = count <= static_cast<double>(kMostWays);
  const size_t tried = all ? static_cast<size_t>(count) : kMostWays;
  Random random;
  for (size_t i = 0; i < tried; ++i) {
    use(parting);
    if (paired) {
      flip(parting, i + 1, all, random);
    } else if (all) {
      std::next_permutation(parting.begin(), parting.end());
    } else {
      shuffle(parting, random);
    }
  }
  return tried;
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
  const bool paired = quantities[0].is_paired();
  const size_t count = each_parting(n, m, paired, [&](const Parting &parting) {
    double most = -std::numeric_limits<double>::infinity();
    for (const std::vector<double> &of_one : values) {
      const double found = paired ? paired_difference(of_one, parting) : difference(of_one, parting);
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
