// SPDX-License-Identifier: BSD-3-Clause
// The known faults, tried on the nodes that are wrong.
#include "compare/local/suspects.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "common/operators.h"
#include "common/shape.h"
#include "common/tensor_facts.h"
#include "compare/inputs.h"

namespace air::local {
namespace {

constexpr uint64_t kMostBytes = 256 << 20;  // of all that is computed of the nodes that faults are tried on at once
// Of what the judge computes in one trial; and samples, where the memory allows them.
constexpr uint64_t kMostBytesRun = 8 << 20, kFewest = 4, kMost = 16;
// What is tried on so many of them tells enough, and takes long enough.
constexpr size_t kMostGroups = 8;

uint64_t size_of_suspect(const PreparedCase &subject, size_t index) {
  const JudgedTensor &tensor = subject.tensors()[index];
  return n_reals(*subject.judge_graph().node(tensor.judge_node).outputs[tensor.judge_output]) * sizeof(double) *
         (alterations().size() + 3);
}

uint64_t size_of(const PreparedCase &subject, std::span<const size_t> wrong) {
  uint64_t size = 1;
  for (const size_t index : wrong) size += size_of_suspect(subject, index);
  return size;
}

// As many together as the memory allows, in the order of execution.
std::vector<std::span<const size_t>> groups_of(const PreparedCase &subject, std::span<const size_t> wrong) {
  std::vector<std::span<const size_t>> groups;
  while (!wrong.empty() && groups.size() < kMostGroups) {
    size_t n = 1;
    while (n < wrong.size() && size_of(subject, wrong.first(n + 1)) <= kMostBytes) ++n;
    groups.push_back(wrong.first(n));
    wrong = wrong.subspan(n);
  }
  return groups;
}

// What is run.
struct Trial {
  std::vector<uint32_t> nodes;  // whose outputs are wanted, ascending
  Probe samples;
};

Trial trial_of(const PreparedCase &subject, std::span<const size_t> wrong) {
  const uint64_t in_time = std::clamp(kMostBytesRun / subject.size_of_sample(), kFewest, kMost);
  const uint64_t in_memory = std::max<uint64_t>(kMostBytes / size_of(subject, wrong), 1);
  Trial trial{{}, probe_of(subject.actual(), std::min(in_time, in_memory))};
  for (const size_t index : wrong) trial.nodes.push_back(subject.tensors()[index].judge_node);
  std::ranges::sort(trial.nodes);
  trial.nodes.erase(std::unique(trial.nodes.begin(), trial.nodes.end()), trial.nodes.end());
  return trial;
}

// What is handed on as it is by an activation without given values of its own.
void add_bypasses(const PreparedCase &subject, std::vector<GivenValues> &given) {
  for (uint32_t n = 0; n < subject.judge().model.n_nodes; ++n) {
    const air_node &node = subject.judge_graph().node(n);
    if (subject.judge_paired()[n] || node.n_inputs != 1 || node.n_outputs != 1) continue;
    if (!is_like(node, "relu") && !is_like(node, "clip")) continue;
    const GivenValues *read = subject.given_for(*node.inputs[0]);
    if (read != nullptr) given.push_back({n, 0, read->values, read->way});
  }
}

HeldResult run(const PreparedCase &subject, const Trial &trial, const Judge &judge, Rounding rounding,
               const Alteration &alteration) {
  std::vector<GivenValues> given = subject.given();
  if (alteration.change == Change::kBypassed) add_bypasses(subject, given);
  return Recomputation(judge, trial.nodes, given, subject.inputs(), subject.actual(), rounding, alteration)
      .run(trial.samples.first, trial.samples.n_samples);
}

// What the node reads, or those without given values between these and the node.
void add_inputs(const PreparedCase &subject, const air_node &node, uint64_t first, Suspect &suspect) {
  const air_model &model = subject.judge().model;
  const std::vector<uint32_t> sources = corresponding_inputs(subject.actual().model, model);
  for (uint32_t i = 0; i < node.n_inputs; ++i) {
    const air_tensor &tensor = *node.inputs[i];
    const auto add = [&](const Values &values, const Reordering &way) {
      suspect.inputs.push_back({picture_of(model, tensor), in_order_of(way, values, first, suspect.n_samples)});
    };
    const std::span<const air_tensor *const> inputs(model.inputs, model.n_inputs);
    const auto input =
        std::ranges::find_if(inputs, [&](const air_tensor *own) { return std::string_view(own->name) == tensor.name; });
    if (const GivenValues *given = subject.given_for(tensor)) {
      add(given->values, given->way);
    } else if (const std::optional<Origin> origin = subject.judge_graph().origin(tensor)) {
      add_inputs(subject, subject.judge_graph().node(origin->node), first, suspect);
    } else if (input != inputs.end()) {
      const Values &values = *subject.inputs()[sources[static_cast<size_t>(input - inputs.begin())]];
      add(values, way_between(values.tensor, **input));
    }
  }
}

// `first`: of the samples that were run.
Suspect make_suspect(const PreparedCase &subject, const JudgedTensor &tensor, const Expected &expected, uint64_t first,
                     const air_result &exact, const air_result *rounded) {
  const air_node &node = subject.judge_graph().node(tensor.judge_node);
  const air_tensor &output = *node.outputs[tensor.judge_output];
  const Values computed = node_output(exact, tensor.judge_node, tensor.judge_output).value();
  Suspect suspect{channels_of(subject.judge().model, node, output),
                  expected,
                  picture_of(subject.judge().model, output),
                  {shape_of(output).begin(), shape_of(output).end()},
                  computed.n_samples,
                  subject.actual_values(tensor, first, computed.n_samples),
                  real_numbers(computed)};
  if (rounded != nullptr) {
    suspect.rounding = real_numbers(node_output(*rounded, tensor.judge_node, tensor.judge_output).value());
    for (size_t i = 0; i < suspect.rounding.size(); ++i) suspect.rounding[i] -= suspect.exact[i];
  }
  add_inputs(subject, node, first, suspect);
  if (suspect.inputs.size() != 2) return suspect;
  for (const GivenValues &given : subject.given()) {
    if (given.node < tensor.judge_node && n_reals(given.values.tensor) == n_reals(output))
      suspect.others.push_back(in_order_of(given.way, given.values, first, computed.n_samples));
  }
  return suspect;
}

// With what altered inputs do to them.
std::vector<Suspect> make_suspects(const PreparedCase &subject, std::span<const size_t> wrong, const Judges &judges,
                                   int n_estimated) {
  const Trial trial = trial_of(subject, wrong);
  if (trial.samples.n_samples == 0) return {};  // nothing tells what it is
  const HeldResult exact = run(subject, trial, judges.exact, Rounding::kNone, {});
  const HeldResult rounded =
      judges.rounded != nullptr ? run(subject, trial, judges.rounded->judge, judges.rounding, {}) : HeldResult();
  std::vector<Suspect> suspects;
  for (const size_t index : wrong) {
    const JudgedTensor &tensor = subject.tensors()[index];
    suspects.push_back(make_suspect(subject, tensor, subject.expected(tensor, n_estimated), trial.samples.first, *exact,
                                    rounded.get()));
  }
  const bool any_picture =
      std::ranges::any_of(suspects, [](const Suspect &suspect) { return suspect.picture.has_value(); });
  for (const Alteration &alteration : alterations()) {
    const bool for_all = !needs_picture(alteration);
    if (!any_picture && !for_all) break;
    const HeldResult altered = run(subject, trial, judges.exact, Rounding::kNone, alteration);
    for (size_t k = 0; k < wrong.size(); ++k) {
      const JudgedTensor &tensor = subject.tensors()[wrong[k]];
      const Reals values = real_numbers(node_output(*altered, tensor.judge_node, tensor.judge_output).value());
      const std::optional<Picture> &picture = suspects[k].picture;
      if (for_all || picture)
        suspects[k].altered.emplace_back(alteration, picture ? brought_back(values, *picture, alteration) : values);
    }
  }
  return suspects;
}

}  // namespace

std::vector<std::optional<Explanation>> explain(const PreparedCase &subject, const std::vector<size_t> &wrong,
                                                const Judges &judges, int n_estimated) {
  std::vector<std::optional<Explanation>> explanations;
  for (const std::span<const size_t> group : groups_of(subject, wrong)) {
    for (const Suspect &suspect : make_suspects(subject, group, judges, n_estimated))
      explanations.push_back(explain(suspect));
  }
  explanations.resize(wrong.size());
  return explanations;
}

}  // namespace air::local
