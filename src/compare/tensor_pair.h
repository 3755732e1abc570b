// SPDX-License-Identifier: BSD-3-Clause
// Two tensors compared.
#pragma once

#include "compare/metrics.h"
#include "compare/parts.h"
#include "compare/tensors.h"

namespace air {

// Owns what the public struct points to.
class TensorPair : public air_tensor_pair {
 public:
  // `ways`: the reorderings to choose from, at least one. `is_output`: compute acc where a sample is a vector, and the metrics of parts where it mixes
  // kinds.
  TensorPair(const Values &reference, const Values &other, const std::vector<Reordering> &ways, bool is_output);
  TensorPair(const TensorPair &) = delete;
  TensorPair &operator=(const TensorPair &) = delete;

  double metric(air_metric which) const { return measured_.metrics[which]; }
  double reference_rms() const { return measured_.reference_rms; }
  // That brought the other to the order of the reference.
  const Reordering &way() const { return way_; }
  // rmse without the values that the quantized side of the two cannot represent.
  double rmse_in_range() const { return rmse_in_range_; }

  // Sets `broken`.
  void apply(std::span<const air_limit> limits);

 private:
  void measure_stored(const Values &reference, const Values &other, const Reordering &way, bool classifies);
  void measure_reals(const Values &reference, const Values &other, const std::vector<Reordering> &ways, bool is_output);
  void find_lost_parts(std::span<const double> reference, std::span<const double> other);
  void sample_points(std::span<const double> reference, std::span<const double> other);

  Measured measured_;
  Reordering way_;
  double rmse_in_range_ = 0;
  Parts parts_;
  std::vector<double> points_;
};

}  // namespace air
