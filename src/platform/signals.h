// SPDX-License-Identifier: BSD-3-Clause
// Signals that a program was started with.
#pragma once

#include <signal.h>

namespace air {

// Background jobs of a shell without job control are started so that Ctrl-C does not reach them, those of nohup so that SIGHUP
// does not.
inline bool is_ignored(int number) noexcept {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace air
