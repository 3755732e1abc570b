// SPDX-License-Identifier: BSD-3-Clause
// By how much one series of runs lies above another, from their ranks alone: nothing is supposed about how runs scatter.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace air::report {

// Logarithms of one quantity, one of each whole run.
struct Runs {
  std::vector<double> baseline, current;
};

// How likely an error may be that goes one way.
struct Level {
  double chance;
  double z;  // of the normal distribution: chance = P(Z < -z)
};
constexpr Level kOfRegression = {0.005, 2.5758293035489};
constexpr Level kOfNone = {0.025, 1.9599639845401};

// The largest U of Mann and Whitney for which P(U <= it) is at most the level's when both series are alike; nothing where even 0 is likelier.
std::optional<size_t> critical_u(size_t n, size_t m, const Level &level);

constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

struct Bounds {
  double low = kNotKnown, high = kNotKnown;
};
// How far the current runs lie above the baseline.
class Shift {
 public:
  explicit Shift(const Runs &runs);  // of at least one run each
  double estimate() const;           // of Hodges and Lehmann: the median of all differences of pairs
  double slower_pairs() const;  // the part of the pairs in which the current run is the slower one; equal ones are half
  Bounds bounds(const Level &level) const;  // each wrong with the level's chance at most; not known from too few runs

 private:
  size_t n_, m_;
  std::vector<double> differences_;  // sorted
};

// Bounds of the median of the values, right in at least 9 of 10 cases; not known from fewer than five.
Bounds bounds_of_median(std::span<const double> values);

double median(std::vector<double> values);  // of at least one

// What runs of one side scatter by, both sides together: a standard deviation; not known where no side has two.
double scatter(const Runs &runs);

}  // namespace air::report
