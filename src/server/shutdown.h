// SPDX-License-Identifier: BSD-3-Clause
// SIGINT, SIGTERM and SIGHUP: end the server cleanly; a second one ends it at once.
#pragma once

#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>

#include "airunner.h"

namespace air::server {

// Those that end the server.
sigset_t ending_signals();

// Waits for the signals in a thread of its own, so that they interrupt no call of a model. To be made before any other thread begins. SIGPIPE is held back too: a client that has gone is an error of write(2).
class Shutdown {
 public:
  Shutdown();
  ~Shutdown();
  Shutdown(const Shutdown &) = delete;
  Shutdown &operator=(const Shutdown &) = delete;

  bool requested() const { return air_is_cancelled(token()) != 0; }
  // Readable from the request on.
  int fd() const { return fd_; }
  // For every call that waits: the request ends it.
  air_token *token() const { return token_.get(); }

 private:
  struct Release {
    void operator()(air_token *token) const { air_release_token(token); }
  };

  void wait();

  int fd_;
  std::unique_ptr<air_token, Release> token_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace air::server
