// SPDX-License-Identifier: BSD-3-Clause
// Timing of variants side by side, and the line of a result.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

// Runs all variants once per round, in turn, so that they meet the same machine; returns the least time of each in
// nanoseconds. The first round is not counted.
std::vector<double> least_ns(unsigned n_rounds, const std::vector<std::function<void()>> &variants);

// Of at least one value.
double median(std::vector<double> values);

struct Result {
  std::string name;
  double value;
  std::string unit;
  double baseline;  // what the value is compared with, measured in the same run
  double limit;     // the value should not be above
};

// Prints a result as one line of JSON, which scripts/bench collects.
void print(const Result &result);

}  // namespace bench
