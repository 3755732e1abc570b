// SPDX-License-Identifier: BSD-3-Clause
// Two results compared: inputs, outputs, and node by node.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "common/values.h"
#include "compare/layouts.h"
#include "compare/local/verdict.h"
#include "compare/mapping.h"
#include "compare/side.h"
#include "compare/tensor_pair.h"

namespace air {

// Owns what the public struct points to, and holds both results.
class Comparison : public air_comparison {
 public:
  // Throws AIR_ERROR_INVALID_INPUT where there is nothing to compare.
  Comparison(const air_result &reference, const air_result &other, const air_compare_options &options);
  Comparison(const Comparison &) = delete;
  Comparison &operator=(const Comparison &) = delete;

  void retain() const noexcept { n_holders_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept;  // whoever was the last holder must not use it any more

 private:
  // A tensor of both sides, whose samples come in parts.
  struct Growing {
    TensorPair &pair;
    const Values &reference, &other;
  };
  using Judged = std::unique_ptr<local::PairsJudged>;

  TensorPair *grow(const Values &reference, const Values &other, std::vector<Reordering> ways, bool classifies);
  void add_shown(size_t first, const std::vector<bool> &spoilt);
  static void add_unspoilt(const Growing &growing, const std::vector<bool> &spoilt);
  void add_inputs(const Side &left, const Side &right);
  void add_outputs(const Side &left, const Side &right);
  bool any_input_is_destroyed() const;
  Judged add_nodes(const Side &left, const Side &right, const air_compare_options &options);
  void add_nodes(const std::vector<Match> &matches, const Side &left, const Side &right);
  void add_tensors(const std::vector<PairedTensor> &pairs, const std::vector<Match> &matches, const Side &left,
                   const Side &right);
  void drop_unread(local::PairsJudged &judged);
  void judge_part(local::PairsJudged *judged, bool may_drop);
  void read_compared(Side &left, Side &right, const local::PairsJudged *judged) const;
  void add_parts(Side &left, Side &right, const air_compare_options &options, local::PairsJudged *judged);
  void show_next(Side &left, Side &right, const air_compare_options &options, bool is_first_part);
  void finish_outputs();
  void drop_nodes();
  void check_layout() const;  // one that decides nothing is refused
  void conclude(bool inputs_destroyed, bool random_inputs);
  void judge_freely(bool quantized);
  // Nothing is taken where the judge does not know how weights are rounded.
  bool take(const local::Verdict &verdict, const std::vector<PairedTensor> &pairs);
  void set_local(air_node_pair &pair, const local::Finding &finding);

  mutable std::atomic<uint64_t> n_holders_ = 1;
  HeldResult held_reference_, held_other_;
  HeldResult part_reference_, part_other_;  // of the samples that followed last
  std::vector<air_limit> limit_list_;
  std::optional<air_layout> layout_;
  std::deque<TensorPair> tensors_;
  std::vector<Growing> growing_;  // inputs first; until all parts are there
  std::vector<TensorPair *> output_pairs_;
  std::vector<const air_tensor_pair *> inputs_, outputs_;
  bool any_unspoilt_ = false;  // samples whose inputs are all finite
  std::deque<air_node_pair> node_pairs_;
  std::vector<std::vector<const air_tensor_pair *>> node_tensors_;
  std::vector<const air_node_pair *> nodes_;
  std::deque<air_local_error> local_errors_;
};

}  // namespace air
