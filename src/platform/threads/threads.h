// SPDX-License-Identifier: BSD-3-Clause
// Threads of the library's own. Signals are for the program's own threads.
#pragma once

#include <functional>

namespace air {

// Threads that are begun within take no signals.
void without_signals(const std::function<void()> &begin);

// Begins a thread that takes no signals and that nobody waits for. Returns 0, or the system's number of what is wrong.
int start_thread(void *(*run)(void *), void *argument) noexcept;

// What is to be called in processes that are forked off, which have none of the threads and locks that others may have held. False where
// there is no memory to note that down.
bool call_in_forked(void (*function)()) noexcept;

}  // namespace air
