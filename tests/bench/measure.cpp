// SPDX-License-Identifier: BSD-3-Clause
#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

namespace bench {

std::vector<double> least_ns(unsigned n_rounds, const std::vector<std::function<void()>> &variants) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> least(variants.size(), std::numeric_limits<double>::max());
  for (unsigned round = 0; round <= n_rounds; round++) {
    for (size_t i = 0; i < variants.size(); i++) {
      const auto start = Clock::now();
      variants[i]();
      const std::chrono::duration<double, std::nano> time = Clock::now() - start;
      if (round > 0) least[i] = std::min(least[i], time.count());
    }
  }
  return least;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void print(const Result &result) {
  std::printf(R"({"name": "%s", "value": %.9g, "unit": "%s", "baseline": %.9g, "limit": %.9g})"
              "\n",
              result.name.c_str(), result.value, result.unit.c_str(), result.baseline, result.limit);
  std::fflush(stdout);
}

}  // namespace bench
