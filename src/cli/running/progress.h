// SPDX-License-Identifier: BSD-3-Clause
// A progress bar on standard error for runs that last.
#pragma once

#include <chrono>

#include "airunner.h"

namespace air::cli {

class Progress {
 public:
  Progress() = default;
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  ~Progress();  // removes the bar

  // For air_callbacks.on_progress, with the Progress as `user`.
  static air_action on_progress(void *user, uint64_t n_done, uint64_t n_total);

 private:
  using Clock = std::chrono::steady_clock;

  void draw(uint64_t n_done, uint64_t n_total, Clock::time_point now);

  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_;
  bool visible_ = false;
};

}  // namespace air::cli
