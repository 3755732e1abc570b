// SPDX-License-Identifier: BSD-3-Clause
// One connection: the plugin that serves it, its sessions, and the rules of who may call when.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "airunner_backend.h"
#include "descriptor.h"
#include "host.h"
#include "log.h"
#include "plugin.h"

namespace air {

class Session;

class Runner {
 public:
  // Connects; `options` are complete (as read_struct gives them).
  Runner(const Descriptor &descriptor, const air_connect_options &options);
  ~Runner();
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;

  const air_backend &backend() const noexcept { return plugin_->backend(); }
  air_connection *connection() const noexcept { return connection_.get(); }
  const std::string &descriptor() const noexcept { return canonical_descriptor_; }
  std::span<const std::unique_ptr<Session>> sessions() const noexcept { return sessions_; }
  Session &session(const char *name) const;
  const Log &log() const noexcept { return *log_; }

  // Holds the runner for one call; throws AIR_ERROR_BUSY when another call holds it.
  class Hold {
   public:
    explicit Hold(Runner &runner);
    ~Hold();
    Hold(const Hold &) = delete;
    Hold &operator=(const Hold &) = delete;

   private:
    Runner &runner_;
  };

  // Calls a backend entry that takes the connection; throws what it reports. `name` is that of the entry.
  template <class... Args>
  void call(air_status (*air_backend::*entry)(air_connection *, Args...), const char *name,
            std::type_identity_t<Args>... args) {
    const Hold hold(*this);
    clear_backend_error();
    const air_status status = (backend().*entry)(connection(), args...);
    if (status != AIR_OK) throw_backend_error(status, name);
  }

  void cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  struct Disconnect {
    const air_backend *backend;
    void operator()(air_connection *connection) const noexcept { backend->disconnect(connection); }
  };

  void connect(const air_connect_request &request);
  void make_sessions();

  std::unique_ptr<const Log> log_;
  std::shared_ptr<const Plugin> plugin_;
  std::unique_ptr<air_connection, Disconnect> connection_{nullptr, Disconnect{nullptr}};
  std::string canonical_descriptor_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> cancelled_{false};
};

}  // namespace air
