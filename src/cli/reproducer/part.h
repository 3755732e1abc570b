// SPDX-License-Identifier: BSD-3-Clause
// Some nodes of a model as a model of their own, by the options only and save of its backend.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/reproducer/values.h"
#include "cli/running/connection.h"
#include "common/values.h"

namespace air::cli {

constexpr uint32_t kMostOperators = 3;

// Whether the backend that serves a model can make a model of some of its nodes.
bool can_be_parted(const Options &options, const air_model &model);

class Part {
 public:
  // `result` tells the values of the whole. What is computed from constants is made constants where there are too many operators, and the
  // backend can. Throws Failure.
  Part(const Options &options, const air_result *result, std::set<uint32_t> nodes);
  void save(const std::string &file);
  bool is_folded() const { return is_folded_; }

  const std::set<uint32_t> &nodes() const { return nodes_; }
  const air_model &model() const { return connection_->model(); }
  // The node of the whole that computes an input of the part; nothing for an input of the whole.
  std::optional<uint32_t> writer_of(std::string_view input) const;

  // What it computes of these values of its inputs, as the nodes of the whole do.
  HeldResult run(const std::vector<Stored> &inputs) const;

 private:
  void connect(const std::string &more);

  const Options &options_;
  const air_result *result_;
  std::set<uint32_t> nodes_;
  std::vector<std::string> backend_options_;
  bool is_folded_ = false;
  std::unique_ptr<Connection> connection_;
};

// The nodes of a reproducer.
struct Choice {
  std::set<uint32_t> nodes;
  const air_tensor *output;  // of the whole: what is looked at
};

// The smallest part around what a node computes of which every input is `known`, as far as that takes few operators, with the nodes around that
// only quantize as far as there is room for them. One of these is looked at with the node whose values it quantizes, or in its place.
Choice choose_nodes(const Options &options, const air_result *result, uint32_t node, const air_tensor *output,
                    const std::function<bool(std::string_view)> &known);

// Whether it only quantizes, or the other way round.
bool only_quantizes(const air_node &node);

}  // namespace air::cli
