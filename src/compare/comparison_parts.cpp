// SPDX-License-Identifier: BSD-3-Clause
// The samples of two results, part after part: measured, judged, and dropped before the next ones are there.
#include <algorithm>
#include <set>

#include "common/error.h"
#include "compare/comparison.h"
#include "compare/in_parallel.h"
#include "report/boundary.h"

namespace air {
namespace {

std::vector<uint32_t> nodes_read(const Side &side) {
  std::vector<uint32_t> read;
  for (const NodeValues &node : side.nodes)
    if (node.is_read) read.push_back(node.index);
  return read;
}

// Never NULL, which means all nodes.
const uint32_t *listed(const std::vector<uint32_t> &nodes) {
  static constexpr uint32_t kNone = 0;
  return nodes.empty() ? &kNone : nodes.data();
}

}  // namespace

// The samples that the sides show, of all tensors but the first ones.
void Comparison::add_shown(size_t first, const std::vector<bool> &spoilt) {
  any_unspoilt_ = any_unspoilt_ || std::ranges::find(spoilt, false) != spoilt.end();
  uint64_t n_values = 0;
  for (const Growing &growing : growing_) n_values += growing.reference.tensor.n_elements * growing.reference.n_samples;
  in_parallel(growing_.size() - first, n_values, [&](size_t i) {
    const Growing &growing = growing_[first + i];
    if (first + i < inputs_.size() + outputs_.size()) return growing.pair.add(growing.reference, growing.other);
    add_unspoilt(growing, spoilt);
  });
}

// Of a node.
void Comparison::add_unspoilt(const Growing &growing, const std::vector<bool> &spoilt) {
  for (uint64_t begin = 0, end = 0; begin < spoilt.size(); begin = end) {
    while (end < spoilt.size() && spoilt[end] == spoilt[begin]) ++end;
    const uint64_t count = end - begin;
    if (spoilt[begin])
      growing.pair.skip(count);
    else
      growing.pair.add(samples_of(growing.reference, begin, count), samples_of(growing.other, begin, count));
  }
}

// What the judge computed on its own nobody needs any more, and of the other's values only some: what the judge computes from them takes as much memory.
void Comparison::drop_unread(local::PairsJudged &judged) {
  if (reference == other) return;
  const bool by_reference = judge_side == AIR_SIDE_REFERENCE;
  const std::vector<uint32_t> read = judged.nodes_read();
  air_drop_node_data(by_reference ? reference : other, nullptr, 0);
  air_drop_node_data(by_reference ? other : reference, read.data(), static_cast<uint32_t>(read.size()));
  judged.trim();
}

void Comparison::judge_part(local::PairsJudged *judged, bool may_drop) {
  if (judged == nullptr) return;
  if (may_drop) drop_unread(*judged);
  judged->add();
}

// What has no partner is not compared, and only the judge may want it.
void Comparison::read_compared(Side &left, Side &right, const local::PairsJudged *judged) const {
  std::set<uint32_t> ours, theirs;
  for (const air_node_pair &pair : node_pairs_) {
    if (pair.n_tensors == 0) continue;
    ours.insert(pair.reference_index);
    theirs.insert(pair.other_index);
  }
  if (judged != nullptr) {
    const std::vector<uint32_t> read = judged->nodes_read();
    (judge_side == AIR_SIDE_REFERENCE ? theirs : ours).insert(read.begin(), read.end());
  }
  left.read_only(ours);
  right.read_only(theirs);
}

void Comparison::add_parts(Side &left, Side &right, const air_compare_options &options, local::PairsJudged *judged) {
  const bool in_parts = options.next != nullptr;
  add_shown(inputs_.size(), left.spoilt);
  judge_part(judged, in_parts);
  read_compared(left, right, judged);
  const uint64_t n_first = left.n_samples;
  uint64_t n_added = n_first;
  while (n_added < n_samples) {
    show_next(left, right, options, false);
    add_shown(0, left.spoilt);
    judge_part(judged, in_parts);
    n_added += left.n_samples;
  }
  if (n_added != n_samples) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "the parts have {} samples, expected the {} of air_compare_options.n_samples",
         n_added, n_samples);
  }
  growing_.clear();
  for (TensorPair &pair : tensors_) pair.finish();
  if (n_samples > n_first && judged != nullptr && judged->needs_first_part()) {
    (judge_side == AIR_SIDE_REFERENCE ? left : right).read_only({});
    show_next(left, right, options, true);
    drop_unread(*judged);
  }
}

void Comparison::show_next(Side &left, Side &right, const air_compare_options &options, bool is_first_part) {
  // Before the next part takes as much memory. A model that is the session's outlives its results.
  air_drop_node_data(reference, nullptr, 0);
  air_drop_node_data(other, nullptr, 0);
  for (air_session *session : {options.reference_session, options.other_session}) air_trim(session);
  const auto release = [](HeldResult &part, HeldResult &held, const Side &side, const air_session *session) {
    part = {};
    if (session != nullptr && air_get_model(session) == &side.model) held = {};
  };
  release(part_reference_, held_reference_, left, options.reference_session);
  release(part_other_, held_other_, right, options.other_session);
  const std::vector<uint32_t> ours = nodes_read(left), theirs = nodes_read(right);
  const air_needed_nodes needed = {listed(ours), listed(theirs), static_cast<uint32_t>(ours.size()),
                                   static_cast<uint32_t>(theirs.size())};
  report::check(options.next(options.user, &needed, part_reference_.out(), part_other_.out()));
  if (!part_reference_ || !part_other_)
    fail(AIR_ERROR_INVALID_ARGUMENT,
         "air_compare_options.next gave no results, expected those of the samples that follow");
  left.show(*part_reference_);
  right.show(*part_other_);
  check_same_inputs(left, right);
  find_spoilt(left, right, is_first_part);
  reference = part_reference_.get();
  other = part_other_.get();
}

}  // namespace air
