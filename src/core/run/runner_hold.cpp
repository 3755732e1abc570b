// SPDX-License-Identifier: BSD-3-Clause
// Holding a runner for one call, during which it can be interrupted. Every invoke does.
#include "core/error.h"
#include "core/run/runner.h"

namespace air {

Runner::Hold::Hold(Runner &runner, const air_token *token, uint32_t timeout_ms)
    : Limits(token, timeout_ms), runner_(runner) {
  Limits::check("the call");
  if (runner_.busy_.exchange(true, std::memory_order_acquire)) {
    fail(AIR_ERROR_BUSY, "another call uses this runner: wait for it, or connect a second runner");
  }
  runner_.caller_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  if (this->token() == nullptr && deadline_ns() == 0) return;
  try {
    watch_.emplace(this->token(), deadline_ns(), interrupt, this);
  } catch (...) {
    runner_.caller_.store({}, std::memory_order_relaxed);
    runner_.busy_.store(false, std::memory_order_release);
    throw;
  }
}

Runner::Hold::~Hold() {
  watch_.reset();
  runner_.caller_.store({}, std::memory_order_relaxed);
  runner_.busy_.store(false, std::memory_order_release);
}

void Runner::Hold::interrupt(void *hold) {
  auto *self = static_cast<Hold *>(hold);
  self->is_interrupted_.store(true, std::memory_order_relaxed);
  self->runner_.interrupt();
}

void Runner::interrupt() const noexcept {
  plugin_->enter("cancel", [&] { plugin_->backend().cancel(connection()); });
}

void Runner::Hold::check(std::string_view what) const {
  if (is_closing()) fail(AIR_ERROR_CANCELLED, "the runner is being disconnected");
  Limits::check(what);
}

}  // namespace air
