// SPDX-License-Identifier: BSD-3-Clause
// There is no wait for a signal that has a limit: looks every few milliseconds.
#include <signal.h>

#include <thread>

#include "platform/processes/ending.h"
#include "platform/processes/signals_posix.h"

namespace air {
namespace {

bool has_come(const sigset_t &set) noexcept {
  sigset_t come{};
  return sigpending(&come) == 0 && (come & set) != 0;
}

}  // namespace

bool ending_signal_within(std::chrono::milliseconds limit) noexcept {
  constexpr std::chrono::milliseconds kPause{20};
  const sigset_t set = ending_signals();
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!has_come(set)) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kPause);
  }
  int number = 0;
  return sigwait(&set, &number) == 0;
}

}  // namespace air
