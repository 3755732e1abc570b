// SPDX-License-Identifier: BSD-3-Clause
// What is said to a program from outside: signals.
#include "platform/processes/signals.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#include "platform/processes/signals_posix.h"

namespace air {
namespace {

void (*when_interrupted)(bool by_user) = nullptr;

constexpr unsigned kLongestEndS = 5;

void on_signal(int number);

bool handle(int number) noexcept {
  struct sigaction action {};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_RESTART;
  return sigaction(number, &action, nullptr) == 0;
}

// Who sends SIGTERM, as containers, batch systems and timeout do, sends nothing after it but SIGKILL: what does not end in time is interrupted again.
void on_signal(int number) {
  const int error = errno;
  when_interrupted(number != SIGHUP);
  if (number == SIGTERM && handle(SIGALRM)) alarm(kLongestEndS);
  errno = error;
}

}  // namespace

bool is_ignored(int number) noexcept {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t ending_signals() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  for (const int number : {SIGINT, SIGHUP}) {
    if (!is_ignored(number)) sigaddset(&set, number);
  }
  return set;
}

void call_when_interrupted(void (*handler)(bool by_user)) {
  when_interrupted = handler;
  for (const int number : {SIGINT, SIGHUP, SIGTERM}) {
    if (!is_ignored(number)) handle(number);
  }
}

}  // namespace air
