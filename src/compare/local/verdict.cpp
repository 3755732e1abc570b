// SPDX-License-Identifier: BSD-3-Clause
// The nodes of two sides paired and judged by one of them.
#include "compare/local/verdict.h"

#include <algorithm>

#include "common/tensor_facts.h"
#include "compare/local/judgement.h"
#include "text/descriptions.h"

namespace air::local {
namespace {

constexpr int kMostRounds = 3;

// Of pairs whose numbers are known; `owners` gets their places. Where the judge quantizes a value and brings it back to floats, what it reads is
// judged, and given, too.
Case case_of(const Side &reference, const Side &other, bool by_reference, const std::vector<Match> &matches,
             const std::vector<PairedTensor> &pairs, std::vector<size_t> &owners) {
  Case subject{by_reference ? reference : other, by_reference ? other : reference, {}};
  const Graph graph(subject.judge.model);
  const Graph actual_graph(subject.actual.model);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const NodeValues &ours = reference.nodes[*matches[pairs[i].match].reference];
    const NodeValues &theirs = other.nodes[*matches[pairs[i].match].other];
    const uint32_t output = pairs[i].output;
    if (only_stored(ours.outputs[output].tensor, theirs.outputs[output].tensor)) continue;
    const JudgedTensor tensor = by_reference
                                    ? JudgedTensor{ours.index, theirs.index, output, output, pairs[i].way}
                                    : JudgedTensor{theirs.index, ours.index, output, output, inverse(pairs[i].way)};
    if (graph.is_constant(tensor.judge_node) || actual_graph.is_constant(tensor.actual_node)) continue;
    subject.tensors.push_back(tensor);
    owners.push_back(i);
  }
  std::vector<bool> paired(subject.judge.model.n_nodes);
  for (const JudgedTensor &tensor : subject.tensors) paired[tensor.judge_node] = true;
  for (size_t i = 0, n = subject.tensors.size(); i < n; ++i) {
    JudgedTensor tensor = subject.tensors[i];
    const Origin read = brought_back(graph, {tensor.judge_node, tensor.judge_output}, paired);
    if (read.node == tensor.judge_node) continue;
    tensor.judge_node = read.node;
    tensor.judge_output = read.output;
    subject.tensors.push_back(tensor);
    owners.push_back(owners[i]);
  }
  return subject;
}

// Whether each node of the judge has a partner of its name, and more in common with it: of one file in two forms, what values tell would not be more.
bool are_beyond_doubt(const std::vector<Match> &matches, bool by_reference) {
  return std::ranges::all_of(matches, [&](const Match &match) {
    const bool is_of_judge = by_reference ? match.reference.has_value() : match.other.has_value();
    const bool is_called_so = (match.reasons & AIR_MATCH_NAME) != 0;
    return !is_of_judge || (is_called_so && (match.reasons & (AIR_MATCH_OPERATION | AIR_MATCH_VALUES)) != 0);
  });
}

}  // namespace

// Behind a node that is wrong, values that both sides computed on their own are no help in pairing; those that the judge computes from what the
// other has are. The pairs that result give it more to compute from, until nothing changes.
void PairsJudged::pair_again(const Side &reference, const Side &other, bool by_reference) {
  for (int round = 0; round < kMostRounds; ++round) {
    trim();  // what the round before computed would be there beside what the runtime computes now
    std::vector<size_t> owners;
    const Case subject = case_of(reference, other, by_reference, matches_, pairs_, owners);
    const HeldResult computed = compute_samples(subject, judge_);
    Side judged = by_reference ? reference : other;
    judged.nodes = nodes_of(*computed);
    judged.n_samples = judged.nodes.empty() ? 0 : judged.nodes.front().outputs.front().n_samples;
    const Side &ours = by_reference ? judged : reference;
    const Side &theirs = by_reference ? other : judged;
    if (judged.nodes.size() != (by_reference ? reference : other).nodes.size()) break;
    std::vector<Match> matches = match_nodes(ours, theirs);
    const auto same = [](const Match &a, const Match &b) { return a.reference == b.reference && a.other == b.other; };
    const bool done = std::ranges::equal(matches, matches_, same);
    pairs_ = pair_tensors(matches, ours, theirs, layout_);
    matches_ = std::move(matches);
    if (done) break;
  }
  trim();
}

PairsJudged::PairsJudged(const Side &reference, const Side &other, bool by_reference, std::vector<Match> matches,
                         const Judge &judge, const air_connect_options *connect, std::optional<air_layout> layout)
    : judge_(judge),
      layout_(layout),
      matches_(std::move(matches)),
      pairs_(pair_tensors(matches_, reference, other, layout)) {
  if (!are_beyond_doubt(matches_, by_reference)) pair_again(reference, other, by_reference);
  case_.emplace(case_of(reference, other, by_reference, matches_, pairs_, owners_));
  judged_ = begin_judging(*case_, judge_, connect);
}

Verdict PairsJudged::finish() {
  const Judgement judgement = judged_->finish();
  Verdict verdict{{}, judgement.weights};
  if (verdict.weights == kUnknownWeights) return verdict;
  for (size_t i = 0; i < owners_.size(); ++i) {
    if (judgement.errors[i]) verdict.findings.push_back({owners_[i], *judgement.errors[i], judgement.explanations[i]});
  }
  return verdict;
}

}  // namespace air::local
