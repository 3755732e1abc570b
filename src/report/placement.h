// SPDX-License-Identifier: BSD-3-Clause
// Where the nodes of a result ran, and in which precision, as far as the runtime tells.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/profile_summary.h"

namespace air::report {

struct ProcessorShare {
  std::string name;  // "" where it is not told
  uint64_t n_nodes;
  double share;  // of the time of all nodes, NaN where that is not known
};

// In the order of their first nodes.
std::vector<ProcessorShare> processors(const air_result *result, const ProfileSummary &summary);

// Nodes that compute in another floating type than that of all their values.
struct OtherPrecision {
  air_dtype computes_in, values;
  std::vector<uint32_t> nodes;
  double share;  // as above
};

// One for each two types.
std::vector<OtherPrecision> other_precisions(const air_result *result, const ProfileSummary &summary);

// "NPU", "CPU float32"; "" where nothing is told.
std::string place_text(const air_node &node);
// "NPU 97.9 % of the time of nodes (21), CPU 2.1 % (3)"; "" where no node tells.
std::string processors_text(const std::vector<ProcessorShare> &processors);
// "bfloat16 where values are float32: conv1, conv2 (12.5 % of the time of nodes)"
std::string precision_text(const air_model &model, const OtherPrecision &precision);

}  // namespace air::report
