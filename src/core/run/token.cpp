// SPDX-License-Identifier: BSD-3-Clause
// Tokens that cancel calls, and the thread that tells plugins: nothing of a plugin runs where air_cancel() is called.
#include "core/run/token.h"

#include <algorithm>
#include <memory>
#include <mutex>

#include "core/error.h"
#include "core/plugins/host.h"
#include "platform/threads/threads.h"
#include "platform/threads/wake_up.h"

namespace air {
namespace {

constexpr uint64_t kRepeatNs = 5'000'000;

}  // namespace

class Watcher {
 public:
  Watcher() noexcept = default;
  Watcher(const Watcher &) = delete;
  Watcher &operator=(const Watcher &) = delete;

  // Signal-safe.
  void wake() noexcept { wake_.wake(); }

  void add(Watch &watch) {
    const std::lock_guard lock(mutex_);
    start();
    watch.next_ = first_;
    first_ = &watch;
    // The thread may sleep past a deadline that it does not know, and has been told of a token before.
    const bool is_sooner = watch.deadline_ns_ != 0 && (wakes_at_ == 0 || watch.deadline_ns_ < wakes_at_);
    if (is_sooner || (watch.token_ != nullptr && watch.token_->is_cancelled())) wake();
  }

  // Waits where the watch is being told at this moment; other calls end while a plugin takes its time.
  void remove(Watch &watch) noexcept {
    std::unique_lock lock(mutex_);
    Watch **place = &first_;
    while (*place != nullptr && *place != &watch) place = &(*place)->next_;
    if (*place != nullptr) *place = watch.next_;
    while (telling_ == &watch) {
      const uint32_t n = n_told_;
      lock.unlock();
      n_told_.wait(n);
      lock.lock();
    }
  }

  // A process that was forked off has no such thread, and locks that others may have held.
  static void forget_in_child();
  static bool forgets_in_child;  // from the first on: what a wake-up is made of may not be passed on

 private:
  void start() {
    if (is_started_) return;
    if (!forgets_in_child) fail(AIR_ERROR_NO_MEMORY, "no memory for limits and cancelling");
    const int failed = start_thread([](void *self) -> void * { static_cast<Watcher *>(self)->run(); }, this);
    if (failed != 0) fail(AIR_ERROR_NO_MEMORY, "no thread could be made for limits and cancelling: error {}", failed);
    is_started_ = true;
  }

  [[noreturn]] void run() {
    for (;;) {
      const uint64_t until_ns = look();
      until_ns == 0 ? wake_.wait() : wake_.wait_until(until_ns);
    }
  }

  // Interrupts what is due; tells when to look again, 0: when woken.
  uint64_t look() {
    std::unique_lock lock(mutex_);
    while (Watch *watch = next_due(now_ns())) {
      watch->again_ns_ = now_ns() + kRepeatNs;
      telling_ = watch;
      lock.unlock();  // a plugin is called, which may take its time
      watch->interrupt_(watch->argument_);
      lock.lock();
      telling_ = nullptr;
      ++n_told_;
      n_told_.notify_all();
    }
    return wakes_at_ = next_time();
  }

  Watch *next_due(uint64_t now) const noexcept {
    Watch *watch = first_;
    while (watch != nullptr && (!watch->is_due(now) || now < watch->again_ns_)) watch = watch->next_;
    return watch;
  }

  uint64_t next_time() const noexcept {
    uint64_t next = 0;
    for (const Watch *watch = first_; watch != nullptr; watch = watch->next_) {
      const uint64_t at = watch->again_ns_ != 0 ? watch->again_ns_ : watch->deadline_ns_;
      if (at != 0) next = next == 0 ? at : std::min(next, at);
    }
    return next;
  }

  WakeUp wake_;
  std::mutex mutex_;
  Watch *first_ = nullptr;
  const Watch *telling_ = nullptr;  // its plugin is being called
  std::atomic<uint32_t> n_told_{0};
  uint64_t wakes_at_ = 0;  // 0: when somebody wakes it
  bool is_started_ = false;
};

bool Watcher::forgets_in_child = false;

namespace {

// Made before anybody can cancel, so that air_cancel() in a signal handler makes nothing; and never destroyed, so that it is usable until the
// process has ended.
union Kept {
  Kept() noexcept : watcher() { Watcher::forgets_in_child = call_in_forked(&Watcher::forget_in_child); }
  ~Kept() {}  // NOLINT(modernize-use-equals-default): that would destroy it, where locks have something to destroy
  Watcher watcher;
} g_kept;
Watcher &g_watcher = g_kept.watcher;

}  // namespace

void Watcher::forget_in_child() {
  std::construct_at(&g_watcher);
}

void Token::cancel() noexcept {
  is_cancelled_.store(true, std::memory_order_release);
  g_watcher.wake();
}

void Token::let_go(const Token *token) {
  const std::unique_ptr<const Token> owned(token);
}

Watch::Watch(const Token *token, uint64_t deadline_ns, void (*interrupt)(void *), void *argument)
    : token_(token), deadline_ns_(deadline_ns), interrupt_(interrupt), argument_(argument) {
  g_watcher.add(*this);
}

Watch::~Watch() {
  g_watcher.remove(*this);
}

bool Watch::is_due(uint64_t now) const noexcept {
  return (token_ != nullptr && token_->is_cancelled()) || (deadline_ns_ != 0 && now >= deadline_ns_);
}

}  // namespace air

air_token *air_make_token(void) {
  return reinterpret_cast<air_token *>(new (std::nothrow) air::Token);
}

void air_cancel(air_token *token) {
  if (token != nullptr) reinterpret_cast<air::Token *>(token)->cancel();
}

int32_t air_is_cancelled(const air_token *token) {
  return token != nullptr && air::token_of(token)->is_cancelled() ? 1 : 0;
}

void air_release_token(air_token *token) {
  air::Token::release(air::token_of(token));
}
