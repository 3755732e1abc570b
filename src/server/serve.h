// SPDX-License-Identifier: BSD-3-Clause
// `airunner serve`: models of any backend offered over the target protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "airunner.h"

namespace air::server {

struct ServeOptions {
  std::vector<std::string> descriptors;  // what to serve; at least one
  std::string listen = "tcp:127.0.0.1:10000";
  bool allow_remote = false;
  std::optional<std::chrono::milliseconds> idle_timeout;  // of a client on TCP, 0: none; not given: 10 minutes
  bool once = false;                                      // ends with the first client, or when the serial port goes
  bool respawn = false;                                   // serves in a child process that may crash

  uint32_t generation = 3;
  uint32_t packet = 32;
  std::string personality = "st-ai";
  bool memory = false;
  bool self_test = false;

  uint32_t line_rate = 0;  // 0: as fast as it goes
  std::chrono::nanoseconds turnaround{0};
  std::vector<std::string> faults;

  std::vector<std::string> plugin_paths;
  int verbosity = 0;  // 1: also what backends tell; 2: debug messages
};

// Serves until SIGINT or SIGTERM. Prints "ready: <descriptor>" on standard output once a client can connect. Returns the exit code: 0;
// 2 when the options are wrong, 3 when something cannot be connected, 1 for all else. To be called before any other thread begins.
int serve(const ServeOptions &options);

}  // namespace air::server
