// SPDX-License-Identifier: BSD-3-Clause
// What documents of whole runs measured, brought together: one value of each run for each quantity, of the network and of its nodes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/json.h"
#include "report/regression/limits.h"

namespace air::report {

// The documents airunner.profile/1 in these documents: each is one, or airunner.runs/1 with several. Throws AIR_ERROR_INVALID_INPUT.
std::vector<JsonView> runs_in(std::span<const JsonDocument> documents);

// The profile documents in one of either kind.
std::vector<JsonView> runs_in(const JsonView &document);

// One value of each run, where a document has it: those that have none are left out.
using Values = std::vector<double>;

// A quantity of both sides; what only one side has is none.
struct Measure {
  Quantity quantity;
  std::string unit;
  std::optional<std::string> node;  // its name
  uint64_t index = 0;               // of the node in the baseline
  Values baseline, current;
};

class Measures {
 public:
  Measures(std::vector<JsonView> baseline, std::vector<JsonView> current);

  // Of the network, of every node, or of memory: none where nothing was measured on both sides.
  std::vector<Measure> of(const Quantity &quantity) const;
  // What there is beside times and memory: columns of the network, and of nodes.
  std::vector<std::string> columns(Place place) const;
  // What all values of a quantity are multiples of, as those of a clock are of its tick; 0 where they are of none.
  double step(const Quantity &quantity) const;
  // Nodes that only the one side has, by name.
  const std::vector<std::string> &only_in_baseline() const { return only_in_baseline_; }
  const std::vector<std::string> &only_in_current() const { return only_in_current_; }
  // Nodes of each side that anything was measured of, and those that go together by their names.
  size_t n_baseline_nodes() const { return nodes_.size() + only_in_baseline_.size(); }
  size_t n_current_nodes() const { return nodes_.size() + only_in_current_.size(); }
  size_t n_common_names() const { return by_order_ ? 0 : nodes_.size(); }

  // As many of each side, each beside one of the other by the times at which they began.
  bool in_turns() const { return in_turns_; }

  const std::vector<JsonView> &baseline() const { return baseline_; }
  const std::vector<JsonView> &current() const { return current_; }

 private:
  using Nodes = std::vector<JsonView>;  // one of each run
  struct Pair {
    std::string name;
    uint64_t index;
    Nodes baseline, current;
  };
  void pair_nodes();

  std::vector<JsonView> baseline_, current_;  // by their beginnings
  bool in_turns_;
  std::vector<Pair> nodes_;
  bool by_order_ = false;  // they have no names in common
  std::vector<std::string> only_in_baseline_, only_in_current_;
};

}  // namespace air::report
