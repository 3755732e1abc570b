// SPDX-License-Identifier: BSD-3-Clause
// The real values that the inputs of a model were made for, where it tells.
#include "cli/inputs/told_range.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "common/dtype.h"
#include "common/tensor_facts.h"

namespace air::cli {
namespace {

bool reads(const air_node &node, const air_tensor &input) {
  return std::any_of(node.inputs, node.inputs + node.n_inputs,
                     [&](const air_tensor *read) { return std::string_view(read->name) == input.name; });
}

// What a quantized tensor with one scale can represent.
std::optional<ToldRange> range_of(const air_tensor &tensor, const char *node) {
  const auto bits = static_cast<int>(air_dtype_bits(tensor.dtype));
  if (tensor.encoding != AIR_ENCODING_QUANTIZED || scales_of(tensor).size() != 1 || bits > 16) return {};
  const auto scale = static_cast<double>(scales_of(tensor).front());
  const double least = is_signed_integer(tensor.dtype) ? -std::ldexp(0.5, bits) : 0;
  const double low = (least - zero_points_of(tensor).front()) * scale;
  return ToldRange{low, low + (std::ldexp(1, bits) - 1) * scale, node};
}

std::optional<ToldRange> range_of_input(const air_model &model, const air_tensor &input) {
  if (!is_floating(input.dtype)) return {};
  for (const air_node *node : std::span(model.nodes, model.n_nodes)) {
    if (node->n_outputs != 1 || node->outputs[0]->n_elements != input.n_elements || !reads(*node, input)) continue;
    if (auto found = range_of(*node->outputs[0], node->name)) return found;
  }
  return {};
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
