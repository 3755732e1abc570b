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

// The library has asked to end the call (air_run.check, air_connect_request.check) and has recorded the error itself.
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

  // A call begins, without a limit. `check` is what the library offers to be asked for a run and while connecting.
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
    if (check_ != nullptr) {
      if (const air_status status = check_(sink_); status != AIR_OK) throw Interrupted(status);
    }
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

}  // namespace air::target
