// SPDX-License-Identifier: BSD-3-Clause
// What makes integers of an input within a network.
#include "common/input_quantizer.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>

#include "common/dtype.h"
#include "common/operators.h"
#include "common/steps.h"

namespace air {
namespace {

bool moves_values(const air_node &node) {
  constexpr std::array kinds = {"reshape", "transpose", "flatten", "squeeze", "expanddims", "identity"};
  return std::ranges::any_of(kinds, [&](const char *kind) { return is_like(node, kind); });
}

}  // namespace

const air_node *quantizer_of_input(const air_model &model, const air_tensor &input) {
  if (!is_floating(input.dtype)) return nullptr;
  std::set<std::string_view> names = {input.name};
  const auto holds_it = [&](const air_tensor *read) { return names.contains(read->name); };
  for (const air_node *node : std::span(model.nodes, model.n_nodes)) {
    if (node->n_outputs != 1 || node->outputs[0]->n_elements != input.n_elements) continue;
    if (std::none_of(node->inputs, node->inputs + node->n_inputs, holds_it)) continue;
    const air_tensor &output = *node->outputs[0];
    if (steps_of(output)) return node;
    if (moves_values(*node)) names.insert(output.name);
  }
  return nullptr;
}

}  // namespace air
