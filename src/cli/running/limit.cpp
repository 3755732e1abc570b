// SPDX-License-Identifier: BSD-3-Clause
// Keeps a time limit that the backend does not: one that blocks can only be ended with the command.
#include "cli/running/limit.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "cli/running/failure.h"

namespace air::cli {
namespace {

constexpr std::chrono::milliseconds kGrace{5000};

void keep(const std::stop_token &done, const std::string &what, std::chrono::milliseconds limit) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, done, limit + kGrace, [] { return false; });
  if (done.stop_requested()) return;
  print_failure(Failure(kTimeout, fmt::format("[timeout, E801] {}: that does not react to the limit of {} ms: the "
                                              "command ends without it",
                                              what, limit.count())));
  std::_Exit(kTimeout);
}

}  // namespace

Limit::Limit(const std::string &what, uint32_t timeout_ms) {
  if (timeout_ms > 0) thread_ = std::jthread(keep, what, std::chrono::milliseconds(timeout_ms));
}

}  // namespace air::cli
