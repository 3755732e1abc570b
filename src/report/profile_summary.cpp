// SPDX-License-Identifier: BSD-3-Clause
// What all reports of a result compute from it: statistics, and which part of the time each node takes.
#include "report/profile_summary.h"

#include <cmath>
#include <string_view>

#include "report/measured.h"
#include "report/properties.h"

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
      summary.covered.push_back({index, node, node.p50, node.p50, executor});
      continue;
    }
    summary.executed.push_back({index, node, 0, 0, executor});
    nodes_ms += node.p50;
    if (!std::isnan(node.p50)) known_ms += node.p50;
  }
  // A device may report less than the sum of its nodes; shares must not exceed the whole.
  const double whole_ms = std::fmax(summary.device.p50, known_ms);
  if (summary.executed.empty() || whole_ms == 0) return summary;
  double cumulated = 0;
  for (NodeSummary &node : summary.executed) {
    node.share = node.statistics.p50 / whole_ms;
    cumulated += node.share;
    node.cumulated = cumulated;
  }
  // Not known when one of both is not.
  summary.outside_ms = std::isnan(summary.device.p50) ? summary.device.p50 : whole_ms - nodes_ms;
  summary.outside_share = summary.outside_ms / whole_ms;
  return summary;
}

std::optional<Outliers> outliers(const air_result *result, const ProfileSummary &summary) {
  const Series times = series(result, "time.device");
  const double median = summary.device.p50, limit = kOutlierTimes * median;
  Outliers found{0, 0, AIR_WHOLE_RUN};
  size_t worst = 0;
  for (size_t run = 0; run < times.size(); ++run) {
    if (!(times[run] > limit)) continue;
    ++found.n;
    if (times[run] > found.worst_ms) worst = run;
    found.worst_ms = std::fmax(found.worst_ms, times[run]);
  }
  if (found.n == 0) return {};
  double most = (found.worst_ms - median) / 2;
  for (const NodeSummary &node : summary.executed) {
    const Series own = series(result, "time.device", node.index);
    const double excess = own.empty() ? 0 : own[worst] - node.statistics.p50;
    if (!(excess > most)) continue;
    most = excess;
    found.node = node.index;
  }
  return found;
}

std::optional<double> cycles_of_sample(const air_result *result, const ProfileSummary &summary) {
  const air_model &model = *air_get_result_model(result);
  std::vector<uint32_t> counted = counters(result, AIR_WHOLE_RUN);
  std::erase_if(counted, [&](uint32_t column) { return std::string_view(model.columns[column]->unit) != "cycles"; });
  if (counted.size() == 1) {
    const double cycles = statistics(series(result, counted[0])).p50;
    if (cycles > 0 && cycles < 0x1p63) return cycles;
  }
  const double clock = number_property<double>(model, "device.sys_clock").value_or(0);
  const double cycles = summary.device.p50 * clock / 1000;
  if (cycles > 0 && cycles < 0x1p63) return cycles;
  return {};
}

}  // namespace air::report
