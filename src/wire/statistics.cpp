// SPDX-License-Identifier: BSD-3-Clause
// Levels of logs, and the machine-readable ones.
#include "wire/statistics.h"

namespace air::wire {

air_log_level log_level(uint32_t level) {
  if (level >= 4) return AIR_LOG_ERROR;
  if (level == 3) return AIR_LOG_WARNING;
  return level == 2 ? AIR_LOG_DEBUG : AIR_LOG_INFO;
}

Statistic parse_statistic(std::string_view log) {
  log = log.substr(0, log.find_first_of("\r\n"));
  const auto after = [log](std::string_view prefix) { return log.substr(prefix.size()); };
  if (log.starts_with("s:config:")) return {Statistic::Kind::Config, after("s:config:")};
  if (log.starts_with("s:node:")) return {Statistic::Kind::Node, after("s:node:")};
  if (log.starts_with("s:")) return {Statistic::Kind::Other, after("s:")};
  return {};
}

}  // namespace air::wire
