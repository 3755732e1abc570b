// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C, and a terminal that goes away: end the run in progress cleanly, or the program where nothing runs.
#pragma once

#include <mutex>
#include <thread>

#include "airunner.h"

namespace air::cli {

// Waits for SIGINT and SIGHUP in a thread of its own, since what a backend does to cancel need not be safe in a signal handler.
// To be made before any other thread begins.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt &) = delete;
  Interrupt &operator=(const Interrupt &) = delete;

  // As long as one lives, both cancel its runner. From then on only Ctrl-C ends the program at once: there are results to keep.
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
  bool has_run_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace air::cli
