// SPDX-License-Identifier: BSD-3-Clause
// What all reports of a result compute from it: statistics, and which part of the time each node takes.
#include "report/profile_summary.h"

#include <cmath>

#include "report/measured.h"

namespace air::report {

ProfileSummary summarize(const air_result *result) {
  ProfileSummary summary;
  summary.device = statistics(series(result, "time.device"));
  summary.whole = statistics(series(result, "time.run"));
  double nodes_ms = 0, known_ms = 0;
  const std::vector<uint32_t> executor_of = executors(result);
  for (const uint32_t index : measured_nodes(result)) {
    const uint32_t executor = executor_of[index];
    const air_statistics node = statistics(series(result, "time.device", index));
    if (executor != AIR_WHOLE_RUN) {
      summary.covered.push_back({index, node, node.mean, node.mean, executor});
      continue;
    }
    summary.executed.push_back({index, node, 0, 0, executor});
    nodes_ms += node.mean;
    if (!std::isnan(node.mean)) known_ms += node.mean;
  }
  // A device may report less than the sum of its nodes; shares must not exceed the whole.
  const double whole_ms = std::fmax(summary.device.mean, known_ms);
  if (summary.executed.empty() || whole_ms == 0) return summary;
  double cumulated = 0;
  for (NodeSummary &node : summary.executed) {
    node.share = node.statistics.mean / whole_ms;
    cumulated += node.share;
    node.cumulated = cumulated;
  }
  // Not known when one of both is not.
  summary.outside_ms = std::isnan(summary.device.mean) ? summary.device.mean : whole_ms - nodes_ms;
  summary.outside_share = summary.outside_ms / whole_ms;
  return summary;
}

}  // namespace air::report
