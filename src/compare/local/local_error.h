// SPDX-License-Identifier: BSD-3-Clause
// The error that one node makes of its own, channel by channel, against what rounding explains.
#pragma once

#include <span>
#include <vector>

#include "compare/local/channels.h"
#include "compare/tensors.h"

namespace air::local {

// What is known of the noise of a node before it runs.
struct Expected {
  Steps range;  // that both sides can represent
  double steps_2 =
      0;  // mean square of the rounding to the steps of both types, and of those between two nodes that belong together
  double relative = 0;  // rms of floating point rounding, relative to the values
  double most = 0;      // largest error of two sides that are quantized in the same way; 0: they are not
  double weights = 0;   // rms of rounded weights relative to the values, where nobody can round them
};

// Values of one tensor in one order: computed by the node, by the judge from the same inputs, and the latter with rounded weights (may be none).
struct Triple {
  std::span<const double> actual, exact, rounded;
};

// Grows with samples.
class LocalError {
 public:
  LocalError(Channels channels, const Expected &expected);

  void add(const Triple &values);

  // rms(error) / rms(predicted) and what goes with it.
  struct Ratio {
    double ratio = 0, rmse = 0, predicted = 0;
    uint64_t n_values = 0, channel = 0;
  };
  Ratio worst() const;
  std::vector<uint64_t> wrong_channels() const;  // beyond their thresholds
  Ratio whole() const;

  bool is_equal() const;                       // not one value differs
  bool is_quantized() const;                   // more than floating point rounding is expected
  double largest() const { return largest_; }  // error, relative to `most`
  double clipped() const;                      // part of the values, beyond any end of a type
  double cut() const;                          // part of the values, beyond an end at 0, which is an activation
  uint64_t n_not_finite() const { return n_not_finite_; }
  uint64_t n_channels() const { return channels_.n; }
  // Whether rounded weights change anything.
  bool depends_on_weights() const { return all_.rounding_2 > 0; }
  // The ratio of most channels, which single faults do not change: about 1 where the weights were rounded as they are taken to be.
  double typical_ratio() const;
  // Whether all that differs is what the rounded weights make, if they make anything.
  bool leaves_noise() const;
  // Whether the rounded weights make the very error that there is, which no fault does.
  bool follows_weights() const { return depends_on_weights() && leaves_noise(); }

 private:
  struct Sums {
    uint64_t n = 0;
    double error_2 = 0, rounding_2 = 0, exact_2 = 0;
    double rest_2 = 0;  // of the error less that of the rounded weights

    void add(const Sums &more);
  };
  void add(double actual, double exact, double rounded, Sums &sums);
  void count_clipped(double value);
  double noise_2(const Sums &sums) const;
  double predicted_2(const Sums &sums) const;
  Ratio ratio_of(const Sums &sums) const;
  bool rest_is_noise(const Sums &sums) const;

  Channels channels_;
  Expected expected_;
  std::vector<Sums> sums_;  // by channel
  Sums all_;
  double largest_ = 0;
  uint64_t n_clipped_ = 0, n_cut_ = 0, n_not_finite_ = 0;
};

// The part of values beyond what a type can represent that calibration explains.
constexpr double kMostClipped = 0.05;

// What half of the values do not exceed; 0 for none. Reorders them.
double lower_median(std::vector<double> &values);

// How far it is beyond what is explained: at most 1 is within.
double excess(const LocalError &error);
// Whether so many values are beyond what a type can represent that it was made for other ones, and they are no chance.
bool is_saturated(const LocalError &error);
air_verdict verdict_of(const LocalError &error);
air_local_error describe(const LocalError &error);  // without a suggestion

// The ratio beyond which an error is more than chance and the ways to round explain, of the worst of so many channels of so many values.
double threshold_for(uint64_t n_values, uint64_t n_channels);

}  // namespace air::local
