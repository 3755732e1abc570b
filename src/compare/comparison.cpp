// SPDX-License-Identifier: BSD-3-Clause
// Two captures compared: inputs, outputs, and node by node.
#include "comparison.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>

#include "divergence.h"
#include "error.h"
#include "inputs.h"
#include "tensor.h"

namespace air {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr air_limit kDefaultLimit = {AIR_METRIC_COS, 0, 0.99, kEndless};

std::vector<air_limit> limits_of(const air_compare_options &options) {
  if (options.n_limits == 0) return {kDefaultLimit};
  if (options.limits == nullptr)
    fail(AIR_ERROR_INVALID_ARGUMENT, "limits is NULL, expected {} limits", options.n_limits);
  std::vector<air_limit> limits(options.limits, options.limits + options.n_limits);
  for (const air_limit &limit : limits) {
    if (air_metric_name(limit.metric) == nullptr || limit.reserved != 0) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "limit of metric {}: there is no such metric, or reserved is not 0",
           static_cast<int>(limit.metric));
    }
    if (!(limit.min <= limit.max)) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "limit of {}: nothing is between {} and {}", air_metric_name(limit.metric),
           limit.min, limit.max);
    }
  }
  return limits;
}

// For each output of the reference the index of its partner: by name where all names agree, else in order.
std::vector<uint32_t> corresponding_outputs(const air_model_info &reference, const air_model_info &other) {
  std::vector<uint32_t> in_order(reference.n_outputs);
  std::iota(in_order.begin(), in_order.end(), 0U);
  std::vector<uint32_t> by_name;
  for (const air_tensor_info *tensor : std::span(reference.outputs, reference.n_outputs)) {
    const auto *const *found =
        std::find_if(other.outputs, other.outputs + other.n_outputs,
                     [&](const air_tensor_info *t) { return std::string_view(t->name) == tensor->name; });
    by_name.push_back(static_cast<uint32_t>(found - other.outputs));
  }
  const bool named = std::is_permutation(by_name.begin(), by_name.end(), in_order.begin(), in_order.end());
  const std::vector<uint32_t> &result = named ? by_name : in_order;
  for (uint32_t i = 0; i < reference.n_outputs; ++i) {
    if (reference.n_outputs == other.n_outputs &&
        n_reals(*reference.outputs[i]) == n_reals(*other.outputs[result[i]])) {
      continue;
    }
    fail(AIR_ERROR_INVALID_INPUT, "the outputs do not correspond: {} of the reference, {} of the other",
         tensors_text(reference.outputs, reference.n_outputs), tensors_text(other.outputs, other.n_outputs));
  }
  return result;
}

// Inputs and outputs are in the order that their shapes tell: values decide where shapes cannot.
std::vector<Reordering> declared_way(const air_tensor_info &reference, const air_tensor_info &other) {
  const std::vector<Reordering> ways = reorderings(reference, other);
  return ways.empty() ? loose_reorderings(reference, other) : std::vector{ways.front()};
}

bool is_softmax(const air_node_info &node) {
  std::string description = node.description;
  std::transform(description.begin(), description.end(), description.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return description.find("softmax") != std::string::npos;
}

bool any_quantized(const air_capture &capture) {
  const auto quantized = [](const air_tensor_info *tensor) { return tensor->encoding != AIR_ENCODING_PLAIN; };
  const air_model_info &info = *capture.info;
  return std::any_of(info.inputs, info.inputs + info.n_inputs, quantized) ||
         std::any_of(info.outputs, info.outputs + info.n_outputs, quantized) ||
         std::any_of(capture.nodes, capture.nodes + capture.n_nodes, [&](const air_captured_node *node) {
           return std::any_of(node->info->outputs, node->info->outputs + node->info->n_outputs, quantized);
         });
}

}  // namespace

Comparison::Comparison(const air_capture &left, const air_capture &right, const air_compare_options &options)
    : air_comparison{}, limit_list_(limits_of(options)) {
  struct_size = sizeof(air_comparison);
  reference = &left;
  other = &right;
  check_same_inputs(left, right);
  n_samples = left.n_samples;
  limits = limit_list_.data();
  n_limits = static_cast<uint32_t>(limit_list_.size());
  compare_inputs();
  compare_outputs();
  first_diverging = -1;
  if (left.n_nodes > 0 && right.n_nodes > 0) {
    compare_nodes();
    judge();
  }
}

TensorPair &Comparison::add(const Values &left, const Values &right, const std::vector<Reordering> &ways,
                            bool classifies) {
  return tensors_.emplace_back(left, right, ways, classifies);
}

void Comparison::compare_inputs() {
  const std::vector<uint32_t> sources = corresponding_inputs(*other->info, *reference->info);
  for (size_t i = 0; i < sources.size(); ++i) {
    const Values left{*reference->info->inputs[i], reference->inputs[i], n_samples};
    const Values right{*other->info->inputs[sources[i]], other->inputs[sources[i]], n_samples};
    inputs_.push_back(&add(left, right, declared_way(left.info, right.info), false));
  }
  n_inputs = static_cast<uint32_t>(inputs_.size());
  inputs = inputs_.data();
}

void Comparison::compare_outputs() {
  const std::vector<uint32_t> partners = corresponding_outputs(*reference->info, *other->info);
  if (partners.empty()) fail(AIR_ERROR_INVALID_INPUT, "the captures have no outputs: there is nothing to compare");
  passed = 1;
  for (size_t i = 0; i < partners.size(); ++i) {
    const Values left{*reference->info->outputs[i], reference->outputs[i], n_samples};
    const Values right{*other->info->outputs[partners[i]], other->outputs[partners[i]], n_samples};
    TensorPair &pair = add(left, right, declared_way(left.info, right.info), true);
    pair.apply(limit_list_);
    if (pair.broken != 0 || pair.n_not_finite > 0 || (pair.n_values == 0 && n_reals(left.info) > 0)) passed = 0;
    outputs_.push_back(&pair);
  }
  n_outputs = static_cast<uint32_t>(outputs_.size());
  outputs = outputs_.data();
}

void Comparison::compare_nodes() {
  for (const Match &match : match_nodes(*reference, *other)) {
    air_node_pair &pair = node_pairs_.emplace_back();
    pair.struct_size = sizeof(pair);
    pair.confidence = match.confidence;
    pair.match = match.reasons;
    nodes_.push_back(&pair);
    std::vector<const air_tensor_pair *> &tensors = node_tensors_.emplace_back();
    if (match.reference) pair.reference = reference->nodes[*match.reference]->info;
    if (match.other) pair.other = other->nodes[*match.other]->info;
    if (!match.reference || !match.other) continue;
    ++n_matched;
    const air_captured_node &left = *reference->nodes[*match.reference];
    const air_captured_node &right = *other->nodes[*match.other];
    for (uint32_t t = 0; t < std::min(left.info->n_outputs, right.info->n_outputs); ++t) {
      if (n_reals(*left.info->outputs[t]) != n_reals(*right.info->outputs[t])) break;
      const Values a{*left.info->outputs[t], left.data[t], n_samples};
      const Values b{*right.info->outputs[t], right.data[t], n_samples};
      tensors.push_back(&add(a, b, loose_reorderings(a.info, b.info), false));
    }
    pair.n_tensors = static_cast<uint32_t>(tensors.size());
    pair.tensors = tensors.data();
  }
  n_nodes = static_cast<uint32_t>(nodes_.size());
  nodes = nodes_.data();
}

void Comparison::judge() {
  Judge judge(any_quantized(*reference) || any_quantized(*other));
  for (const air_tensor_pair *input : inputs_) judge.begin(static_cast<const TensorPair &>(*input));
  for (size_t i = 0; i < node_pairs_.size(); ++i) {
    air_node_pair &node = node_pairs_[i];
    if (node.n_tensors == 0) continue;
    const bool softmax = is_softmax(*node.reference) || is_softmax(*node.other);
    for (const air_tensor_pair *tensor : node_tensors_[i]) {
      const auto [verdict, allowed] = judge.judge(static_cast<const TensorPair &>(*tensor), softmax);
      if (verdict > node.verdict || node.verdict == AIR_VERDICT_UNMATCHED) {  // the worst of the tensors decides
        node.verdict = verdict;
        node.allowed_rmse = allowed;
      }
    }
    for (const air_tensor_pair *tensor : node_tensors_[i]) {
      judge.accept(static_cast<const TensorPair &>(*tensor), node.verdict);
    }
    if (node.verdict == AIR_VERDICT_DIVERGES) first_diverging = static_cast<int32_t>(i);
  }
}

}  // namespace air
