// SPDX-License-Identifier: BSD-3-Clause
// The system's clocks.
#include <pthread.h>
#include <pthread/qos.h>
#include <time.h>

#include <thread>

#include "platform/threads/clock.h"

namespace air {

int64_t unix_ms_of_last_tick() noexcept {
  return static_cast<int64_t>(clock_gettime_nsec_np(CLOCK_REALTIME) / 1'000'000);
}

// There is no sleep until a time of that clock.
void sleep_until(std::chrono::steady_clock::time_point due) noexcept {
  std::this_thread::sleep_for(due - std::chrono::steady_clock::now());
}

void let_sleeps_be_exact() noexcept {
  pthread_set_qos_class_self_np(QOS_CLASS_USER_INTERACTIVE, 0);
}

}  // namespace air
