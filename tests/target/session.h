// SPDX-License-Identifier: BSD-3-Clause
// The public API with less ceremony, for tests.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "airunner.h"
#include "common/values.h"

namespace air::test {

inline constexpr uint32_t kLongestConnectMs = 60'000;  // machines that run tests may be busy

// Cancels a token after a while.
class Canceller {
 public:
  explicit Canceller(uint32_t after_ms = 300);
  ~Canceller();
  Canceller(const Canceller &) = delete;
  Canceller &operator=(const Canceller &) = delete;

  air_token *token() const { return token_; }
  // Since then.
  double passed_ms() const;

 private:
  air_token *token_;
  std::atomic<double> at_ = 0;
  std::thread thread_;
};

struct Client {
  // `log` takes all lines.
  explicit Client(const std::string &descriptor, uint32_t limit_ms = kLongestConnectMs, std::string *log = nullptr,
                  air_token *token = nullptr);
  ~Client();
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  // Runs the first model on ascending values; `mode` as in air_invoke_options. Without a connection gives the status of connecting.
  air_status run(uint32_t mode = AIR_MODE_IO_ONLY, uint32_t timeout_ms = 0, air_token *token = nullptr);
  const air_model &model() const { return *air_get_model(session); }

  // Of the last run, which went well.
  const air_profile &profile() const { return *air_get_profile(result.get()); }
  // In the first run of it, NaN where it is not known.
  double value(const char *column, uint32_t node = AIR_WHOLE_RUN) const;
  // Nodes with values.
  uint32_t n_nodes() const;
  std::vector<std::vector<std::byte>> outputs() const;
  std::vector<std::vector<std::byte>> outputs_of(uint32_t node) const;

  air_status status;  // of connecting
  air_runner *runner = nullptr;
  air_session *session = nullptr;
  const air_callbacks *callbacks = nullptr;
  HeldResult result;
};

// Message of the last error.
std::string error_text();
// Milliseconds since the first call.
double now_ms();
// Of this process.
size_t open_files();

}  // namespace air::test
