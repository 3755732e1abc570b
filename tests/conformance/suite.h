// SPDX-License-Identifier: BSD-3-Clause
// What a conformance check is made of: failing, skipping, and the list of checks.
#pragma once

#include <fmt/format.h>

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "airunner.h"
#include "quirks.h"

namespace conformance {

class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The backend does not have what the check is about.
class Skip : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class... Args>
void check(bool holds, fmt::format_string<Args...> format, Args &&...args) {
  if (!holds) throw Failure(fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void need(bool present, fmt::format_string<Args...> format, Args &&...args) {
  if (!present) throw Skip(fmt::format(format, std::forward<Args>(args)...));
}

// The call succeeded; otherwise the library's message is the failure.
inline void check_ok(air_status status, std::string_view what) {
  check(status == AIR_OK, "{}: {}: {}", what, air_status_name(status), air_last_error()->message);
}

// What all checks of one run share.
struct Context {
  std::string descriptor;
  std::string plugin;  // file or folder to search first, or empty
  Quirks quirks;
  uint32_t model = 0;  // index of the model under test
};

struct Check {
  const char *name;
  void (*run)(const Context &context);
};

std::span<const Check> info_checks();
std::span<const Check> connection_checks();
std::span<const Check> invoke_checks();
std::span<const Check> input_checks();
std::span<const Check> result_checks();
std::span<const Check> node_checks();
std::span<const Check> callback_checks();
std::span<const Check> limit_checks();
std::span<const Check> given_checks();
std::span<const Check> report_checks();

}  // namespace conformance
