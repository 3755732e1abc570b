// SPDX-License-Identifier: BSD-3-Clause
// What ends a call that waits: a token, and a time limit.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/run/token.h"
#include "core/values/counted.h"

namespace air {

class Limits {
 public:
  // `timeout_ms` 0: no limit of time. Keeps the token.
  Limits(const air_token *token, uint32_t timeout_ms);

  const Token *token() const noexcept { return token_.get(); }
  uint64_t start_ns() const noexcept { return start_ns_; }
  uint32_t timeout_ms() const noexcept { return timeout_ms_; }
  uint64_t deadline_ns() const noexcept { return deadline_ns_; }  // 0: none
  bool is_cancelled() const noexcept { return token_ != nullptr && token_->is_cancelled(); }
  bool is_overdue() const noexcept;

  // Throws AIR_ERROR_CANCELLED or AIR_ERROR_TIMEOUT; `what` took too long.
  void check(std::string_view what) const;

 private:
  Holder<Token> token_;
  uint64_t start_ns_;
  uint32_t timeout_ms_;
  uint64_t deadline_ns_;
};

}  // namespace air
