// SPDX-License-Identifier: BSD-3-Clause
// SIGINT, SIGTERM and SIGHUP: end the server cleanly; a second one ends it at once.
#pragma once

#include <memory>
#include <optional>

#include "airunner.h"
#include "platform/processes/ending.h"
#include "platform/threads/event.h"

namespace air::server {

// To be made before any other thread begins, with the ending signals held.
class Shutdown {
 public:
  Shutdown();
  Shutdown(const Shutdown &) = delete;
  Shutdown &operator=(const Shutdown &) = delete;

  bool requested() const { return air_is_cancelled(token()) != 0; }
  // Readable from the request on.
  int fd() const { return event_.descriptor(); }
  // For every call that waits: the request ends it.
  air_token *token() const { return token_.get(); }

 private:
  struct Release {
    void operator()(air_token *token) const { air_release_token(token); }
  };

  void on_signal(int number) const;

  Event event_;
  std::unique_ptr<air_token, Release> token_;
  std::optional<EndingWatch> watch_;  // interrupts no call of a model
};

}  // namespace air::server
