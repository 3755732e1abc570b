// SPDX-License-Identifier: BSD-3-Clause
// Which node of a model computes what another one reads.
#include "compare/local/graph.h"

namespace air::local {

Graph::Graph(const air_model &model) : model_(model) {
  for (uint32_t n = 0; n < model.n_nodes; ++n) {
    for (uint32_t i = 0; i < node(n).n_outputs; ++i) origins_[node(n).outputs[i]->name].push_back({n, i});
    for (uint32_t i = 0; i < node(n).n_inputs; ++i) readers_[node(n).inputs[i]->name].push_back(n);
  }
}

std::optional<Origin> Graph::origin(const air_tensor &tensor) const {
  const auto found = origins_.find(tensor.name);
  if (found == origins_.end() || found->second.size() != 1) return {};
  return found->second.front();
}

const std::vector<uint32_t> &Graph::readers(const air_tensor &tensor) const {
  static const std::vector<uint32_t> none;
  const auto found = readers_.find(tensor.name);
  return found == readers_.end() ? none : found->second;
}

}  // namespace air::local
