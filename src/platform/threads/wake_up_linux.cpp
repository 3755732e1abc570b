// SPDX-License-Identifier: BSD-3-Clause
// What one thread waits for and anybody sends: a number that the kernel watches. The semaphores of glibc before 2.30, and of musl, wait by the clock
// that anybody may set.
#include "platform/threads/wake_up.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <new>

namespace air {
namespace {

using Count = std::atomic<uint32_t>;

// As the call has it, whatever the C library's type is. Until 2038 the steady clock fits 32 bits by far.
struct Time {
  long seconds, ns;
};

Count &count_in(std::byte *memory) noexcept {
  return *std::launder(reinterpret_cast<Count *>(memory));
}

// False, and errno, where it has not been woken. Systems of 32 bits may have only the call of later date, which sandboxes may not know.
bool call_kernel(Count &count, int what, uint32_t number, const Time *until) noexcept {
  what |= FUTEX_PRIVATE_FLAG;
  if (syscall(SYS_futex, &count, what, number, until, nullptr, FUTEX_BITSET_MATCH_ANY) >= 0) return true;
#if defined(SYS_futex_time64)
  if (errno == ENOSYS) {
    const std::array<int64_t, 2> time = {until == nullptr ? 0 : until->seconds, until == nullptr ? 0 : until->ns};
    return syscall(SYS_futex_time64, &count, what, number, until == nullptr ? nullptr : time.data(), nullptr,
                   FUTEX_BITSET_MATCH_ANY) >= 0;
  }
#endif
  return false;
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
  const Time until{static_cast<long>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
  Count &count = count_in(memory_);
  while (!take(count) && wait_while_empty(count, &until)) continue;
}

}  // namespace air
