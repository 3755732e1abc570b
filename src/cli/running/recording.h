// SPDX-License-Identifier: BSD-3-Clause
// The two sides that `compare` has, and how those without a result come to one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/inputs/golden.h"
#include "cli/inputs/inputs.h"
#include "cli/options.h"
#include "cli/running/connection.h"
#include "cli/running/parts.h"
#include "common/values.h"

namespace air::cli {

// One of the two things compared: a result that was saved, a connection that gives one, or arrays that another program computed.
struct Side {
  std::optional<Connection> connection;
  std::optional<Golden> golden;
  HeldResult result;

  // NULL for arrays.
  const air_model *model() const {
    return connection ? &connection->model() : result ? air_get_result_model(result.get()) : nullptr;
  }
  uint64_t n_samples() const { return air_get_profile(result.get())->n_samples; }
};

// Runs the sides that have no result yet, each on the inputs of the first.
class Recording {
 public:
  Recording(const Options &options, const CompareOptions &own);

  // One side or two, which have to outlive this. Throws Failure.
  void record(std::vector<Side> &sides);

  // What random inputs were drawn from, and why; "" for others, and where the user says it.
  const std::string &drawn() const { return drawn_; }

  // Nothing where the sides keep the results of all samples.
  PartsThatFollow *following() { return following_ ? &*following_ : nullptr; }

 private:
  void record_one(Side &side);
  void repeat(Side &side, const Side &first);
  void beside(Side &golden, Side &other);
  void record_both(Side &a, Side &b);
  std::string drawn_from() const;
  void choose_range(const Side &first, const Side &a, const Side &b);
  void run(Side &side, const Inputs &inputs);

  Options options_;
  air_invoke_options invoke_;
  std::string drawn_;
  bool keeps_all_;
  std::optional<Parts> parts_;
  std::optional<PartsThatFollow> following_;
};

}  // namespace air::cli
