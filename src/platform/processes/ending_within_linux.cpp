// SPDX-License-Identifier: BSD-3-Clause
#include <signal.h>
#include <time.h>

#include "platform/processes/ending.h"
#include "platform/processes/signals_posix.h"

namespace air {

bool ending_signal_within(std::chrono::milliseconds limit) noexcept {
  const sigset_t set = ending_signals();
  const timespec time = {static_cast<time_t>(limit.count() / 1000),
                         static_cast<long>(limit.count() % 1000 * 1'000'000)};
  return sigtimedwait(&set, nullptr, &time) > 0;
}

}  // namespace air
