// SPDX-License-Identifier: BSD-3-Clause
// The system's clocks.
#include <windows.h>

#include "platform/threads/clock.h"
// After windows.h:
#include <timeapi.h>

#include "platform/files/file_handle.h"
#include "platform/files/system_handle_windows.h"

namespace air {
namespace {

using Ticks = std::chrono::duration<int64_t, std::ratio<1, 10'000'000>>;  // in which Windows counts

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION  // in headers of mingw-w64 from 11 on
#  define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 2
#endif

// One that is not tied to the clock of 15.6 ms; Windows before 10 version 1803 has none.
FileHandle make_timer() noexcept {
  HANDLE timer = CreateWaitableTimerExW(nullptr, nullptr, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
  if (timer == nullptr) timer = CreateWaitableTimerExW(nullptr, nullptr, 0, TIMER_ALL_ACCESS);
  return FileHandle(number_of(timer));
}

}  // namespace

int64_t unix_ms_of_last_tick() noexcept {
  constexpr int64_t kUnixEpochMs = 11'644'473'600'000;  // since 1601
  FILETIME now;
  GetSystemTimeAsFileTime(&now);
  const uint64_t ticks = uint64_t{now.dwHighDateTime} << 32 | now.dwLowDateTime;
  return static_cast<int64_t>(ticks / 10'000) - kUnixEpochMs;
}

// Windows knows no time of the steady clock to sleep until.
void sleep_until(std::chrono::steady_clock::time_point due) noexcept {
  const auto left = std::chrono::ceil<Ticks>(due - std::chrono::steady_clock::now());
  if (left.count() <= 0) return;
  const FileHandle timer = make_timer();
  const LARGE_INTEGER relative = {.QuadPart = -left.count()};
  if (timer.is_open() && SetWaitableTimer(handle_of(timer.get()), &relative, 0, nullptr, nullptr, FALSE) != 0) {
    WaitForSingleObject(handle_of(timer.get()), INFINITE);
  } else {
    Sleep(static_cast<DWORD>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }
}

void let_sleeps_be_exact() noexcept {
  timeBeginPeriod(1);  // ms; the default is 15.6
}

}  // namespace air
