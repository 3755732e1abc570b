// SPDX-License-Identifier: BSD-3-Clause
// What one thread waits for and anybody sends: a semaphore of the kernel's, since macOS' POSIX semaphores have names.
#include <mach/mach.h>

#include <algorithm>
#include <chrono>
#include <new>

#include "platform/threads/wake_up.h"

namespace air {
namespace {

semaphore_t semaphore_in(const std::byte *memory) noexcept {
  return *std::launder(reinterpret_cast<const semaphore_t *>(memory));
}

}  // namespace

WakeUp::WakeUp() noexcept {
  static_assert(sizeof(semaphore_t) <= sizeof(memory_) && alignof(semaphore_t) <= alignof(WakeUp));
  auto *semaphore = new (memory_) semaphore_t{};
  semaphore_create(mach_task_self(), semaphore, SYNC_POLICY_FIFO, 0);
}

void WakeUp::wake() noexcept {
  semaphore_signal(semaphore_in(memory_));
}

void WakeUp::wait() noexcept {
  while (semaphore_wait(semaphore_in(memory_)) == KERN_ABORTED) continue;
}

void WakeUp::wait_until(uint64_t ns) noexcept {
  using Ns = std::chrono::nanoseconds;
  constexpr int64_t kNsPerSecond = 1'000'000'000, kLongestS = 1'000'000;
  kern_return_t ended = KERN_ABORTED;
  while (ended == KERN_ABORTED) {
    const int64_t now = Ns(std::chrono::steady_clock::now().time_since_epoch()).count();
    const int64_t left = std::max<int64_t>(static_cast<int64_t>(ns) - now, 0);
    const mach_timespec_t time = {static_cast<unsigned>(std::min(left / kNsPerSecond, kLongestS)),
                                  static_cast<clock_res_t>(left % kNsPerSecond)};
    ended = semaphore_timedwait(semaphore_in(memory_), time);
  }
}

}  // namespace air
