// SPDX-License-Identifier: BSD-3-Clause
// The public API with less ceremony, for tests.
#pragma once

#include <string>
#include <vector>

#include "airunner.h"

namespace air::test {

inline constexpr uint32_t kLongestConnectMs = 60'000;  // machines that run tests may be busy

struct Client {
  explicit Client(const std::string &descriptor, air_log_fn log = nullptr, void *log_user = nullptr,
                  uint32_t limit_ms = kLongestConnectMs);
  ~Client();
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  // Runs the first model on ascending values; `mode` as in air_invoke_options. Without a connection gives the status of connecting.
  air_status run(uint32_t mode = AIR_MODE_IO_ONLY, uint32_t timeout_ms = 0);
  // The outputs of the last run.
  std::vector<std::vector<std::byte>> outputs() const;
  const air_model_info &info() const;

  air_status status;  // of connecting
  air_runner *runner = nullptr;
  air_session *session = nullptr;
  const air_callbacks *callbacks = nullptr;
};

// Message of the last error.
std::string error_text();
// Milliseconds since the first call.
double now_ms();

}  // namespace air::test
