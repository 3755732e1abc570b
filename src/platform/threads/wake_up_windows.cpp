// SPDX-License-Identifier: BSD-3-Clause
// What one thread waits for and anybody sends: a count whose address is waited at, as that needs nothing that could be lacking.
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>

#include "platform/threads/wake_up.h"

namespace air {
namespace {

using Count = std::atomic<uint32_t>;

Count &count_in(std::byte *memory) noexcept {
  return *std::launder(reinterpret_cast<Count *>(memory));
}

bool take_one(Count &count) noexcept {
  uint32_t n = count.load();
  while (n > 0) {
    if (count.compare_exchange_weak(n, n - 1)) return true;
  }
  return false;
}

void wait_while_none(Count &count, DWORD limit_ms) noexcept {
  uint32_t none = 0;
  WaitOnAddress(&count, &none, sizeof(none), limit_ms);
}

// Rounded up, so that a wait does not end a little early; 0: that time has come.
DWORD milliseconds_until(uint64_t ns) noexcept {
  constexpr uint64_t kNsPerMs = 1'000'000, kMost = 1'000'000'000;
  const auto now = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
  return ns <= now ? 0 : static_cast<DWORD>(std::min((ns - now + kNsPerMs - 1) / kNsPerMs, kMost));
}

}  // namespace

WakeUp::WakeUp() noexcept {
  static_assert(sizeof(Count) == sizeof(uint32_t) && sizeof(Count) <= sizeof(memory_));
  new (memory_) Count(0);
}

void WakeUp::wake() noexcept {
  Count &count = count_in(memory_);
  ++count;
  WakeByAddressSingle(&count);
}

void WakeUp::wait() noexcept {
  Count &count = count_in(memory_);
  while (!take_one(count)) wait_while_none(count, INFINITE);
}

void WakeUp::wait_until(uint64_t ns) noexcept {
  Count &count = count_in(memory_);
  while (!take_one(count)) {
    const DWORD left_ms = milliseconds_until(ns);
    if (left_ms == 0) return;
    wait_while_none(count, left_ms);
  }
}

}  // namespace air
