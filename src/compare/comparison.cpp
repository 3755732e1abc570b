// SPDX-License-Identifier: BSD-3-Clause
// Two results compared: inputs, outputs, and node by node.
#include "compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string_view>

#include "common/error.h"
#include "common/input_quantizer.h"
#include "common/operators.h"
#include "compare/divergence.h"
#include "compare/inputs.h"
#include "compare/local/judgement.h"
#include "report/boundary.h"
#include "report/comparison_verdict.h"
#include "report/measured.h"
#include "text/metric_range.h"

namespace air {
namespace {

constexpr char kRange[] = "range";  // the suggestion that a type was made for other values

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
    for (const double bound : {limit.min, limit.max}) {
      const std::string wrong = std::isinf(bound) ? "" : impossible_for(limit.metric, bound);
      if (wrong.empty()) continue;
      fail(AIR_ERROR_INVALID_ARGUMENT, "limit of {}: it is never {:g}, {}", air_metric_name(limit.metric), bound,
           wrong);
    }
    if (const std::string wrong = wrong_way(limit); !wrong.empty()) {
      const bool is_max = wrong == "larger is better";
      fail(AIR_ERROR_INVALID_ARGUMENT, "limit of {} with {} {:g}: {}: {} {:g}?", air_metric_name(limit.metric),
           is_max ? "max" : "min", is_max ? limit.max : limit.min, wrong, is_max ? "min" : "max",
           is_max ? limit.max : limit.min);
    }
  }
  if (const std::string wrong = contradiction(limits); !wrong.empty())
    fail(AIR_ERROR_INVALID_ARGUMENT, "the limits cannot be met together: {}", wrong);
  return limits;
}

// For each output of the reference the index of its partner.
std::vector<uint32_t> corresponding_outputs(const air_model &reference, const air_model &other) {
  const std::span ours(reference.outputs, reference.n_outputs);
  const std::span theirs(other.outputs, other.n_outputs);
  std::vector<uint32_t> result;
  bool fits = ours.size() == theirs.size();
  if (fits) result = partners(ours, theirs);
  for (size_t i = 0; i < ours.size() && fits; ++i) fits = n_reals(*ours[i]) == n_reals(*theirs[result[i]]);
  if (!fits) {
    fail(AIR_ERROR_INVALID_INPUT, "the outputs do not correspond: {} of the reference, {} of the other",
         tensors_text(ours), tensors_text(theirs));
  }
  return result;
}

std::optional<air_layout> known_layout(const air_compare_options &options) {
  if (options.layout == 0) return {};
  if (options.layout > 1 + AIR_LAYOUT_FROM_CHANNEL_LAST)
    fail(AIR_ERROR_INVALID_ARGUMENT, "layout is {}, expected 0, or 1 + an air_layout", options.layout);
  return static_cast<air_layout>(options.layout - 1);
}

// Inputs and outputs are in the order that their shapes tell: values decide where shapes cannot.
std::vector<Reordering> declared_way(const air_tensor &reference, const air_tensor &other) {
  const std::vector<Reordering> ways = reorderings(reference, other);
  return ways.empty() ? loose_reorderings(reference, other) : std::vector{ways.front()};
}

// The same of outputs, where more may be known.
std::vector<Reordering> output_ways(const air_tensor &reference, const air_tensor &other,
                                    std::optional<air_layout> known) {
  const std::vector<Reordering> ways = known_ways(loose_reorderings(reference, other), known);
  return known && ways.size() == 1 ? ways : declared_way(reference, other);
}

// Whether shapes leave several orders open, and this one among them.
bool is_decided_by(air_layout layout, const air_tensor_pair &pair) {
  const std::vector<Reordering> ways = loose_reorderings(*pair.reference, *pair.other);
  return ways.size() > 1 && std::ranges::find(ways, layout, &Reordering::layout) != ways.end();
}

bool any_quantized(const Side &side) {
  const auto quantized = [](const Values &values) { return values.tensor.encoding != AIR_ENCODING_PLAIN; };
  return std::ranges::any_of(side.inputs, quantized) || std::ranges::any_of(side.outputs, quantized) ||
         std::ranges::any_of(side.nodes,
                             [&](const NodeValues &node) { return std::ranges::any_of(node.outputs, quantized); });
}

// What is wrong with the other side, told by what is wrong with the reference: A is right in every report.
const char *mirrored(const char *kind) {
  const std::string_view name = kind;
  if (name == "activation lost") return "activation added";
  return name == "activation added" ? "activation lost" : kind;
}

// Nodes are told by their indices.
void check_session(const air_session *session, const air_model &model, const char *name) {
  if (session == nullptr) return;
  const air_model &own = *air_get_model(session);
  const auto same = [](const air_node *a, const air_node *b) {
    return a->n_outputs == b->n_outputs && std::string_view(a->name) == b->name;
  };
  if (!std::equal(own.nodes, own.nodes + own.n_nodes, model.nodes, model.nodes + model.n_nodes, same)) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "{} is of model {} with {} nodes, expected that of the result: {} with {}", name,
         own.name, own.n_nodes, model.name, model.n_nodes);
  }
}

uint32_t n_nodes_with_data(const air_result &result) {
  uint32_t n = 0;
  for (uint32_t node = 0; node < air_get_result_model(&result)->n_nodes; ++node)
    n += report::has_data(&result, node) ? 1 : 0;
  return n;
}

// Who judges: of two that can, the one that rounds nothing itself.
air_side judge_of(const Side &left, const Side &right, const air_compare_options &options) {
  const auto can = [](const air_session *session) {
    return session != nullptr && (air_get_model(session)->capabilities & AIR_CAP_GIVEN) != 0;
  };
  const bool ours = can(options.reference_session);
  if (can(options.other_session) && (!ours || (any_quantized(left) && !any_quantized(right)))) return AIR_SIDE_OTHER;
  return ours ? AIR_SIDE_REFERENCE : AIR_SIDE_NONE;
}

}  // namespace

Comparison::Comparison(const air_result &left_result, const air_result &right_result,
                       const air_compare_options &options)
    : air_comparison{},
      held_reference_(HeldResult::shared(&left_result)),
      held_other_(HeldResult::shared(&right_result)),
      limit_list_(limits_of(options)),
      layout_(known_layout(options)) {
  Side left(left_result);
  Side right(right_result);
  check_same_inputs(left, right);
  find_spoilt(left, right, true);
  reference = &left_result;
  other = &right_result;
  n_samples = options.next == nullptr ? left.n_samples : options.n_samples;
  n_reference_with_data = n_nodes_with_data(left_result);
  n_other_with_data = n_nodes_with_data(right_result);
  limits = limit_list_.data();
  n_limits = static_cast<uint32_t>(limit_list_.size());
  first_diverging = -1;
  add_inputs(left, right);
  add_outputs(left, right);
  const bool may_tell = options.next != nullptr || !any_input_is_destroyed();
  const bool with_nodes = !left.nodes.empty() && !right.nodes.empty() && may_tell;
  const Judged judged = with_nodes ? add_nodes(left, right, options) : nullptr;
  add_parts(left, right, options, judged.get());
  finish_outputs();
  const bool destroyed = any_input_is_destroyed();
  if (destroyed)
    drop_nodes();
  else if (judged == nullptr || !take(judged->finish(), judged->pairs()))
    judge_freely(any_quantized(left) || any_quantized(right) || judged != nullptr);
  if (layout_) check_layout();
  conclude(destroyed, options.random_inputs != 0);
}

void Comparison::check_layout() const {
  const auto decided = [&](const air_tensor_pair *pair) { return is_decided_by(*layout_, *pair); };
  const auto any_decided = [&](const auto &pairs) { return std::ranges::any_of(pairs, decided); };
  if (any_decided(outputs_) || std::ranges::any_of(node_tensors_, any_decided)) return;
  fail(AIR_ERROR_INVALID_ARGUMENT,
       "the layout decides nothing: of each output and tensor of a node that is compared the shapes tell the order, or "
       "allow another one only");
}

void Comparison::release() const noexcept {
  if (n_holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) const std::unique_ptr<const Comparison> last(this);
}

// Nothing tells of a network what its inputs tell of themselves.
void Comparison::conclude(bool inputs_destroyed, bool random_inputs) {
  conclusion = inputs_destroyed ? AIR_CONCLUSION_NONE : passed != 0 ? AIR_CONCLUSION_AGREES : AIR_CONCLUSION_DIFFERS;
  const bool any_fault = std::ranges::any_of(nodes_, [](const air_node_pair *node) {
    return node->verdict == AIR_VERDICT_OWN_ERROR && node->local->suggestion != kRange;
  });
  if (random_inputs && !any_fault && conclusion == AIR_CONCLUSION_DIFFERS) {
    for (const air_node_pair *node : nodes_) {
      if (node->local == nullptr || node->local->clipped <= local::kMostClipped) continue;
      ++n_saturated;
      most_saturated = std::max(most_saturated, node->local->clipped);
    }
    if (n_saturated > 0) conclusion = AIR_CONCLUSION_NONE;
  }
  passed = conclusion == AIR_CONCLUSION_AGREES ? 1 : 0;
}

TensorPair *Comparison::grow(const Values &ours, const Values &theirs, std::vector<Reordering> ways, bool classifies) {
  TensorPair &pair = tensors_.emplace_back(ours, theirs, std::move(ways), classifies, n_samples);
  growing_.push_back({pair, ours, theirs});
  return &pair;
}

void Comparison::add_inputs(const Side &left, const Side &right) {
  const std::vector<uint32_t> sources = corresponding_inputs(right.model, left.model);
  for (size_t i = 0; i < sources.size(); ++i) {
    const Values &ours = left.inputs[i];
    const Values &theirs = right.inputs[sources[i]];
    TensorPair *pair = grow(ours, theirs, declared_way(ours.tensor, theirs.tensor), false);
    for (const Side *side : {&left, &right}) {
      const air_tensor &input = side == &left ? ours.tensor : theirs.tensor;
      if (const air_node *node = quantizer_of_input(side->model, input); node != nullptr) pair->add_quantizer(*node);
    }
    pair->add(ours, theirs);
    pair->finish();  // so far
    inputs_.push_back(pair);
  }
  n_inputs = static_cast<uint32_t>(inputs_.size());
  inputs = inputs_.data();
}

bool Comparison::any_input_is_destroyed() const {
  return std::ranges::any_of(inputs_, [](const air_tensor_pair *input) { return report::is_destroyed(*input); });
}

namespace {

// A vector of as many values as an input is that input again, as autoencoders give it, or a signal made of it: its largest value is no class.
bool may_reconstruct(const air_tensor &output, std::span<const Values> inputs) {
  return std::ranges::any_of(inputs, [&](const Values &input) { return n_reals(input.tensor) == n_reals(output); });
}

}  // namespace

void Comparison::add_outputs(const Side &left, const Side &right) {
  const std::vector<uint32_t> indices = corresponding_outputs(left.model, right.model);
  if (indices.empty()) fail(AIR_ERROR_INVALID_INPUT, "the captures have no outputs: there is nothing to compare");
  for (size_t i = 0; i < indices.size(); ++i) {
    const Values &ours = left.outputs[i];
    const Values &theirs = right.outputs[indices[i]];
    output_pairs_.push_back(grow(ours, theirs, output_ways(ours.tensor, theirs.tensor, layout_), true));
    if (may_reconstruct(ours.tensor, left.inputs) || may_reconstruct(theirs.tensor, right.inputs))
      output_pairs_.back()->forget_classes();
    outputs_.push_back(output_pairs_.back());
  }
  n_outputs = static_cast<uint32_t>(outputs_.size());
  outputs = outputs_.data();
}

void Comparison::finish_outputs() {
  passed = 1;
  for (TensorPair *pair : output_pairs_) {
    pair->apply(limit_list_);
    if (!report::is_within(*pair)) passed = 0;
  }
}

Comparison::Judged Comparison::add_nodes(const Side &left, const Side &right, const air_compare_options &options) {
  check_session(options.reference_session, left.model, "reference_session");
  check_session(options.other_session, right.model, "other_session");
  judge_side = judge_of(left, right, options);
  std::vector<Match> matches = match_nodes(left, right);
  if (judge_side == AIR_SIDE_NONE) {
    add_nodes(matches, left, right);
    add_tensors(pair_tensors(matches, left, right, layout_), matches, left, right);
    return nullptr;
  }
  const bool by_reference = judge_side == AIR_SIDE_REFERENCE;
  const local::Judge judge{by_reference ? options.reference_session : options.other_session, options.timeout_ms,
                           options.token};
  auto judged = std::make_unique<local::PairsJudged>(left, right, by_reference, std::move(matches), judge,
                                                     options.connect, layout_);
  add_nodes(judged->matches(), left, right);
  add_tensors(judged->pairs(), judged->matches(), left, right);
  return judged;
}

// Nothing tells of them what destroyed inputs tell of themselves.
void Comparison::drop_nodes() {
  nodes_.clear();
  node_pairs_.clear();
  nodes = nullptr;
  n_nodes = n_matched = 0;
  judge_side = AIR_SIDE_NONE;
}

void Comparison::add_nodes(const std::vector<Match> &matches, const Side &left, const Side &right) {
  for (const Match &match : matches) {
    const NodeValues *ours = match.reference ? &left.nodes[*match.reference] : nullptr;
    const NodeValues *theirs = match.other ? &right.nodes[*match.other] : nullptr;
    air_node_pair &pair = node_pairs_.emplace_back();
    pair.reference = ours == nullptr ? nullptr : &ours->node;
    pair.other = theirs == nullptr ? nullptr : &theirs->node;
    pair.reference_index = ours == nullptr ? UINT32_MAX : ours->index;
    pair.other_index = theirs == nullptr ? UINT32_MAX : theirs->index;
    pair.confidence = match.confidence;
    pair.matched_by = match.reasons;
    if (ours != nullptr && theirs != nullptr) ++n_matched;
    nodes_.push_back(&pair);
  }
  n_nodes = static_cast<uint32_t>(nodes_.size());
  nodes = nodes_.data();
}

void Comparison::add_tensors(const std::vector<PairedTensor> &pairs, const std::vector<Match> &matches,
                             const Side &left, const Side &right) {
  node_tensors_.resize(matches.size());
  for (const PairedTensor &pair : pairs) {
    const Values &ours = left.nodes[*matches[pair.match].reference].outputs[pair.output];
    const Values &theirs = right.nodes[*matches[pair.match].other].outputs[pair.output];
    node_tensors_[pair.match].push_back(grow(ours, theirs, {pair.way}, false));
  }
  for (size_t i = 0; i < node_pairs_.size(); ++i) {
    node_pairs_[i].n_tensors = static_cast<uint32_t>(node_tensors_[i].size());
    node_pairs_[i].tensors = node_tensors_[i].data();
  }
}

void Comparison::judge_freely(bool quantized) {
  Judge judge(quantized);
  for (const air_tensor_pair *input : inputs_) judge.begin(static_cast<const TensorPair &>(*input));
  for (size_t i = 0; i < node_pairs_.size(); ++i) {
    air_node_pair &node = node_pairs_[i];
    if (node.n_tensors == 0) continue;
    if (!any_unspoilt_) {
      node.verdict = AIR_VERDICT_NO_DATA;
      continue;
    }
    const bool softmax = is_like(*node.reference, "softmax") || is_like(*node.other, "softmax");
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

// Of the tensors of a node the one that is furthest beyond its threshold decides.
bool Comparison::take(const local::Verdict &verdict, const std::vector<PairedTensor> &pairs) {
  weights = verdict.weights;
  if (weights == local::kUnknownWeights) {
    judge_side = AIR_SIDE_NONE;
    return false;
  }
  std::vector<const local::Finding *> worst(node_pairs_.size());
  for (const local::Finding &finding : verdict.findings) {
    const local::Finding *&owner = worst[pairs[finding.pair].match];
    if (owner == nullptr || local::excess(finding.error) > local::excess(owner->error)) owner = &finding;
  }
  for (size_t i = 0; i < node_pairs_.size(); ++i) {
    air_node_pair &pair = node_pairs_[i];
    if (worst[i] != nullptr) {
      set_local(pair, *worst[i]);
    } else if (pair.n_tensors > 0) {
      pair.verdict = AIR_VERDICT_NO_DATA;
    }
    if (pair.verdict == AIR_VERDICT_OWN_ERROR && n_own_errors++ == 0) first_diverging = static_cast<int32_t>(i);
  }
  return true;
}

void Comparison::set_local(air_node_pair &pair, const local::Finding &finding) {
  air_local_error &error = local_errors_.emplace_back(local::describe(finding.error));
  pair.local = &error;
  pair.verdict = local::verdict_of(finding.error);
  if (finding.explanation && pair.verdict == AIR_VERDICT_OWN_ERROR) {
    error.suggestion =
        judge_side == AIR_SIDE_REFERENCE ? finding.explanation->kind : mirrored(finding.explanation->kind);
    error.suggestion_ratio = finding.explanation->ratio;
  }
  // What is wrong before may bring values that no type was made for.
  if (pair.verdict != AIR_VERDICT_OWN_ERROR && n_own_errors == 0 && local::is_saturated(finding.error)) {
    pair.verdict = AIR_VERDICT_OWN_ERROR;
    error.suggestion = kRange;
    error.suggestion_ratio = error.ratio;
  }
}

}  // namespace air
