// SPDX-License-Identifier: BSD-3-Clause
// What is judged, with what its nodes read.
#include "compare/local/prepared_case.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "common/dtype.h"
#include "common/memory_size.h"
#include "common/operators.h"
#include "common/shape.h"
#include "common/tensor_facts.h"
#include "compare/inputs.h"
#include "text/descriptions.h"

namespace air::local {
namespace {

constexpr uint64_t kProbe = 4;  // samples that tell what a conversion does

// Operators that compute from their inputs alone; of others nobody knows. Sums and products have weights where they read one input only.
bool may_have_weights(const air_node &node) {
  static const std::set<std::string, std::less<>> without = {
      "sigmoid",      "logistic",          "tanh",    "relu",    "leakyrelu", "softmax",
      "concat",       "concatenation",     "split",   "maxpool", "maxpoold",  "averagepool",
      "averagepoold", "globalaveragepool", "reshape", "flatten", "transpose", "squeeze"};
  static const std::set<std::string, std::less<>> of_two = {"add", "mul", "sub", "div"};
  const std::string kind = operator_letters(node.operation);
  return !without.contains(kind) && !(of_two.contains(kind) && node.n_inputs == 2);
}

double rms(const Reals &values) {
  const double sum = std::transform_reduce(values.begin(), values.end(), 0.0, std::plus<>(),
                                           [](double value) { return value * value; });
  return values.empty() ? 0 : std::sqrt(sum / static_cast<double>(values.size()));
}

// What was clipped all points one way, and sums do not average it, as they do what was rounded: it counts so often.
constexpr double kClippedCounts = 2.5;

// What a type of the judge makes of given values.
struct Conversion {
  const GivenValues &given;
  const air_tensor &to;
  bool clips_only;       // that it rounds is known
  bool for_exponential;  // whose relative errors are those of what goes in
};

// norm(converted - values) / norm(values) of a few samples; rms(converted - values) for what goes into an exponential.
double error_of(const Conversion &conversion, const Probe &probe) {
  const auto &[given, to, clips_only, for_exponential] = conversion;
  const Values values = samples_of(given.values, probe.first, probe.n_samples);
  std::vector<std::byte> storage(memory_size(checked_size(to.size_bytes, values.n_samples)));
  convert(values, given.way, to, {}, storage.data());
  const Reals before = reordered<double>(real_numbers(values), n_reals(to), given.way);
  Reals after = real_numbers({to, storage.data(), values.n_samples});
  const double step = coarsest_step(to);
  for (size_t i = 0; i < after.size(); ++i) {
    const double error = after[i] - before[i];
    if (std::fabs(error) > step)
      after[i] = before[i] + kClippedCounts * error;
    else if (clips_only)
      after[i] = before[i];
  }
  const double error = relative_error(before, after, n_reals(to), {});
  if (!std::isfinite(error)) return 0;
  return for_exponential ? error * rms(before) : error;
}

}  // namespace

PreparedCase::PreparedCase(const Case &subject)
    : case_(subject),
      judge_graph_(subject.judge.model),
      actual_graph_(subject.actual.model),
      judge_paired_(subject.judge.model.n_nodes),
      actual_paired_(subject.actual.model.n_nodes) {
  for (const JudgedTensor &tensor : case_.tensors) {
    judge_paired_[tensor.judge_node] = true;
    actual_paired_[tensor.actual_node] = true;
    nodes_.push_back(tensor.judge_node);
  }
  std::ranges::sort(nodes_);
  nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
  for (size_t i = 0; i < case_.actual.nodes.size(); ++i) places_[case_.actual.nodes[i].index] = i;
  find_given();
  find_inputs();
  for (const JudgedTensor &tensor : case_.tensors) read_.insert({received(tensor).node, judged(tensor).node});
}

bool PreparedCase::has_numbers(const Origin &origin) const {
  return places_.contains(origin.node) && !lacks_scales(values_at(origin).tensor);
}

// An activation that the judge has nowhere behind this node is part of it: no other pair would show what it does.
Origin PreparedCase::kept(const JudgedTensor &tensor) const {
  const Origin computed{tensor.actual_node, tensor.actual_output};
  const bool in_both = is_activated(judge_graph_, {tensor.judge_node, tensor.judge_output});
  return in_both ? computed : activated(actual_graph_, computed, actual_paired_);
}

// What the readers of the node got.
Origin PreparedCase::received(const JudgedTensor &tensor) const {
  const Origin received = as_read(actual_graph_, kept(tensor), actual_paired_);
  return has_numbers(received) ? received : Origin{tensor.actual_node, tensor.actual_output};
}

// What they got, but what the node computed where nobody tells how that was rounded.
Origin PreparedCase::judged(const JudgedTensor &tensor) const {
  const Origin origin = received(tensor);
  if (!has_unknown_steps({actual_graph_, origin.node, origin.output})) return origin;
  const Origin computed = kept(tensor);
  return has_numbers(computed) ? computed : Origin{tensor.actual_node, tensor.actual_output};
}

const Values &PreparedCase::values_at(const Origin &origin) const {
  return case_.actual.nodes[places_.at(origin.node)].outputs[origin.output];
}

// Nodes of which all outputs have a partner with numbers that can be turned into theirs.
void PreparedCase::find_given() {
  std::map<uint32_t, std::vector<const JudgedTensor *>> by_node;
  for (const JudgedTensor &tensor : case_.tensors) by_node[tensor.judge_node].push_back(&tensor);
  for (const auto &[node, tensors] : by_node) {
    const air_node &described = judge_graph_.node(node);
    const auto has_reals = [&](const JudgedTensor *tensor) {
      const air_tensor &to = *described.outputs[tensor->judge_output];
      return (is_floating(to.dtype) || to.encoding != AIR_ENCODING_PLAIN) && !lacks_scales(to);
    };
    if (tensors.size() != described.n_outputs || !std::ranges::all_of(tensors, has_reals)) continue;
    for (const JudgedTensor *tensor : tensors) {
      given_places_[{node, tensor->judge_output}] = given_.size();
      given_.push_back({node, tensor->judge_output, values_at(received(*tensor)), tensor->way});
    }
  }
}

void PreparedCase::find_inputs() {
  for (const Values &input : case_.actual.inputs) {
    const std::optional<Origin> read = read_from_input(actual_graph_, input.tensor, actual_paired_);
    const bool known = read && places_.contains(read->node);
    inputs_.push_back(known ? &values_at(*read) : &input);
    if (known) read_.insert(read->node);
  }
  const air_model &model = judge().model;
  const std::vector<uint32_t> sources = corresponding_inputs(actual().model, model);
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    const Values &from = *inputs_[sources[i]];
    given_inputs_.push_back({0, 0, from, way_between(from.tensor, *model.inputs[i])});
  }
}

const GivenValues *PreparedCase::given_input(const air_tensor &tensor) const {
  const std::span inputs(judge().model.inputs, judge().model.n_inputs);
  const auto found = std::ranges::find_if(
      inputs, [&](const air_tensor *input) { return std::string_view(input->name) == tensor.name; });
  return found == inputs.end() ? nullptr : &given_inputs_[static_cast<size_t>(found - inputs.begin())];
}

std::vector<uint32_t> PreparedCase::nodes_with_weights() const {
  std::vector<bool> has(judge().model.n_nodes);
  for (uint32_t n = 0; n < has.size(); ++n) {
    const air_node &node = judge_graph_.node(n);
    has[n] = may_have_weights(node);
    for (uint32_t i = 0; i < node.n_inputs && !has[n]; ++i) {
      const std::optional<Origin> origin = judge_graph_.origin(*node.inputs[i]);
      const bool is_known = origin ? origin->node < n && !has[origin->node] : given_input(*node.inputs[i]) != nullptr;
      has[n] = given_for(*node.inputs[i]) == nullptr && !is_known;
    }
  }
  std::vector<uint32_t> found;
  std::ranges::copy_if(nodes_, std::back_inserter(found), [&](uint32_t node) { return has[node]; });
  return found;
}

const GivenValues *PreparedCase::given_for(const air_tensor &read) const {
  const std::optional<Origin> origin = judge_graph_.origin(read);
  const auto place = origin ? given_places_.find({origin->node, origin->output}) : given_places_.end();
  return place == given_places_.end() ? nullptr : &given_[place->second];
}

Expected PreparedCase::expected(const JudgedTensor &tensor, int n_estimated) const {
  const Place judge = {judge_graph_, tensor.judge_node, tensor.judge_output};
  const Origin origin = judged(tensor);
  const Place actual = {actual_graph_, origin.node, origin.output};
  return expected_of({actual, judge, actual_paired_, judge_paired_}, rounding_of_inputs(judge.described()),
                     n_estimated);
}

// What the judge's own steps make of given values, relative to these: where it reads them, and on the way there through nodes without a partner.
double PreparedCase::rounding_of_inputs(const air_node &node) const {
  double most = 0;
  const Probe probe = probe_of(actual(), kProbe);
  for (uint32_t i = 0; i < node.n_inputs && probe.n_samples > 0; ++i) {
    std::vector<const air_tensor *> passed;
    const GivenValues *given = given_before(*node.inputs[i], passed);
    for (const air_tensor *to : passed) {
      if (given == nullptr || to->encoding == AIR_ENCODING_PLAIN || lacks_scales(*to) ||
          n_reals(*to) != n_reals(given->values.tensor))
        continue;
      const bool is_read = to == node.inputs[i];
      most = std::max(most, error_of({*given, *to, !is_read, is_like(node, "softmax")}, probe));
    }
  }
  return most;
}

const GivenValues *PreparedCase::given_before(const air_tensor &read, std::vector<const air_tensor *> &passed) const {
  for (const air_tensor *tensor = &read; passed.size() <= judge().model.n_nodes;) {
    passed.push_back(tensor);
    if (const GivenValues *given = given_for(*tensor)) return given;
    const std::optional<Origin> origin = judge_graph_.origin(*tensor);
    if (!origin) return given_input(*tensor);
    if (judge_paired_[origin->node] || judge_graph_.node(origin->node).n_inputs == 0) break;
    tensor = judge_graph_.node(origin->node).inputs[0];
  }
  return nullptr;
}

Reals PreparedCase::actual_values(const JudgedTensor &tensor, uint64_t first, uint64_t count) const {
  return in_order_of(tensor.way, values_at(judged(tensor)), first, count);
}

uint64_t PreparedCase::size_of_sample() const {
  uint64_t size = 1;
  for (const uint32_t node : nodes_) {
    const air_node &described = judge_graph_.node(node);
    for (uint32_t i = 0; i < described.n_outputs; ++i) size += described.outputs[i]->size_bytes;
  }
  return size;
}

}  // namespace air::local
