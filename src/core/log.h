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
  // NULL: nobody reads.
  explicit Log(const air_log *given) : given_(given == nullptr ? air_log{} : *given) {
    if (given_.line == nullptr) return;
    level_ = given_.level == AIR_LOG_DEFAULT ? AIR_LOG_WARNING : given_.level;
  }
  ~Log() {
    if (given_.drop != nullptr) given_.drop(given_.user);
  }
  Log(const Log &) = delete;
  Log &operator=(const Log &) = delete;

  // 0: nobody reads.
  air_log_level level() const noexcept { return level_; }

  void write(air_log_level level, const char *message) const {
    if (level == AIR_LOG_DEFAULT || level > level_) return;
    write_limited(repeats_, message, [&](const char *line) { given_.line(given_.user, level, line); });
  }

  template <class... Args>
  void write(air_log_level level, fmt::format_string<Args...> format, Args &&...args) const {
    if (level <= level_) write(level, fmt::format(format, std::forward<Args>(args)...).c_str());
  }

 private:
  air_log given_;
  air_log_level level_ = AIR_LOG_DEFAULT;
  mutable Repeats repeats_;
};

}  // namespace air
