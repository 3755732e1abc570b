// SPDX-License-Identifier: BSD-3-Clause
// An output that mixes kinds, such as boxes in pixels and scores from 0 to 1: metrics of each of its parts, since those of the whole tell of the
// largest kind only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compare/metrics.h"

namespace air {

struct Parts {
  uint32_t axis = 0;            // of the shape of a sample
  uint32_t n = 0;               // parts along it; 0 where one kind is all there is
  std::vector<double> metrics;  // kMetrics of each
};

// Along the dimension where the ranges of the reference are furthest apart. Values of all samples, in one order; `quantum` as for measure().
Parts parts_of(std::span<const int64_t> shape, std::span<const double> reference, std::span<const double> other,
               double quantum);

}  // namespace air
