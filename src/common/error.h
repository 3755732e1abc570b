// SPDX-License-Identifier: BSD-3-Clause
// The exception of the library and of its backends. It never crosses an ABI: there it becomes a status and an error record.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "airunner.h"

namespace air {

class Error : public std::runtime_error {
 public:
  Error(air_status status, const std::string &message, int32_t vendor_code = 0, std::vector<std::string> causes = {})
      : std::runtime_error(message), status_(status), vendor_code_(vendor_code), causes_(std::move(causes)) {}

  air_status status() const noexcept { return status_; }
  int32_t vendor_code() const noexcept { return vendor_code_; }
  const std::vector<std::string> &causes() const noexcept { return causes_; }
  void add_cause(std::string text) { causes_.push_back(std::move(text)); }

 private:
  air_status status_;
  int32_t vendor_code_;
  std::vector<std::string> causes_;
};

template <class... Args>
[[noreturn]] void fail(air_status status, fmt::format_string<Args...> format, Args &&...args) {
  throw Error(status, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace air
