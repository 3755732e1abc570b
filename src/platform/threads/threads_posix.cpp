// SPDX-License-Identifier: BSD-3-Clause
// Threads of the library's own.
#include "platform/threads/threads.h"

#include <pthread.h>
#include <signal.h>

namespace air {
namespace {

class NoSignals {
 public:
  NoSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals &) = delete;
  NoSignals &operator=(const NoSignals &) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void without_signals(const std::function<void()> &begin) {
  const NoSignals held;
  begin();
}

int start_thread(void *(*run)(void *), void *argument) noexcept {
  const NoSignals held;
  pthread_t thread{};
  const int failed = pthread_create(&thread, nullptr, run, argument);
  if (failed == 0) pthread_detach(thread);
  return failed;
}

bool call_in_forked(void (*function)()) noexcept {
  return pthread_atfork(nullptr, nullptr, function) == 0;
}

}  // namespace air
