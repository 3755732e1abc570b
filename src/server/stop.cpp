// SPDX-License-Identifier: BSD-3-Clause
// SIGINT, SIGTERM and SIGHUP: end the server cleanly; a second one ends it at once.
#include "stop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "common/signals.h"

namespace air::server {
namespace {

constexpr int kWakeUp = SIGUSR1;  // of the thread, at the end of the server

sigset_t awaited_signals() {
  sigset_t set = ending_signals();
  sigaddset(&set, kWakeUp);
  return set;
}

constexpr timespec kCancelInterval = {0, 50'000'000};
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

Stop::Stop() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  sigset_t blocked = awaited_signals();
  sigaddset(&blocked, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  thread_ = std::thread([this] { wait(); });
}

Stop::~Stop() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), kWakeUp);
  thread_.join();
  close(fd_);
}

void Stop::set_runners(std::vector<air_runner *> runners) {
  const std::lock_guard lock(mutex_);
  runners_ = std::move(runners);
}

void Stop::wait() {
  const sigset_t set = awaited_signals();
  int received = 0;
  while (received <= 0 || received == kWakeUp) {
    received = sigwaitinfo(&set, nullptr);
    if (ending_) return;
  }
  requested_ = true;
  eventfd_write(fd_, 1);
  // A run may begin between the request and the server's next look at it: cancel until the server has ended.
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      for (air_runner *runner : runners_) air_cancel(runner);
    }
    const int number = sigtimedwait(&set, nullptr, &kCancelInterval);
    if (ending_) return;
    if (number > 0 && number != kWakeUp) _exit(kKilledBySignal + number);
  }
}

}  // namespace air::server
