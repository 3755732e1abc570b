// SPDX-License-Identifier: BSD-3-Clause
// The error between two series of real numbers, measured.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
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

// Values about their mean, which are nothing else than these three numbers.
struct Moments {
  uint64_t n = 0;
  long double mean = 0, squares = 0;  // squares of the distances to the mean

  void add(const Moments &more);  // Chan, Golub, LeVeque 1979
};

// The finite values of one series.
struct Summing {
  air_value_summary ends{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), 0, 0, 0, 0};
  Moments moments;

  void add(std::span<const double> values);
  // Finite values of which all this is known.
  void add(double least, double most, const Moments &values);
  air_value_summary summary() const;
};

// Grows with samples. What is added in several parts differs from what is added at once by the rounding of sums alone.
class Measuring {
 public:
  // `quantum` is the unit of the bins, 0: float32 steps.
  explicit Measuring(double quantum) : quantum_(quantum) {}

  // Of equally long series.
  void add(std::span<const double> reference, std::span<const double> other);
  void skip(uint64_t n) { n_added_ += n; }  // values that count for the places of others only
  // acc is left at NaN.
  Measured measured() const;

 private:
  // Wider than what is summed: squares of doubles may be beyond all doubles.
  struct Sums {
    long double error = 0, magnitude = 0, error_2 = 0, reference = 0, reference_2 = 0, other_2 = 0, product = 0;
    uint64_t n = 0;
  };
  using Series = std::span<const double>;

  static double cosine(const Sums &sums);
  void add(const Sums &sums);
  void add_block(Series reference, Series other);
  void add_carefully(Series reference, Series other);
  void add_about_means(Series reference, Series other, const Sums &sums);
  void add_bins(Series reference, Series other);
  void take_largest(double magnitude, uint64_t index);

  double quantum_;
  uint64_t n_added_ = 0, n_not_finite_ = 0;
  Sums sums_;
  Moments errors_, references_;
  double largest_ = 0;
  uint64_t largest_index_ = 0;
  std::array<uint64_t, kBins> bins_{};
  Summing reference_, other_;
};

// How many of the samples of `size` values have their largest value at the same place.
uint64_t n_agreeing(std::span<const double> reference, std::span<const double> other, uint64_t size);

const std::array<double, kBins> &bin_limits();

}  // namespace air
