// SPDX-License-Identifier: BSD-3-Clause
// What all reports of a profile compute from it: statistics, and which part of the time each node takes.
#include "profile_summary.h"

#include <algorithm>
#include <span>

#include "report.h"

namespace air::report {

ProfileSummary summarize(const air_profile &profile) {
  ProfileSummary result;
  result.device = statistics(profile.durations_ms, profile.n_durations);
  result.whole = statistics(profile.exec_times_ms, profile.n_durations);
  double nodes_ms = 0;
  for (const air_node_profile *node : std::span(profile.nodes, profile.n_nodes)) {
    result.nodes.push_back({statistics(node->durations_ms, profile.n_durations), 0, 0});
    nodes_ms += result.nodes.back().statistics.mean;
  }
  // A device may report less than the sum of its nodes; shares must not exceed the whole.
  const double whole_ms = std::max(result.device.mean, nodes_ms);
  if (result.nodes.empty() || !(whole_ms > 0)) return result;
  double cumulated = 0;
  for (NodeSummary &node : result.nodes) {
    node.share = node.statistics.mean / whole_ms;
    cumulated += node.share;
    node.cumulated = cumulated;
  }
  result.outside_ms = whole_ms - nodes_ms;
  result.outside_share = result.outside_ms / whole_ms;
  return result;
}

}  // namespace air::report
