// SPDX-License-Identifier: BSD-3-Clause
// What one thread waits for and anybody sends: a number that the kernel watches. The semaphores of glibc before 2.30, and of musl, wait by the clock
// that anybody may set.
#include "platform/threads/wake_up.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <new>

namespace air {
namespace {

using Count = std::atomic<uint32_t>;

// As this call has it, whatever the C library's type is. Systems of 32 bits have another one for times beyond 2038, and may have that alone.
#if defined(SYS_futex_time64)
constexpr long kFutex = SYS_futex_time64, kFormerFutex = SYS_futex;
struct Time {
  int64_t seconds, ns;
};
#else
constexpr long kFutex = SYS_futex;
struct Time {
  long seconds, ns;
};
#endif

Count &count_in(std::byte *memory) noexcept {
  return *std::launder(reinterpret_cast<Count *>(memory));
}

// False, and errno, where it has not been woken.
bool call_kernel(Count &count, int what, uint32_t number, const Time *until) noexcept {
  what |= FUTEX_PRIVATE_FLAG;
  const bool done = syscall(kFutex, &count, what, number, until, nullptr, FUTEX_BITSET_MATCH_ANY) >= 0;
#if defined(SYS_futex_time64)
  if (!done && errno == ENOSYS) {
    const struct {
      long seconds, ns;
    } time = {until == nullptr ? 0 : static_cast<long>(until->seconds),
              until == nullptr ? 0 : static_cast<long>(until->ns)};
    return syscall(kFormerFutex, &count, what, number, until == nullptr ? nullptr : &time, nullptr,
                   FUTEX_BITSET_MATCH_ANY) >= 0;
  }
#endif
  return done;
}

bool take(Count &count) noexcept {
  uint32_t n = count;
  while (n > 0 && !count.compare_exchange_weak(n, n - 1)) continue;
  return n > 0;
}

// While nothing is there to take; of the steady clock.
bool wait_while_empty(Count &count, const Time *until) noexcept {
  return call_kernel(count, FUTEX_WAIT_BITSET, 0, until) || errno != ETIMEDOUT;
}

}  // namespace

WakeUp::WakeUp() noexcept {
  static_assert(sizeof(Count) == sizeof(uint32_t) && Count::is_always_lock_free && sizeof(Count) <= sizeof(memory_));
  new (memory_) Count(0);
}

void WakeUp::wake() noexcept {
  Count &count = count_in(memory_);
  ++count;
  call_kernel(count, FUTEX_WAKE, 1, nullptr);
}

void WakeUp::wait() noexcept {
  Count &count = count_in(memory_);
  while (!take(count)) wait_while_empty(count, nullptr);
}

void WakeUp::wait_until(uint64_t ns) noexcept {
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  const Time until{static_cast<decltype(Time::seconds)>(ns / kNsPerSecond),
                   static_cast<decltype(Time::ns)>(ns % kNsPerSecond)};
  Count &count = count_in(memory_);
  while (!take(count) && wait_while_empty(count, &until)) continue;
}

}  // namespace air
