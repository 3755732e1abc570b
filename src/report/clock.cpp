// SPDX-License-Identifier: BSD-3-Clause
// The clock that times were taken with, as they show it themselves.
#include "report/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "text/descriptions.h"

namespace air::report {

double common_step(const std::set<double> &values) {
  constexpr double kParts = 1e6, kMost = 1e15, kRounding = 1e-3;
  constexpr size_t kLeast = 4;
  int64_t step = 0;
  for (const double value : values) {
    const double parts = value * kParts, whole = std::round(parts);
    if (std::abs(parts) > kMost || std::abs(parts - whole) > kRounding) return 0;
    step = std::gcd(step, static_cast<int64_t>(whole));
  }
  return values.size() < kLeast ? 0 : static_cast<double>(step) / kParts;
}

std::string coarse_clock_text(const std::set<double> &times, std::span<const double> medians) {
  constexpr double kLargePart = 0.1;  // the limit of nodes in docs/regression.md
  const double step = common_step(times);
  const auto is_coarse = [&](double median) { return median * kLargePart < step; };  // never where it is not known
  const auto n = std::ranges::count_if(medians, is_coarse);
  if (n == 0) return "";
  return fmt::format(
      "nodes are timed in steps of {}, more than {:.0f} % of what {} of {} take: of these the mean of many samples "
      "tells "
      "more than p50",
      time_text(step), 100 * kLargePart, n, medians.size());
}

}  // namespace air::report
