// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C: ends the run in progress cleanly, or the program where nothing runs.
#pragma once

#include <mutex>
#include <thread>

#include "airunner.h"

namespace air::cli {

// Waits for SIGINT in a thread of its own, since what a backend does to cancel need not be safe in a signal handler.
// To be made before any other thread begins.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt &) = delete;
  Interrupt &operator=(const Interrupt &) = delete;

  // As long as one lives, Ctrl-C cancels its runner; a second Ctrl-C ends the program.
  class Scope {
   public:
    Scope(Interrupt &interrupt, air_runner *runner) : interrupt_(interrupt) { interrupt_.use(runner); }
    ~Scope() { interrupt_.use(nullptr); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

   private:
    Interrupt &interrupt_;
  };

 private:
  void use(air_runner *runner);
  void wait();

  std::mutex mutex_;
  air_runner *runner_ = nullptr;  // to be cancelled
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace air::cli
