// SPDX-License-Identifier: BSD-3-Clause
// The values of one sample of one tensor of a result, and those of its partner in a comparison.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airunner_report.h"

namespace air::cli {

using Stored = std::vector<std::byte>;

// A tensor of a result.
struct Tensor {
  const air_result *result;
  air_place place;
  uint32_t node;  // of AIR_PLACE_NODE
  uint32_t index;
  const air_tensor *description;
};

// Of that name: what a node computes, else an input of the model. Nothing where there is none.
std::optional<Tensor> find_tensor(const air_result *result, std::string_view name);
// The output of a node.
Tensor tensor_of_node(const air_result *result, uint32_t node, const air_tensor *description);

// As they are stored. Throws Failure where there are none, or where their number is one of each sample.
Stored stored_values(const Tensor &tensor, uint64_t sample);
std::vector<float> real_values(const Tensor &tensor, uint64_t sample);
std::vector<float> real_values(const air_tensor &description, const Stored &stored);

// Two tensors that were compared, and the side that is asked for.
struct Partner {
  Tensor tensor;
  const air_tensor_pair *pair;
  bool is_other;  // of the pair
};
// What the comparison compared with the tensor of that name of one of its sides; nothing where it did not.
std::optional<Partner> find_partner(const air_comparison &comparison, bool of_other, std::string_view name);

// Values of the other side in the order of the reference.
std::vector<float> in_reference_order(const std::vector<float> &values, const air_tensor_pair &pair);

}  // namespace air::cli
