// SPDX-License-Identifier: BSD-3-Clause
// How long to wait for a target. Every wait is for the next sign of life, so a slow but steady target never meets its limit.
#pragma once

#include <cstdint>
#include <optional>

namespace air::aivalidation {

// Milliseconds. docs/target.md shows them to users.
struct Limits {
  uint32_t sys_info = 1'000;
  uint32_t network_info = 5'000;
  uint32_t run = 5'000;         // NETWORK_RUN until its first reply
  uint32_t input = 10'000;      // input tensor until it is acknowledged
  uint32_t inference = 60'000;  // next node, end of the inference, or first output
  uint32_t tensor = 10'000;     // tensor of a node
  uint32_t sync = 5'000;        // sync byte between two packets
  uint32_t memory = 5'000;
  uint32_t self_test = 5'000;
  uint32_t in_message = 1'000;  // between two bytes of one message
  uint32_t write = 5'000;       // until the system takes a packet
  uint32_t resync = 30'000;     // bringing a target of unknown state back, in all
  uint32_t connect = 20'000;    // connecting, in all

  // `reply_timeout_ms` takes the place of every limit of a single wait.
  static Limits make(std::optional<uint32_t> reply_timeout_ms);
};

}  // namespace air::aivalidation
