// SPDX-License-Identifier: BSD-3-Clause
// What all reports of a profile compute from it: statistics, and which part of the time each node takes.
#pragma once

#include <vector>

#include "airunner.h"

namespace air::report {

struct NodeSummary {
  air_statistics statistics;
  double share;      // of the mean time of a sample, 0..1
  double cumulated;  // shares up to this node
};

struct ProfileSummary {
  air_statistics device;  // durations_ms
  air_statistics whole;   // exec_times_ms
  std::vector<NodeSummary> nodes;
  double outside_ms = 0;  // mean time of a sample spent outside nodes, never negative
  double outside_share = 0;
};

ProfileSummary summarize(const air_profile &profile);

}  // namespace air::report
