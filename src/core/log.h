// SPDX-License-Identifier: BSD-3-Clause
// The log of one connection: the caller's function and level. Lines nobody reads are not formatted, lines that repeat themselves are
// limited.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "airunner.h"
#include "common/repeats.h"

namespace air {

class Log {
 public:
  Log(air_log_fn function, void *user, air_log_level level)
      : function_(function), user_(user), level_(function == nullptr ? AIR_LOG_NONE : level) {}

  air_log_level level() const noexcept { return level_; }

  void write(air_log_level level, const char *message) const {
    if (level == AIR_LOG_NONE || level > level_) return;
    write_limited(repeats_, message, [&](const char *line) { function_(user_, level, line); });
  }

  template <class... Args>
  void write(air_log_level level, fmt::format_string<Args...> format, Args &&...args) const {
    if (level <= level_) write(level, fmt::format(format, std::forward<Args>(args)...).c_str());
  }

 private:
  air_log_fn function_;
  void *user_;
  air_log_level level_;
  mutable Repeats repeats_;
};

}  // namespace air
