// SPDX-License-Identifier: BSD-3-Clause
// One connection: the plugin that serves it, its sessions, and the rules of who may call when.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "airunner_backend.h"
#include "descriptor.h"
#include "host.h"
#include "log.h"
#include "plugin.h"
#include "token.h"

namespace air {

class Session;

class Runner {
 public:
  // Connects; `options` are complete (as read_struct gives them).
  Runner(const Descriptor &descriptor, const air_connect_options &options, std::unique_ptr<const Log> log);
  ~Runner();
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;

  const air_backend &backend() const noexcept { return plugin_->backend(); }
  air_connection *connection() const noexcept { return connection_.get(); }
  std::span<const std::unique_ptr<Session>> sessions() const noexcept { return sessions_; }
  Session &session(const char *name) const;
  const Log &log() const noexcept { return *log_; }

  // Holds the runner for one call; throws AIR_ERROR_BUSY when another call holds it, AIR_ERROR_CANCELLED when the token has been cancelled.
  // Meanwhile the plugin is interrupted when the token is cancelled, the runner is closed, or `timeout_ms` (0: none) have passed.
  class Hold {
   public:
    explicit Hold(Runner &runner, const air_token *token = nullptr, uint32_t timeout_ms = 0);
    ~Hold();
    Hold(const Hold &) = delete;
    Hold &operator=(const Hold &) = delete;

    uint64_t start_ns() const noexcept { return start_ns_; }
    bool is_cancelled() const noexcept;
    bool is_overdue(uint64_t now) const noexcept { return deadline_ns_ != 0 && now >= deadline_ns_; }

   private:
    Runner &runner_;
    Holder<Token> token_;
    uint64_t start_ns_;
    uint64_t deadline_ns_;
    std::optional<Watch> watch_;
  };

  // Calls a backend entry that takes the connection; throws what it reports. `name` is that of the entry.
  template <class... Args>
  void call(const air_call &limits, air_status (*air_backend::*entry)(air_connection *, Args...), const char *name,
            std::type_identity_t<Args>... args) {
    const Hold hold(*this, limits.token, limits.timeout_ms);
    clear_backend_error();
    const air_status status = (backend().*entry)(connection(), args...);
    if (status != AIR_OK) throw_failure(hold, status, name, limits.timeout_ms);
  }

  // Ends the call in progress and keeps others out. Throws AIR_ERROR_BUSY from within a call, AIR_ERROR_TIMEOUT when it does not end.
  void close();

 private:
  struct Disconnect {
    const air_backend *backend;
    void operator()(air_connection *connection) const noexcept { backend->disconnect(connection); }
  };

  void connect(const air_connect_request &request);
  void make_sessions();
  static void interrupt(void *runner);
  [[noreturn]] static void throw_failure(const Hold &hold, air_status status, const char *entry, uint32_t timeout_ms);

  std::unique_ptr<const Log> log_;
  std::shared_ptr<const Plugin> plugin_;
  std::unique_ptr<air_connection, Disconnect> connection_{nullptr, Disconnect{nullptr}};
  std::vector<std::unique_ptr<Session>> sessions_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> closing_{false};
  std::atomic<std::thread::id> caller_{};  // of the call in progress
};

}  // namespace air
