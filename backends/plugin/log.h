// SPDX-License-Identifier: BSD-3-Clause
// The log of one connection, through the host's table. Lines nobody reads are not formatted.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "airunner_backend.h"

namespace air {

class HostLog {
 public:
  HostLog(const air_host &host, void *log) : host_(&host), log_(log) {}

  bool wants(air_log_level level) const { return level <= host_->log_level(log_); }

  template <class... Args>
  void write(air_log_level level, fmt::format_string<Args...> format, Args &&...args) const {
    if (wants(level)) host_->log(log_, level, fmt::format(format, std::forward<Args>(args)...).c_str());
  }

  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args &&...args) const {
    write(AIR_LOG_WARNING, format, std::forward<Args>(args)...);
  }

 private:
  const air_host *host_;
  void *log_;
};

}  // namespace air
