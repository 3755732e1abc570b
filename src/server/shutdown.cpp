// SPDX-License-Identifier: BSD-3-Clause
// SIGINT, SIGTERM and SIGHUP: end the server cleanly; a second one ends it at once.
#include "server/shutdown.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "platform/signals_posix.h"

namespace air::server {
namespace {

constexpr int kWakeUp = SIGUSR1;  // of the thread, at the end of the server

sigset_t awaited_signals() {
  sigset_t set = ending_signals();
  sigaddset(&set, kWakeUp);
  return set;
}

constexpr int kKilledBySignal = 128;

}  // namespace

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  for (const int number : {SIGINT, SIGHUP}) {
    if (!is_ignored(number)) sigaddset(&set, number);
  }
  return set;
}

Shutdown::Shutdown() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), token_(air_make_token()) {
  if (!token_) throw std::bad_alloc();
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  sigset_t blocked = awaited_signals();
  sigaddset(&blocked, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  thread_ = std::thread([this] { wait(); });
}

Shutdown::~Shutdown() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), kWakeUp);
  thread_.join();
  close(fd_);
}

void Shutdown::wait() {
  const sigset_t set = awaited_signals();
  for (;;) {
    const int number = sigwaitinfo(&set, nullptr);
    if (ending_) return;
    if (number <= 0 || number == kWakeUp) continue;
    if (requested()) _exit(kKilledBySignal + number);
    air_cancel(token());
    eventfd_write(fd_, 1);
  }
}

}  // namespace air::server
