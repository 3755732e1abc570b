// SPDX-License-Identifier: BSD-3-Clause
// What a node that quantizes an input makes of it.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "compare/tensors.h"

namespace air {

class QuantizedInput {
 public:
  // `node` quantizes it with one scale.
  explicit QuantizedInput(const air_node &node) : node_(node), steps_(*steps_of(*node.outputs[0])) {}

  void add(std::span<const double> values);

  const air_node &node() const { return node_; }
  double error() const;    // norm(e) / norm(r)
  double clipped() const;  // part of the values, 0 to 1
  double least() const { return least_; }
  double most() const { return most_; }

 private:
  const air_node &node_;
  Steps steps_;
  double error_2_ = 0, values_2_ = 0;
  uint64_t n_ = 0, n_beyond_ = 0;
  double least_ = std::numeric_limits<double>::infinity(), most_ = -std::numeric_limits<double>::infinity();
};

}  // namespace air
