// SPDX-License-Identifier: BSD-3-Clause
// Tokens that cancel calls, and the thread that tells plugins: nothing of a plugin runs where air_cancel() is called.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "airunner.h"
#include "core/values/counted.h"

namespace air {

class Token : public Counted<Token> {
 public:
  // Signal-safe.
  void cancel() noexcept;
  bool is_cancelled() const noexcept { return is_cancelled_.load(std::memory_order_acquire); }

  static void let_go(const Token *token);

 private:
  std::atomic<bool> is_cancelled_{false};
};

inline const Token *token_of(const air_token *token) noexcept {
  return reinterpret_cast<const Token *>(token);
}

// A call in progress that has a token or a limit. While it lives, the library's own thread calls `interrupt` once the token is cancelled or
// the time is over, and again every few milliseconds: a plugin may not have got as far as to listen the first time.
class Watch {
 public:
  // `deadline_ns` 0: none. Throws AIR_ERROR_NO_MEMORY where there can be no such thread.
  Watch(const Token *token, uint64_t deadline_ns, void (*interrupt)(void *), void *argument);
  ~Watch();
  Watch(const Watch &) = delete;
  Watch &operator=(const Watch &) = delete;

 private:
  friend class Watcher;
  bool is_due(uint64_t now) const noexcept;

  const Token *token_;
  uint64_t deadline_ns_;
  void (*interrupt_)(void *);
  void *argument_;
  uint64_t again_ns_ = 0;  // told before, to be told again at that time
  Watch *next_ = nullptr;
};

}  // namespace air
