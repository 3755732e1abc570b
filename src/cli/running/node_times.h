// SPDX-License-Identifier: BSD-3-Clause
// How long the nodes of a model take, over all runs: what is run in parts has them in several results.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "airunner_report.h"

namespace air::cli {

class NodeTimes {
 public:
  NodeTimes() = default;
  explicit NodeTimes(const air_result &result) { add(result); }

  // All results are of the same model.
  void add(const air_result &result);

  // Nodes that others execute for them are not measured.
  bool is_measured(uint32_t node) const { return ms_.contains(node); }
  // NaN where no run tells. Throw Failure.
  double median_ms(uint32_t node) const;

 private:
  air_statistics statistics(uint32_t node) const;

  std::map<uint32_t, std::vector<double>> ms_;  // of each run, by node
};

}  // namespace air::cli
