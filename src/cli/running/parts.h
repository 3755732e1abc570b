// SPDX-License-Identifier: BSD-3-Clause
// Two connections run on the same inputs in parts, so that the data of nodes of all samples is never there at once.
#pragma once

#include <exception>
#include <optional>
#include <span>
#include <vector>

#include "airunner_report.h"
#include "cli/inputs/inputs.h"
#include "cli/running/connection.h"
#include "cli/running/node_times.h"
#include "common/values.h"

namespace air::cli {

class Parts {
 public:
  // `inputs` are those of `first`; `second` gets what they become. With `whole` there is one part.
  Parts(const Connection &first, const Connection &second, Inputs inputs, const air_invoke_options &invoke, bool whole);

  // Large inputs that are in memory as a whole go to a temporary file where only a part is needed at once.
  void spill_inputs();

  struct Results {
    HeldResult first, second;
  };
  using Nodes = std::span<const uint32_t>;
  // The nodes whose data are wanted; none given: all.
  struct Needed {
    std::optional<Nodes> first, second;
  };
  // Behind the last one the first again. Throws Failure.
  Results next(const Needed &needed);

  // Of the parts that were run, each once.
  struct Times {
    NodeTimes first, second;
  };
  const Times &times() const { return times_; }

  uint64_t n_samples() const { return inputs_.n_samples; }
  bool is_last() const { return done_ == inputs_.n_samples; }

 private:
  Inputs part_of(uint64_t first, uint64_t count) const;
  HeldResult run(const Connection &connection, const Inputs &inputs, const std::optional<Nodes> &kept) const;
  void make_nodes_known(const Connection &connection) const;

  const Connection &first_, &second_;
  Inputs inputs_;
  air_invoke_options invoke_;
  uint64_t part_ = 0, done_ = 0;
  bool is_again_ = false;  // all were run, and are once more
  Times times_;
};

// The parts that follow, for air_compare().
struct PartsThatFollow {
  Parts &parts;
  bool reference_is_second;
  std::vector<HeldResult *> former;  // released when the next are asked for: two parts would take twice the memory
  std::exception_ptr failure;        // why it ended

  const NodeTimes &times_of_other() const { return reference_is_second ? parts.times().first : parts.times().second; }

  static air_status next(void *self, const air_needed_nodes *needed, const air_result **out_reference,
                         const air_result **out_other);
};

}  // namespace air::cli
