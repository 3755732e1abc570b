// SPDX-License-Identifier: BSD-3-Clause
// The simulated target: takes one command after the other, from one client after the other.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "server/exchange.h"
#include "server/models/memory.h"
#include "server/models/personality.h"
#include "server/models/served_model.h"
#include "server/shutdown.h"

namespace air::server {

// 2: link A, protocol 3.1. 3: link B, packet sizes. 4: protocol 3.2, command DISCONNECT.
struct TargetOptions {
  uint32_t generation = 3;
  uint32_t packet = wire::kMinPayload;
  bool memory = false;
  bool self_test = false;
  bool once = false;  // ends with the first client
};

class Target {
 public:
  Target(std::deque<ServedModel> &models, const Personality &personality, const TargetOptions &options,
         Channel &channel, Faults &faults, const Shutdown &shutdown);

  // Serves clients until the server is to end.
  void serve();

 private:
  void serve_client();
  void reset_states();
  void serve_command(const wire::Request &request);
  bool serve_optional(const wire::Request &request);
  void serve_sync();
  void serve_sys_info();
  void serve_network_info(const wire::Request &request);
  void serve_network_run(const wire::Request &request);
  void refuse();
  uint32_t capability() const;
  ServedModel *find_model(const std::string &name);

  std::deque<ServedModel> &models_;
  const Personality &personality_;
  const TargetOptions options_;
  Channel &channel_;
  const Shutdown &shutdown_;
  Exchange exchange_;
  std::optional<Memory> memory_;
};

}  // namespace air::server
