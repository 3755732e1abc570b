// SPDX-License-Identifier: BSD-3-Clause
// Whether the call in progress has to end: cancelled, or past its limit. Asked at least every 50 ms of waiting.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <optional>

#include "airunner_backend.h"
#include "common/error.h"

namespace air::target {

// The library has asked to end the call (air_run.check) and has recorded the error itself.
class Interrupted : public std::exception {
 public:
  explicit Interrupted(air_status status) noexcept : status_(status) {}

  air_status status() const noexcept { return status_; }
  const char *what() const noexcept override { return "interrupted"; }

 private:
  air_status status_;
};

class Interrupt {
 public:
  using Clock = std::chrono::steady_clock;

  // A call begins: one with a limit of its own (0: none), or a run, whose limit the library watches.
  void begin(uint32_t limit_ms) noexcept { begin(limit_ms, nullptr); }
  void begin(const air_run &run) noexcept { begin(0, &run); }
  void end() noexcept { begin(0, nullptr); }

  // Any thread, also from a signal handler.
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }

  // Of the call in progress.
  std::optional<Clock::time_point> deadline() const { return deadline_; }

  // Throws when the call has to end.
  void check() const {
    if (run_ != nullptr) {
      if (const air_status status = run_->check(run_->sink); status != AIR_OK) throw Interrupted(status);
    }
    if (cancelled_.load(std::memory_order_relaxed)) fail(AIR_ERROR_CANCELLED, "cancelled");
    if (deadline_ && Clock::now() >= *deadline_) {
      fail(AIR_ERROR_TIMEOUT, "time limit of {} ms passed: allow more", limit_ms_);
    }
  }

 private:
  void begin(uint32_t limit_ms, const air_run *run) noexcept {
    cancelled_.store(false, std::memory_order_relaxed);
    run_ = run;
    limit_ms_ = limit_ms;
    deadline_.reset();
    if (limit_ms != 0) deadline_ = Clock::now() + std::chrono::milliseconds(limit_ms);
  }

  std::atomic<bool> cancelled_{false};
  const air_run *run_ = nullptr;
  uint32_t limit_ms_ = 0;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace air::target
