// SPDX-License-Identifier: BSD-3-Clause
// Who asks a program from outside to end: SIGINT, SIGTERM and SIGHUP.
#include "platform/processes/ending.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

#include "platform/processes/signals_posix.h"

namespace air {
namespace {

constexpr int kWakeUp = SIGUSR1;  // of the thread, at the end of the watch

sigset_t awaited_signals() {
  sigset_t set = ending_signals();
  sigaddset(&set, kWakeUp);
  return set;
}

}  // namespace

void hold_ending_signals() noexcept {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

EndingWatch::EndingWatch(std::function<void(int number)> asked) : asked_(std::move(asked)) {
  sigset_t blocked = awaited_signals();
  sigaddset(&blocked, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  thread_ = std::thread([this] { wait(); });
}

EndingWatch::~EndingWatch() {
  is_over_ = true;
  pthread_kill(thread_.native_handle(), kWakeUp);
  thread_.join();
}

void EndingWatch::wait() const {
  const sigset_t set = awaited_signals();
  for (;;) {
    int number = 0;
    const bool has_come = sigwait(&set, &number) == 0;
    if (is_over_) return;
    if (has_come && number != kWakeUp) asked_(number);
  }
}

}  // namespace air
