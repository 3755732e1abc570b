// SPDX-License-Identifier: BSD-3-Clause
// Which node of a model computes what another one reads.
#include "compare/local/graph.h"

#include <algorithm>

#include "compare/operators.h"

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

Origin brought_back(const Graph &graph, const Origin &value, const std::vector<bool> &not_through) {
  Origin origin = value;
  const bool is_quantized = operator_kind(graph.node(value.node).operation).starts_with("quantize");
  for (const char *kind : {"quantize", "dequantize"}) {
    if (is_quantized && origin.node == value.node && *kind == 'q') continue;
    const std::vector<uint32_t> &readers = graph.readers(*graph.node(origin.node).outputs[origin.output]);
    const auto next = std::ranges::find_if(readers, [&](uint32_t node) {
      return !not_through[node] && graph.node(node).n_outputs == 1 &&
             operator_kind(graph.node(node).operation).starts_with(kind);
    });
    if (next == readers.end()) return value;
    origin = {*next, 0};
  }
  return origin;
}

}  // namespace air::local
