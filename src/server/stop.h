// SPDX-License-Identifier: BSD-3-Clause
// SIGINT, SIGTERM and SIGHUP: end the server cleanly; a second one ends it at once.
#pragma once

#include <signal.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "airunner.h"

namespace air::server {

// Those that end the server.
sigset_t ending_signals();

// Waits for the signals in a thread of its own, since what a backend does to cancel need not be safe in a signal handler. To be made
// before any other thread begins. SIGPIPE is held back too: a client that has gone is an error of write(2).
class Stop {
 public:
  Stop();
  ~Stop();
  Stop(const Stop &) = delete;
  Stop &operator=(const Stop &) = delete;

  bool requested() const { return requested_; }
  // Readable from the request on.
  int fd() const { return fd_; }
  // Runs in progress on these are cancelled. To be taken back with an empty list before they are released.
  void set_runners(std::vector<air_runner *> runners);

 private:
  void wait();

  int fd_;
  std::atomic<bool> requested_ = false;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::vector<air_runner *> runners_;
  std::thread thread_;
};

}  // namespace air::server
