// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C: ends the run in progress cleanly, or the program where nothing runs.
#include "interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "failure.h"

namespace air::cli {
namespace {

sigset_t interrupt_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

// Background jobs of a shell without job control are started so that Ctrl-C does not reach them.
bool is_ignored() {
  struct sigaction action {};
  return sigaction(SIGINT, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupt::Interrupt() {
  if (is_ignored()) return;
  const sigset_t set = interrupt_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { wait(); });
}

Interrupt::~Interrupt() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
}

void Interrupt::use(air_runner *runner) {
  const std::lock_guard lock(mutex_);
  runner_ = runner;
}

void Interrupt::wait() {
  const sigset_t set = interrupt_set();
  int number = 0;
  while (sigwait(&set, &number) == 0) {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    if (runner_ == nullptr) {
      fputs("\nairunner: interrupted\n", stderr);
      _exit(kCancelled);
    }
    air_cancel(runner_);
    runner_ = nullptr;
  }
}

}  // namespace air::cli
