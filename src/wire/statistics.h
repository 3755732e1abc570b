// SPDX-License-Identifier: BSD-3-Clause
// Logs of the target: their levels, and the machine-readable ones ("s:config:...", "s:node:...").
#pragma once

#include <cstdint>
#include <string_view>

#include "airunner.h"

namespace air::wire {

// 0, 1: info; 2: debug; 3: warning; from 4: error.
air_log_level log_level(uint32_t level);

struct Statistic {
  enum class Kind : uint8_t { None, Config, Node, Other };  // None: an ordinary log
  Kind kind = Kind::None;
  std::string_view text;  // behind the prefix: "npu_freq:1000000000", "mcu_cycles:1:2:3"
};

// Ends at the first CR or LF.
Statistic parse_statistic(std::string_view log);

}  // namespace air::wire
