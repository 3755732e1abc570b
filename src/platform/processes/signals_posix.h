// SPDX-License-Identifier: BSD-3-Clause
// What the files for signals have in common.
#pragma once

#include <signal.h>

namespace air {

// Background jobs of a shell without job control are started so that Ctrl-C does not reach them, those of nohup so that SIGHUP
// does not.
bool is_ignored(int number) noexcept;

// SIGINT, SIGTERM and SIGHUP as far as they reach this program.
sigset_t ending_signals() noexcept;

}  // namespace air
