// SPDX-License-Identifier: BSD-3-Clause
// What ends a call that waits: a token, and a time limit.
#include "core/run/call_limits.h"

#include "core/error.h"
#include "core/plugins/host.h"

namespace air {
namespace {

constexpr uint64_t kNsPerMs = 1'000'000;

}  // namespace

Limits::Limits(const air_token *token, uint32_t timeout_ms)
    : token_(Token::retain(token_of(token))),
      start_ns_(now_ns()),
      timeout_ms_(timeout_ms),
      deadline_ns_(timeout_ms == 0 ? 0 : start_ns_ + timeout_ms * kNsPerMs) {}

bool Limits::is_overdue() const noexcept {
  return deadline_ns_ != 0 && now_ns() >= deadline_ns_;
}

void Limits::check(std::string_view what) const {
  if (is_cancelled()) fail(AIR_ERROR_CANCELLED, "the token was cancelled");
  if (is_overdue()) fail(AIR_ERROR_TIMEOUT, "{}: time limit of {} ms passed: allow more", what, timeout_ms_);
}

}  // namespace air
