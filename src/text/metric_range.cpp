// SPDX-License-Identifier: BSD-3-Clause
#include "text/metric_range.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace air {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

struct Range {
  double least, most;
};

Range range_of(air_metric metric) {
  switch (metric) {
    case AIR_METRIC_ACC:
      return {0, 1};
    case AIR_METRIC_COS:
      return {-1, 1};
    case AIR_METRIC_NSE:
      return {-kEndless, 1};
    default:
      return {0, kEndless};
  }
}

}  // namespace

std::string impossible_for(air_metric metric, double value) {
  const auto [least, most] = range_of(metric);
  if (value >= least && value <= most) return "";
  if (std::isinf(least)) return fmt::format("it is at most {:g}", most);
  return std::isinf(most) ? fmt::format("it is at least {:g}", least)
                          : fmt::format("it is from {:g} to {:g}", least, most);
}

std::string wrong_way(const air_limit &limit) {
  const auto [least, most] = range_of(limit.metric);
  const bool larger_is_better = std::isfinite(most);
  // At its end a bound beside the other one says nothing: min = 0, as zeros are by default.
  if (larger_is_better && std::isfinite(limit.max) && (limit.max < most || std::isinf(limit.min)))
    return "larger is better";
  const bool smaller_is_better = !larger_is_better && limit.metric != AIR_METRIC_MEAN;
  if (smaller_is_better && std::isfinite(limit.min) && (limit.min > least || std::isinf(limit.max)))
    return "smaller is better";
  return "";
}

std::string contradiction(std::span<const air_limit> limits) {
  for (const air_limit &one : limits) {
    for (const air_limit &other : limits) {
      if (one.metric == other.metric && one.min > other.max)
        return fmt::format("{} is never at least {:g} and at most {:g}", air_metric_name(one.metric), one.min,
                           other.max);
    }
  }
  return "";
}

}  // namespace air
