// SPDX-License-Identifier: BSD-3-Clause
// Which node of a model computes what another one reads.
#include "compare/local/graph.h"

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

namespace {

// The node of that kind that reads a tensor, if it is not one of `not_through`.
std::optional<Origin> next(const Graph &graph, const air_tensor &tensor, const char *kind,
                           const std::vector<bool> &not_through) {
  for (const uint32_t node : graph.readers(tensor)) {
    if (!not_through[node] && graph.node(node).n_outputs == 1 &&
        operator_letters(graph.node(node).operation).starts_with(kind))
      return Origin{node, 0};
  }
  return {};
}

const air_tensor &tensor_of(const Graph &graph, const Origin &origin) {
  return *graph.node(origin.node).outputs[origin.output];
}

}  // namespace

Origin brought_back(const Graph &graph, const Origin &value, const std::vector<bool> &not_through) {
  if (operator_letters(graph.node(value.node).operation).starts_with("quantize"))
    return next(graph, tensor_of(graph, value), "dequantize", not_through).value_or(value);
  return read_from_input(graph, tensor_of(graph, value), not_through).value_or(value);
}

std::optional<Origin> read_from_input(const Graph &graph, const air_tensor &input,
                                      const std::vector<bool> &not_through) {
  const std::optional<Origin> quantized = next(graph, input, "quantize", not_through);
  return quantized ? next(graph, tensor_of(graph, *quantized), "dequantize", not_through) : std::nullopt;
}

}  // namespace air::local
