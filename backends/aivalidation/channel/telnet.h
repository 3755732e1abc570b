// SPDX-License-Identifier: BSD-3-Clause
// Telnet as far as RFC 2217 needs it: a serial port over TCP whose settings can be asked for. Bytes in, bytes out; no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace air::aivalidation {

// Requests of a client; the answer has a number 100 higher.
enum class ComPort : uint8_t {
  kSetBaudRate = 1,
  kSetDataSize = 2,
  kSetParity = 3,
  kSetStopSize = 4,
  kSetControl = 5,
  kPurgeData = 12,
};

class Telnet {
 public:
  // What a connection begins with: bytes pass as they are, and the port can be set.
  static std::vector<std::byte> greeting();
  static std::vector<std::byte> request(ComPort command, std::span<const std::byte> value);
  // Appends data as it has to be sent.
  static void escape(std::span<const std::byte> data, std::vector<std::byte> &out);
  // The begin of what a telnet server says first, and no target.
  static bool is_spoken_in(std::span<const std::byte> bytes);

  // Takes what came: the data among it moves to the front, and is counted.
  size_t take(std::span<std::byte> bytes);
  // What has to be sent because of it.
  std::vector<std::byte> take_answers() { return std::exchange(answers_, {}); }

  bool heard_any() const { return heard_any_; }
  // Whether the server lets the port be set; nothing when it has not said so yet.
  std::optional<bool> sets_port() const { return sets_port_; }
  bool refuses_binary() const { return refuses_binary_; }
  // The value of the last answer to a request: a number, most significant byte first.
  std::optional<uint32_t> answer(ComPort command) const;

 private:
  enum class State : uint8_t { kData, kCommand, kOption, kBlock, kBlockCommand };

  bool take(std::byte byte);
  void take_option(uint8_t option);
  void take_block();

  State state_ = State::kData;
  uint8_t verb_ = 0;
  std::vector<uint8_t> block_;
  std::vector<std::byte> answers_;
  std::map<uint8_t, uint32_t> values_;
  std::optional<bool> sets_port_;
  bool heard_any_ = false;
  bool refuses_binary_ = false;
};

}  // namespace air::aivalidation
