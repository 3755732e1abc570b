// SPDX-License-Identifier: BSD-3-Clause
// The system's clocks, where those of the standard library are too slow or too coarse.
#pragma once

#include <chrono>
#include <cstdint>

namespace air {

// Of the last tick of the system's clock, in milliseconds: cheaper than its exact time.
int64_t unix_ms_of_last_tick() noexcept;

// Without reading the clock first, so that nothing is added to a time that was due before.
void sleep_until(std::chrono::steady_clock::time_point due) noexcept;

// Sleeps of this thread, and of those that it begins, end when they are to: by default they may last a little longer, to save power.
void let_sleeps_be_exact() noexcept;

}  // namespace air
