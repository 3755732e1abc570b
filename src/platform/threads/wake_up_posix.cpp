// SPDX-License-Identifier: BSD-3-Clause
// What one thread waits for and anybody sends: a semaphore.
#include "platform/threads/wake_up.h"

#include <semaphore.h>
#include <time.h>

#include <cerrno>

namespace air {
namespace {

sem_t *semaphore_in(std::byte *memory) noexcept {
  return reinterpret_cast<sem_t *>(memory);
}

}  // namespace

WakeUp::WakeUp() noexcept {
  static_assert(sizeof(sem_t) <= sizeof(memory_) && alignof(sem_t) <= alignof(WakeUp));
  sem_init(semaphore_in(memory_), 0, 0);
}

void WakeUp::wake() noexcept {
  sem_post(semaphore_in(memory_));
}

void WakeUp::wait() noexcept {
  while (sem_wait(semaphore_in(memory_)) != 0 && errno == EINTR) continue;
}

void WakeUp::wait_until(uint64_t ns) noexcept {
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  const timespec until{static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
  while (sem_clockwait(semaphore_in(memory_), CLOCK_MONOTONIC, &until) != 0 && errno == EINTR) continue;
}

}  // namespace air
