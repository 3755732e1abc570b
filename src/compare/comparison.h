// SPDX-License-Identifier: BSD-3-Clause
// Two captures compared: inputs, outputs, and node by node.
#pragma once

#include <deque>
#include <vector>

#include "mapping.h"
#include "tensor_pair.h"

namespace air {

// Owns what the public struct points to, except the captures.
class Comparison : public air_comparison {
 public:
  // Throws AIR_ERROR_INVALID_INPUT where there is nothing to compare.
  Comparison(const air_capture &reference, const air_capture &other, const air_compare_options &options);
  Comparison(const Comparison &) = delete;
  Comparison &operator=(const Comparison &) = delete;

 private:
  void compare_inputs();
  void compare_outputs();
  void compare_nodes();
  void judge();
  TensorPair &add(const Values &left, const Values &right, const std::vector<Reordering> &ways, bool classifies);

  std::vector<air_limit> limit_list_;
  std::deque<TensorPair> tensors_;
  std::vector<const air_tensor_pair *> inputs_, outputs_;
  std::deque<air_node_pair> node_pairs_;
  std::deque<std::vector<const air_tensor_pair *>> node_tensors_;
  std::vector<const air_node_pair *> nodes_;
};

}  // namespace air
