// SPDX-License-Identifier: BSD-3-Clause
// What all reports of a result compute from it: statistics, and which part of the time each node takes. NaN: not known.
#pragma once

#include <cstdint>
#include <vector>

#include "airunner_report.h"

namespace air::report {

struct NodeSummary {
  uint32_t index;  // of the node
  air_statistics statistics;
  double share;       // of the mean time of a sample, 0..1
  double cumulated;   // shares up to this node
  uint32_t executor;  // the node that has its times, or AIR_WHOLE_RUN
};

struct ProfileSummary {
  air_statistics device;              // time.device
  air_statistics whole;               // time.run
  std::vector<NodeSummary> executed;  // nodes that have times, or could
  std::vector<NodeSummary> covered;   // those that others execute
  double outside_ms = 0;              // mean time of a sample spent outside nodes, never negative
  double outside_share = 0;
};

ProfileSummary summarize(const air_result *result);

}  // namespace air::report
