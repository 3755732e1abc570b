// SPDX-License-Identifier: BSD-3-Clause
// One connection: the plugin that serves it, its sessions, and the rules of who may call when.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "airunner_backend.h"
#include "core/descriptor.h"
#include "core/log.h"
#include "core/plugins/plugin.h"
#include "core/run/call_limits.h"

namespace air {

class Session;

class Runner {
 public:
  // Connects; `options` are complete (as read_struct gives them).
  Runner(const Descriptor &descriptor, const air_connect_options &options, std::unique_ptr<const Log> log);
  ~Runner();
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;

  const Plugin &plugin() const noexcept { return *plugin_; }
  const std::shared_ptr<const Plugin> &shared_plugin() const noexcept { return plugin_; }
  air_connection *connection() const noexcept { return connection_.get(); }
  std::span<const std::unique_ptr<Session>> sessions() const noexcept { return sessions_; }
  Session &session(const char *name) const;
  const Log &log() const noexcept { return *log_; }

  // Whether the call in progress is one of this thread.
  bool is_calling() const noexcept { return caller_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  // Writes a backend's note on a run to the log, each once.
  void tell_note(const char *note);

  // Holds the runner for one call; throws AIR_ERROR_BUSY when another call holds it, AIR_ERROR_CANCELLED when the token has been cancelled.
  // Meanwhile the plugin is interrupted when the token is cancelled, the runner is closed, or `timeout_ms` (0: none) have passed.
  class Hold : public Limits {
   public:
    explicit Hold(Runner &runner, const air_token *token = nullptr, uint32_t timeout_ms = 0);
    ~Hold();
    Hold(const Hold &) = delete;
    Hold &operator=(const Hold &) = delete;

    bool is_cancelled() const noexcept { return is_closing() || Limits::is_cancelled(); }
    void check(std::string_view what) const;
    // Whether the plugin has been interrupted: as good as is_cancelled() and is_overdue() within milliseconds, and without a look at the clock.
    bool is_interrupted() const noexcept { return is_interrupted_.load(std::memory_order_relaxed) || is_cancelled(); }

   private:
    bool is_closing() const noexcept { return runner_.closing_.load(std::memory_order_relaxed); }
    static void interrupt(void *hold);

    Runner &runner_;
    std::atomic<bool> is_interrupted_{false};
    std::optional<Watch> watch_;
  };

  // Calls a backend entry that takes the connection; throws what it reports. `name` is that of the entry.
  template <class... Args>
  void call(const air_call &limits, air_status (*air_backend::*entry)(air_connection *, Args...), const char *name,
            std::type_identity_t<Args>... args) {
    const Hold hold(*this, limits.token, limits.timeout_ms);
    const air_status status = plugin_->enter(name, [&] { return (plugin_->backend().*entry)(connection(), args...); });
    if (status == AIR_ERROR_CANCELLED) hold.check(name);  // a plugin only knows that it was interrupted
    if (status != AIR_OK) throw_backend_error(status, plugin_->name(), name);
  }

  // The limit of a call that may take as long as connecting; 0: the backend's own.
  uint32_t timeout_of(const air_call &limits) const noexcept {
    return limits.timeout_ms != 0 ? limits.timeout_ms : connect_timeout_ms_;
  }

  // Calls what a library above does with an extension of the plugin, with the rules of call().
  void use_extension(const char *name, const air_call &limits, air_extension_call body, void *user);

  // Ends the call in progress and keeps others out. Throws AIR_ERROR_BUSY from within a call, AIR_ERROR_TIMEOUT when it does not end.
  void close();

 private:
  struct Disconnect {
    const Runner *runner;
    void operator()(air_connection *connection) const noexcept;
  };

  void connect(const air_connect_request &request, const Limits &limits);
  void make_sessions(const std::string &descriptor);
  void interrupt() const noexcept;

  std::unique_ptr<const Log> log_;
  uint32_t connect_timeout_ms_;
  std::shared_ptr<const Plugin> plugin_;
  std::unique_ptr<air_connection, Disconnect> connection_{nullptr, Disconnect{nullptr}};
  std::vector<std::unique_ptr<Session>> sessions_;
  std::set<std::string> notes_;  // that the log has told
  std::atomic<bool> busy_{false};
  std::atomic<bool> closing_{false};
  std::atomic<std::thread::id> caller_{};  // of the call in progress
};

}  // namespace air
