// SPDX-License-Identifier: BSD-3-Clause
// The log of one connection, with fmt. Lines nobody reads are not formatted.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "airunner_backend.hpp"

namespace air {

class HostLog : public backend::Log {
 public:
  explicit HostLog(backend::Log log) : Log(log) {}

  template <class... Args>
  void write(air_log_level level, fmt::format_string<Args...> format, Args &&...args) const {
    if (wants(level)) Log::write(level, fmt::format(format, std::forward<Args>(args)...));
  }

  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args &&...args) const {
    write(AIR_LOG_WARNING, format, std::forward<Args>(args)...);
  }
};

}  // namespace air
