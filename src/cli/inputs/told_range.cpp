// SPDX-License-Identifier: BSD-3-Clause
// The real values that the inputs of a model were made for, where it tells.
#include "cli/inputs/told_range.h"

#include <span>

#include "common/input_quantizer.h"
#include "common/steps.h"

namespace air::cli {
namespace {

std::optional<ToldRange> range_of_input(const air_model &model, const air_tensor &input) {
  const air_node *node = quantizer_of_input(model, input);
  if (node == nullptr) return {};
  const Steps made = *steps_of(*node->outputs[0]);
  return ToldRange{made.low, made.high, node->name};
}

}  // namespace

std::optional<ToldRange> told_range(const air_model &model) {
  std::optional<ToldRange> told;
  for (const air_tensor *input : std::span(model.inputs, model.n_inputs)) {
    const auto found = range_of_input(model, *input);
    if (!found || (told && (told->low != found->low || told->high != found->high))) return {};
    told = found;
  }
  return told;
}

}  // namespace air::cli
