// SPDX-License-Identifier: BSD-3-Clause
// Which node of a model computes what another one reads.
#include "compare/local/graph.h"

#include <algorithm>

#include "common/operators.h"
#include "text/descriptions.h"

namespace air::local {

Graph::Graph(const air_model &model) : model_(model), is_constant_(model.n_nodes) {
  for (uint32_t n = 0; n < model.n_nodes; ++n) {
    for (uint32_t i = 0; i < node(n).n_outputs; ++i) origins_[node(n).outputs[i]->name].push_back({n, i});
    for (uint32_t i = 0; i < node(n).n_inputs; ++i) readers_[node(n).inputs[i]->name].push_back(n);
  }
  const auto is_read = [this](const air_tensor *input) { return !readers(*input).empty(); };
  if (std::any_of(model.inputs, model.inputs + model.n_inputs, is_read)) find_constants();
}

// What no input of the model leads to.
void Graph::find_constants() {
  is_constant_.assign(model_.n_nodes, true);
  std::vector<const air_tensor *> open(model_.inputs, model_.inputs + model_.n_inputs);
  while (!open.empty()) {
    const air_tensor &tensor = *open.back();
    open.pop_back();
    for (const uint32_t reader : readers(tensor)) {
      if (!is_constant_[reader]) continue;
      is_constant_[reader] = false;
      open.insert(open.end(), node(reader).outputs, node(reader).outputs + node(reader).n_outputs);
    }
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

// The first node of that kind that reads a tensor, if none of them is one of `not_through`.
std::optional<Origin> next(const Graph &graph, const air_tensor &tensor, const char *kind,
                           const std::vector<bool> &not_through) {
  std::optional<Origin> first;
  for (const uint32_t node : graph.readers(tensor)) {
    if (graph.node(node).n_outputs != 1 || !operator_letters(graph.node(node).operation).starts_with(kind)) continue;
    if (not_through[node]) return {};
    if (!first) first = Origin{node, 0};
  }
  return first;
}

const air_tensor &tensor_of(const Graph &graph, const Origin &origin) {
  return *graph.node(origin.node).outputs[origin.output];
}

// What a node brings back as it was written, where that is known.
Origin as_written(const Graph &graph, const Origin &back) {
  const air_node &node = graph.node(back.node);
  if (!operator_letters(node.operation).starts_with("dequantize") || node.n_inputs == 0) return back;
  const air_tensor &stored = *node.inputs[0];
  if (stored.encoding == AIR_ENCODING_PLAIN || lacks_scales(stored)) return back;
  return graph.origin(stored).value_or(back);
}

// What is brought back of a value that is quantized next.
std::optional<Origin> quantized_between(const Graph &graph, const air_tensor &value,
                                        const std::vector<bool> &not_through) {
  const std::optional<Origin> quantized = next(graph, value, "quantize", not_through);
  return quantized ? next(graph, tensor_of(graph, *quantized), "dequantize", not_through) : std::nullopt;
}

}  // namespace

Origin brought_back(const Graph &graph, const Origin &value, const std::vector<bool> &not_through) {
  if (operator_letters(graph.node(value.node).operation).starts_with("quantize"))
    return next(graph, tensor_of(graph, value), "dequantize", not_through).value_or(value);
  return quantized_between(graph, tensor_of(graph, value), not_through).value_or(value);
}

bool is_activated(const Graph &graph, const Origin &value) {
  return std::ranges::any_of(graph.readers(tensor_of(graph, value)),
                             [&](uint32_t reader) { return is_activation(graph.node(reader)); });
}

Origin activated(const Graph &graph, const Origin &value, const std::vector<bool> &not_through) {
  const std::vector<uint32_t> &readers = graph.readers(tensor_of(graph, value));
  const bool alone = readers.size() == 1 && !not_through[readers[0]] && graph.node(readers[0]).n_outputs == 1;
  return alone && is_activation(graph.node(readers[0])) ? Origin{readers[0], 0} : value;
}

Origin as_read(const Graph &graph, const Origin &value, const std::vector<bool> &not_through) {
  const Origin back = brought_back(graph, value, not_through);
  const air_tensor &tensor = tensor_of(graph, back);
  const std::optional<Origin> quantized = next(graph, tensor, "quantize", not_through);
  const auto brings_back = [&](uint32_t node) {
    return operator_letters(graph.node(node).operation).starts_with("dequantize");
  };
  const bool one_kernel = quantized && graph.readers(tensor).size() == 1 &&
                          std::ranges::none_of(graph.readers(tensor_of(graph, *quantized)), brings_back);
  if (one_kernel) return *quantized;
  if (back.node == value.node) return back;
  // One that brings it back for all readers belongs to who wrote it. Several may differ: one that takes the value for another is wrong itself.
  const Origin written = as_written(graph, back);
  return graph.readers(tensor_of(graph, written)).size() > 1 ? written : back;
}

std::optional<Origin> read_from_input(const Graph &graph, const air_tensor &input,
                                      const std::vector<bool> &not_through) {
  const std::optional<Origin> back = quantized_between(graph, input, not_through);
  // Who wrote it cannot be wrong.
  return back ? std::optional(as_written(graph, *back)) : std::nullopt;
}

}  // namespace air::local
