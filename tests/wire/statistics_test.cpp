// SPDX-License-Identifier: BSD-3-Clause
// Logs of the target.
#include <doctest/doctest.h>

#include "wire/statistics.h"

namespace air::wire {

TEST_CASE("levels of logs") {
  CHECK(log_level(0) == AIR_LOG_INFO);
  CHECK(log_level(1) == AIR_LOG_INFO);
  CHECK(log_level(2) == AIR_LOG_DEBUG);
  CHECK(log_level(3) == AIR_LOG_WARNING);
  CHECK(log_level(4) == AIR_LOG_ERROR);
  CHECK(log_level(0xFFFFFFFF) == AIR_LOG_ERROR);
}

TEST_CASE("statistics are told from ordinary logs") {
  using Kind = Statistic::Kind;
  CHECK(parse_statistic("s:config:npu_freq:1000").kind == Kind::Config);
  CHECK(parse_statistic("s:config:npu_freq:1000").text == "npu_freq:1000");
  CHECK(parse_statistic("s:node:mcu_cycles:1:2:3\r\n").kind == Kind::Node);
  CHECK(parse_statistic("s:node:mcu_cycles:1:2:3\r\n").text == "mcu_cycles:1:2:3");
  CHECK(parse_statistic("s:other").kind == Kind::Other);
  CHECK(parse_statistic("s:other").text == "other");
  CHECK(parse_statistic("RUN: s:node:").kind == Kind::None);
  CHECK(parse_statistic("").kind == Kind::None);
  CHECK(parse_statistic("s:node:").text.empty());
  CHECK(parse_statistic("s\r:node:").kind == Kind::None);
}

}  // namespace air::wire
