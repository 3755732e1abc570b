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

// Grows with samples.
class Kinds {
 public:
  // `shape`: of a sample; `quantum` as for Measuring.
  Kinds(std::span<const int64_t> shape, double quantum);

  void add(std::span<const double> reference, std::span<const double> other);
  // Along the dimension where the ranges of the reference are furthest apart.
  Parts parts() const;

 private:
  // A dimension: parts whose values are `inner` apart.
  struct Axis {
    uint32_t index;
    uint64_t inner;
    std::vector<Measuring> parts;
    std::vector<double> magnitudes;  // the largest of each part
    bool sums_to_1 = true;

    size_t part_of(size_t i) const { return i / inner % parts.size(); }
    bool is_distribution(std::span<const double> values) const;
    double disparity() const;
    void add(std::span<const double> reference, std::span<const double> other);
  };

  std::vector<Axis> axes_;
};

}  // namespace air
