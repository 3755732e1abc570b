// SPDX-License-Identifier: BSD-3-Clause
// The error between two series of real numbers, measured.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "airunner_report.h"

namespace air {

constexpr size_t kMetrics = AIR_METRIC_MAX_ERROR + 1;
constexpr size_t kBins = 34;

struct Measured {
  uint64_t n_values = 0;
  uint64_t n_not_finite = 0;
  std::array<double, kMetrics> metrics{};
  uint64_t max_error_index = 0;
  double reference_rms = 0;
  air_value_summary reference{}, other{};
  std::array<uint64_t, kBins> bins{};
};

// Of equally long series. `quantum` is the unit of the bins, 0: float32 steps. acc is left at NaN.
Measured measure(std::span<const double> reference, std::span<const double> other, double quantum);

// Part of the samples of `size` values whose largest value is at the same place.
double agreement(std::span<const double> reference, std::span<const double> other, uint64_t size);

const std::array<double, kBins> &bin_limits();

}  // namespace air
