// SPDX-License-Identifier: BSD-3-Clause
// Where a target is and how to talk to it: the descriptors `serial:`, `socket:`, `tcp:`, `rfc2217:` and `board:` and their options.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "airunner_backend.hpp"
#include "aivalidation/link/limits.h"
#include "wire/link.h"

namespace air::aivalidation {

inline constexpr uint32_t kDefaultBaud = 115200;
inline constexpr uint16_t kDefaultTcpPort = 10000;

struct Descriptor {
  enum class Kind { kSerial, kTcp, kRfc2217, kBoard };

  Kind kind = Kind::kSerial;
  std::string device;  // serial: "" stands for the one board plugged in; board: its name
  uint32_t baud = kDefaultBaud;
  std::string host = "localhost";
  uint16_t port = kDefaultTcpPort;

  std::optional<wire::Flavour> variant;  // given: no detection
  uint32_t packet = 0;                   // payload size a former client may have left the target at, 0: not known
  uint32_t ahead = 0;                    // TCP: packets sent at a time without waiting for their sync bytes; 0: none
  uint32_t counters = 0;                 // CounterGroup bits: what each run of a model counts beside
  std::optional<uint32_t> reply_timeout_ms;  // given: the limit of every wait for the target

  // "serial:/dev/ttyACM0:115200?timeout=5": connecting with it again reaches the same target.
  std::string text() const;
  // "/dev/ttyACM0:115200", "localhost:10000", "localhost:4000:115200" or "mps2-an386", for messages.
  std::string place() const;
  // "socket:localhost:10000": the same place, where bytes pass as they are.
  std::string as_socket() const;
};

// Throws AIR_ERROR_INVALID_DESCRIPTOR.
Descriptor parse_descriptor(const backend::Request &request);

// How well a text without scheme fits: "", ":", ":COM6", "COM6:921600", "/dev/ttyACM0".
uint32_t claims(std::string_view text);

}  // namespace air::aivalidation
