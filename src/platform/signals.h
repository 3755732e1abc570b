// SPDX-License-Identifier: BSD-3-Clause
// Signals that a program was started with, and which threads take them.
#pragma once

#include <signal.h>

namespace air {

// Background jobs of a shell without job control are started so that Ctrl-C does not reach them, those of nohup so that SIGHUP
// does not.
inline bool is_ignored(int number) noexcept {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// While it lives this thread takes no signals, and threads that it makes take none ever: those are for the program's own.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked &) = delete;
  SignalsBlocked &operator=(const SignalsBlocked &) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace air
