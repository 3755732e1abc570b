// SPDX-License-Identifier: BSD-3-Clause
// The ways in which weights are rounded, and the one that a deployment tells.
#include "compare/local/schemes.h"

#include <algorithm>
#include <array>
#include <set>

#include "common/dtype.h"
#include "common/operators.h"
#include "common/tensor_facts.h"

namespace air::local {
namespace {

// From the finest to the coarsest.
constexpr std::array<Scheme, 9> kSchemes = {{{"none", "none", Rounding::kNone},
                                             {"float16", "float16", Rounding::kNone},
                                             {"int8-channel", "int8-channel", Rounding::kNone},
                                             {"int8-tensor", "int8-tensor", Rounding::kNone},
                                             {"uint8-tensor", "uint8-tensor", Rounding::kNone},
                                             {"int8-channel, inputs to int8", "int8-channel", Rounding::kDynamic},
                                             {"int8-tensor, inputs to int8", "int8-tensor", Rounding::kDynamic},
                                             {"uint8-tensor, inputs to int8", "uint8-tensor", Rounding::kDynamic},
                                             {"int4", "int4", Rounding::kNone}}};
constexpr size_t kInt8 = 2, kDynamicInt8 = 5;
constexpr size_t kOf8Bits = 3;  // ways to round weights to 8 bits

// A side, and its nodes that have a partner.
struct Nodes {
  const Graph &graph;
  const Paired &paired;
};

// Of the node and those without a partner before it, up to the nodes that have one.
bool any_in_step(const Nodes &nodes, uint32_t node, std::initializer_list<const char *> kinds) {
  std::set<uint32_t> seen = {node};
  std::vector<uint32_t> open = {node};
  while (!open.empty()) {
    const air_node &described = nodes.graph.node(open.back());
    open.pop_back();
    if (std::ranges::any_of(kinds, [&](const char *kind) { return is_like(described, kind); })) return true;
    for (uint32_t i = 0; i < described.n_inputs; ++i) {
      const std::optional<Origin> origin = nodes.graph.origin(*described.inputs[i]);
      if (origin && !nodes.paired[origin->node] && seen.insert(origin->node).second) open.push_back(origin->node);
    }
  }
  return false;
}

bool rounds_weights(const Nodes &nodes, uint32_t node) {
  const air_node &described = nodes.graph.node(node);
  const auto quantized = [](const air_tensor *tensor) { return tensor->encoding != AIR_ENCODING_PLAIN; };
  return std::any_of(described.outputs, described.outputs + described.n_outputs, quantized) ||
         (described.computes_in != AIR_DTYPE_NONE && !is_floating(described.computes_in)) ||
         any_in_step(nodes, node, {"dequantize", "integer", "qlinear", "dynamicquantize"});
}

bool tells_computes_in(const air_node *node) {
  return node->computes_in != AIR_DTYPE_NONE;
}

// Weights alone may be brought back from any type: only what is quantized on the way tells which.
bool any_quantized(const PreparedCase &subject) {
  return std::ranges::any_of(subject.actual().nodes, [](const NodeValues &node) {
    return std::ranges::any_of(node.outputs,
                               [](const Values &output) { return output.tensor.encoding != AIR_ENCODING_PLAIN; });
  });
}

}  // namespace

bool has_weights(const air_node &node) {
  constexpr std::array<const char *, 5> kinds = {"conv", "gemm", "matmul", "fullyconnected", "dense"};
  return std::ranges::any_of(kinds, [&](const char *kind) { return is_like(node, kind); });
}

std::span<const Scheme> schemes() {
  return kSchemes;
}

size_t end_of_others(size_t told) {
  return told == kNotRounded ? kSchemes.size() : told + kOf8Bits;
}

std::vector<bool> with_rounded_weights(const PreparedCase &subject) {
  std::vector<bool> result;
  const Nodes nodes{subject.actual_graph(), subject.actual_paired()};
  for (const JudgedTensor &tensor : subject.tensors()) result.push_back(rounds_weights(nodes, tensor.actual_node));
  return result;
}

bool judge_has_rounded_weights(const PreparedCase &subject) {
  const air_model &model = subject.judge().model;
  // What tells of some nodes in which type they compute, and of one with weights does not, has weights of another type there.
  const bool tells = std::any_of(model.nodes, model.nodes + model.n_nodes, tells_computes_in);
  const Nodes nodes{subject.judge_graph(), subject.judge_paired()};
  return std::ranges::any_of(subject.tensors(), [&](const JudgedTensor &tensor) {
    const air_node &node = nodes.graph.node(tensor.judge_node);
    return (tells && has_weights(node) && !tells_computes_in(&node)) || rounds_weights(nodes, tensor.judge_node);
  });
}

bool quantized_alike(const PreparedCase &subject) {
  size_t n_alike = 0;
  size_t n_quantized = 0;
  for (const JudgedTensor &tensor : subject.tensors()) {
    const air_tensor &ours = *subject.judge_graph().node(tensor.judge_node).outputs[tensor.judge_output];
    const air_tensor &theirs = *subject.actual_graph().node(tensor.actual_node).outputs[tensor.actual_output];
    if (ours.encoding == AIR_ENCODING_PLAIN) continue;
    ++n_quantized;
    if (stored_alike(ours, theirs)) ++n_alike;
  }
  return 2 * n_alike >= n_quantized;
}

size_t told_scheme(const PreparedCase &subject, const std::vector<bool> &rounding) {
  const air_model &model = subject.actual().model;
  const auto rounds_while_running = [](const air_node *node) { return is_like(*node, "dynamicquantize"); };
  if (std::any_of(model.nodes, model.nodes + model.n_nodes, rounds_while_running)) return kDynamicInt8;
  return any_quantized(subject) && std::ranges::find(rounding, true) != rounding.end() ? kInt8 : kNotRounded;
}

}  // namespace air::local
