// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C, and a terminal that goes away: end the run in progress cleanly, or the program where nothing runs.
#include "interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "common/signals.h"
#include "common/streams.h"
#include "failure.h"

namespace air::cli {
namespace {

constexpr int kWakeUp = SIGUSR1;  // of the thread, at the end

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, kWakeUp);
  for (const int number : {SIGINT, SIGHUP}) {
    if (!is_ignored(number)) sigaddset(&set, number);
  }
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { wait(); });
}

Interrupt::~Interrupt() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  pthread_kill(thread_.native_handle(), kWakeUp);
  thread_.join();
}

void Interrupt::use(air_runner *runner) {
  const std::lock_guard lock(mutex_);
  has_run_ |= runner != nullptr;
  runner_ = runner;
}

void Interrupt::wait() {
  const sigset_t set = ending_signals();
  int number = 0;
  while (sigwait(&set, &number) == 0) {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    if (number == kWakeUp) continue;
    if (runner_ != nullptr) {
      air_cancel(runner_);
      runner_ = nullptr;
    } else if (number == SIGINT || !has_run_) {  // a terminal tells that it goes more than once
      print_note("\nairunner: interrupted\n");
      _exit(kCancelled);
    }
  }
}

}  // namespace air::cli
