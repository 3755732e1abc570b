// SPDX-License-Identifier: BSD-3-Clause
// How long the nodes of a model take, over all runs.
#include "cli/running/node_times.h"

#include <cmath>

#include "cli/running/failure.h"

namespace air::cli {

void NodeTimes::add(const air_result &result) {
  const air_model &model = *air_get_result_model(&result);
  const uint32_t column = air_find_column(&model, "time.device");
  const uint64_t n_runs = air_get_profile(&result)->n_runs;
  for (uint32_t node = 0; node < model.n_nodes; ++node) {
    const double *values = air_get_values(&result, column, node);
    if (values != nullptr) ms_[node].insert(ms_[node].end(), values, values + n_runs);
  }
}

air_statistics NodeTimes::statistics(uint32_t node) const {
  air_statistics statistics{};
  const auto found = ms_.find(node);
  if (found != ms_.end()) check(air_get_statistics(found->second.data(), found->second.size(), &statistics), kFailed);
  return statistics;
}

double NodeTimes::median_ms(uint32_t node) const {
  const air_statistics known = statistics(node);
  return known.count > 0 ? known.p50 : NAN;
}

}  // namespace air::cli
