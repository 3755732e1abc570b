// SPDX-License-Identifier: BSD-3-Clause
// Who asks a program from outside to end: console events.
#include <atomic>
#include <utility>

#include "platform/files/file_handle.h"
#include "platform/files/system_handle_windows.h"
#include "platform/processes/console_events_windows.h"
#include "platform/processes/ending.h"

namespace air {
namespace {

std::atomic<int> last_asked = 0;  // the number of the last one

// Counts those that were not yet waited for; is there until the process ends.
HANDLE asked() noexcept {
  constexpr LONG kMost = 1'000;
  static const HANDLE semaphore = CreateSemaphoreW(nullptr, 0, kMost, nullptr);
  return semaphore;
}

BOOL WINAPI on_event(DWORD event) {
  last_asked = signal_of(event);
  ReleaseSemaphore(asked(), 1, nullptr);
  let_program_end(event);
  return TRUE;
}

}  // namespace

void hold_ending_signals() noexcept {
  asked();
  SetConsoleCtrlHandler(&on_event, FALSE);  // once is enough
  SetConsoleCtrlHandler(&on_event, TRUE);
}

bool ending_signal_within(std::chrono::milliseconds limit) noexcept {
  return WaitForSingleObject(asked(), static_cast<DWORD>(limit.count())) == WAIT_OBJECT_0;
}

EndingWatch::EndingWatch(std::function<void(int number)> asked) : asked_(std::move(asked)) {
  hold_ending_signals();
  thread_ = std::thread([this] { wait(); });
}

EndingWatch::~EndingWatch() {
  is_over_ = true;
  ReleaseSemaphore(asked(), 1, nullptr);
  thread_.join();
}

void EndingWatch::wait() const {
  for (;;) {
    WaitForSingleObject(asked(), INFINITE);
    if (is_over_) return;
    asked_(last_asked);
  }
}

}  // namespace air
