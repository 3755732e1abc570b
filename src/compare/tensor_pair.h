// SPDX-License-Identifier: BSD-3-Clause
// Two tensors compared.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "compare/metrics.h"
#include "compare/parts.h"
#include "compare/quantized_input.h"
#include "compare/tensors.h"

namespace air {

// Owns what the public struct points to, and grows with samples.
class TensorPair : public air_tensor_pair {
 public:
  // `reference`, `other`: what will be added. `ways`: the reorderings to choose from, at least one; the first samples decide. `is_output`: compute acc where a sample is a vector, and the
  // metrics of parts where it mixes kinds. `n_samples`: how many there are altogether.
  TensorPair(const Values &reference, const Values &other, std::vector<Reordering> ways, bool is_output,
             uint64_t n_samples);
  TensorPair(const TensorPair &) = delete;
  TensorPair &operator=(const TensorPair &) = delete;

  // The output is known not to tell classes: it has no acc.
  void forget_classes() { classifies_ = false; }
  // A node that quantizes this input, of either side. Before anything is added.
  void add_quantizer(const air_node &node) { quantizers_.emplace_back(node); }
  // The samples that follow.
  void add(const Values &reference, const Values &other);
  void skip(uint64_t n_samples) { measuring_.skip(n_samples * size_); }
  // Sets what is public, and what follows.
  void finish();

  double metric(air_metric which) const { return measured_.metrics[which]; }
  double reference_rms() const { return measured_.reference_rms; }
  // That brought the other to the order of the reference.
  const Reordering &way() const { return way_; }
  // rmse without the values that the quantized side of the two cannot represent.
  double rmse_in_range() const { return rmse_in_range_; }

  // Sets `broken`.
  void apply(std::span<const air_limit> limits);

 private:
  struct Range {
    double least = std::numeric_limits<double>::infinity(), most = -std::numeric_limits<double>::infinity();

    void add(std::span<const double> values);
    double width() const { return most > least ? most - least : 0; }
  };
  // The parts of both sides along one dimension.
  struct Axis {
    uint32_t index;
    uint64_t inner;  // values from one part to the next
    std::vector<Range> ours, theirs;
    bool sums_to_1 = true;

    bool is_distribution(std::span<const double> values) const;
    void add(std::span<const double> reference, std::span<const double> other);
  };
  static std::vector<Axis> axes_of(std::span<const int64_t> shape);

  void add_stored(const Values &reference, const Values &other);
  void add_reals(const Values &reference, const Values &other);
  void add_in_range(std::span<const double> reference, std::span<const double> other);
  void sample_points(std::span<const double> reference, std::span<const double> other);
  void find_lost_parts();
  void find_quantizer();
  void describe();

  std::vector<Reordering> ways_;
  Reordering way_;
  bool is_stored_;  // nobody knows the real numbers
  uint64_t size_, stride_;
  bool classifies_;
  Measuring measuring_;
  Measured measured_;
  uint64_t n_added_ = 0, n_agreeing_ = 0, n_beyond_ = 0, n_in_range_ = 0;
  double error_2_in_range_ = 0, rmse_in_range_ = 0;
  std::vector<Axis> axes_;
  std::optional<Kinds> kinds_;  // of an output
  Parts parts_;
  std::vector<double> points_;
  std::vector<QuantizedInput> quantizers_;
};

}  // namespace air
