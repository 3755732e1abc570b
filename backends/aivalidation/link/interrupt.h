// SPDX-License-Identifier: BSD-3-Clause
// Whether the call in progress has to end: cancelled, or past its limit. Asked at least every 50 ms of waiting.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "airunner_backend.hpp"
#include "common/error.h"

namespace air::aivalidation {

class Interrupt {
 public:
  using Clock = std::chrono::steady_clock;

  // A call begins, without a limit of ours. `check` is what the library offers to be asked for a run and while connecting; it has recorded
  // the error itself when it fails.
  void begin(air_status (*check)(void *) = nullptr, void *sink = nullptr) noexcept {
    cancelled_.store(false, std::memory_order_relaxed);
    check_ = check;
    sink_ = sink;
    limit(0);
  }

  // The call in progress ends so long from now; 0: no limit.
  void limit(uint32_t ms) noexcept {
    limit_ms_ = ms;
    deadline_.reset();
    if (ms != 0) deadline_ = Clock::now() + std::chrono::milliseconds(ms);
  }

  // Any thread, also from a signal handler.
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }

  // Of the call in progress.
  std::optional<Clock::time_point> deadline() const { return deadline_; }

  // Throws when the call has to end.
  void check() const {
    if (check_ != nullptr) backend::throw_recorded(check_(sink_));
    if (cancelled_.load(std::memory_order_relaxed)) fail(AIR_ERROR_CANCELLED, "cancelled");
    if (deadline_ && Clock::now() >= *deadline_) {
      fail(AIR_ERROR_TIMEOUT, "time limit of {} ms passed: allow more", limit_ms_);
    }
  }

 private:
  std::atomic<bool> cancelled_{false};
  air_status (*check_)(void *) = nullptr;
  void *sink_ = nullptr;
  uint32_t limit_ms_ = 0;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace air::aivalidation
