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
  // Each is then compared with the one that ran beside it, so that a drift of the machine does not matter.
  bool in_turns = false;

  bool is_paired() const;
};

// Fewer pairs never tell as surely as is asked: of 2^8 ways one looks like a change.
constexpr size_t kLeastPairs = 9;

// How likely an error may be that goes one way.
struct Level {
  double chance;
  double z;  // of the normal distribution: chance = P(Z < -z)
};
// Of a first look at five runs, which is 1 in 252, and of those at more runs that follow: with two of them it is 0.9 % in all.
constexpr Level kOfFirstRegression = {0.004, 2.6520698079022};
constexpr Level kOfRegression = {0.0025, 2.8070337683438};
inline const Level &level_of_regression(size_t runs) {  // of the side that has fewer
  return runs < kLeastPairs ? kOfFirstRegression : kOfRegression;
}
constexpr Level kOfNone = {0.025, 1.9599639845401};

// The largest U of Mann and Whitney for which P(U <= it) is at most the level's when both series are alike; nothing where even 0 is likelier.
std::optional<size_t> critical_u(size_t n, size_t m, const Level &level);
// The same for Wilcoxon's sum of the ranks of n pairs.
std::optional<size_t> critical_w(size_t n, const Level &level);

constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

struct Bounds {
  double low = kNotKnown, high = kNotKnown;
};

// How far the current runs lie above the baseline.
class Shift {
 public:
  explicit Shift(const Runs &runs);  // of at least one run each
  // Of Hodges and Lehmann: the median of all differences; of runs in turns that of the means of any two differences.
  double estimate() const;
  // The part of the pairs whose current run is the slower one; equal ones are half.
  double slower_pairs() const { return slower_; }
  // Each is wrong with the level's chance at most; not known from too few runs.
  Bounds bounds(const Level &level) const;

 private:
  bool is_paired_;
  size_t n_, m_;
  double slower_ = 0;
  std::vector<double> differences_;  // or the means, sorted
};

// Bounds of the median of the values, right in at least 9 of 10 cases; not known from fewer than five.
Bounds bounds_of_median(std::span<const double> values);

double median(std::vector<double> values);  // of at least one

// What runs of one side scatter by, both sides together: a standard deviation; not known where no side has two. Of runs in turns it is what
// remains when each is seen beside the other.
double scatter(const Runs &runs);

}  // namespace air::report
