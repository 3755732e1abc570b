// SPDX-License-Identifier: BSD-3-Clause
// The system's clocks.
#include "platform/threads/clock.h"

#include <sys/prctl.h>
#include <time.h>

#include <cerrno>

namespace air {

int64_t unix_ms_of_last_tick() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void sleep_until(std::chrono::steady_clock::time_point due) noexcept {
  constexpr int64_t kNsPerSecond = 1'000'000'000;
  const int64_t ns = std::chrono::duration_cast<std::chrono::nanoseconds>(due.time_since_epoch()).count();
  const timespec at = {static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) continue;
}

void let_sleeps_be_exact() noexcept {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds; the default is 50 us
}

}  // namespace air
