// SPDX-License-Identifier: BSD-3-Clause
// What all reports of a result compute from it: statistics, and which part of the time each node takes. NaN: not known.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "airunner_report.h"

namespace air::report {

struct NodeSummary {
  uint32_t index;  // of the node
  air_statistics statistics;
  double share;       // of the median time of a sample, 0..1
  double cumulated;   // shares up to this node
  uint32_t executor;  // the node that has its times, or AIR_WHOLE_RUN
};

struct ProfileSummary {
  air_statistics device;              // time.device
  air_statistics whole;               // time.run
  std::vector<NodeSummary> executed;  // nodes that have times, or could
  std::vector<NodeSummary> covered;   // those that others execute
  double outside_ms = 0;              // median time of a sample less those of the nodes, never negative
  double outside_share = 0;
};

// Shares are of medians: one sample that was interrupted must not make a node look slow.
ProfileSummary summarize(const air_result *result);

constexpr int kOutlierTimes = 2;
struct Outliers {
  uint64_t n;       // samples that took more than so many times the median
  double worst_ms;  // the slowest
  uint32_t node;    // that which took most of its excess, or AIR_WHOLE_RUN when no node took half of it
};
std::optional<Outliers> outliers(const air_result *result, const ProfileSummary &summary);

// Median of what the processor counts in a sample, or its time at the clock that the device tells; nothing where there is neither.
std::optional<double> cycles_of_sample(const air_result *result, const ProfileSummary &summary);

}  // namespace air::report
