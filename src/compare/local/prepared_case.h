// SPDX-License-Identifier: BSD-3-Clause
// What is judged, with what its nodes read.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "compare/local/expectation.h"
#include "compare/local/graph.h"
#include "compare/local/recomputation.h"
#include "compare/side.h"

namespace air::local {

// One output of a node that has a partner.
struct JudgedTensor {
  uint32_t judge_node, actual_node;  // in the models
  uint32_t judge_output, actual_output;
  Reordering way;  // from the order of what is judged to the judge's
};

// What is judged: `actual` has computed the values.
struct Case {
  const Side &judge, &actual;
  std::vector<JudgedTensor> tensors;
};

// Refers to the case, and to the samples that its sides show when it is asked.
class PreparedCase {
 public:
  explicit PreparedCase(const Case &subject);

  const Side &judge() const { return case_.judge; }
  const Side &actual() const { return case_.actual; }
  const std::vector<JudgedTensor> &tensors() const { return case_.tensors; }
  const Graph &judge_graph() const { return judge_graph_; }
  const Graph &actual_graph() const { return actual_graph_; }
  // Nodes that have a partner.
  const Paired &judge_paired() const { return judge_paired_; }
  const Paired &actual_paired() const { return actual_paired_; }
  // Nodes of the judge whose outputs are wanted, ascending.
  const std::vector<uint32_t> &nodes() const { return nodes_; }
  // Those of them whose values weights may change: their own, or those of nodes before them whose values are not given.
  std::vector<uint32_t> nodes_with_weights() const;
  const std::vector<GivenValues> &given() const { return given_; }
  // Of what is judged, as its nodes read them.
  const std::vector<const Values *> &inputs() const { return inputs_; }

  // What is given to the judge for what one of its nodes reads; none where it computes that itself.
  const GivenValues *given_for(const air_tensor &read) const;
  // `n_estimated` as of expected_of().
  Expected expected(const JudgedTensor &tensor, int n_estimated) const;
  // What is judged of a node, in the judge's order.
  Reals actual_values(const JudgedTensor &tensor, uint64_t first, uint64_t count) const;
  // Nodes of what is judged whose values all this reads, ascending.
  std::vector<uint32_t> nodes_read() const { return {read_.begin(), read_.end()}; }
  // What the judge computes of one sample; bytes.
  uint64_t size_of_sample() const;

 private:
  void find_given();
  void find_inputs();
  Origin kept(const JudgedTensor &tensor) const;
  Origin received(const JudgedTensor &tensor) const;
  Origin judged(const JudgedTensor &tensor) const;
  bool has_numbers(const Origin &origin) const;
  const Values &values_at(const Origin &origin) const;
  double rounding_of_inputs(const air_node &node) const;
  const GivenValues *given_input(const air_tensor &tensor) const;
  // What is given for what is read, or further before; `passed`: the tensors from there on, the one that is read first.
  const GivenValues *given_before(const air_tensor &read, std::vector<const air_tensor *> &passed) const;

  const Case &case_;
  Graph judge_graph_, actual_graph_;
  Paired judge_paired_, actual_paired_;
  std::vector<uint32_t> nodes_;
  std::map<uint32_t, size_t> places_;  // of nodes in actual().nodes
  std::vector<GivenValues> given_;
  std::map<std::pair<uint32_t, uint32_t>, size_t> given_places_;  // by node and output
  std::set<uint32_t> read_;
  std::vector<const Values *> inputs_;
  std::vector<GivenValues> given_inputs_;  // the same for each input of the judge; of no node
};

}  // namespace air::local
