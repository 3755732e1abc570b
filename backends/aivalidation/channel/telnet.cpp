// SPDX-License-Identifier: BSD-3-Clause
// Telnet as far as RFC 2217 needs it.
#include "aivalidation/channel/telnet.h"

#include <algorithm>

namespace air::aivalidation {
namespace {

enum Verb : uint8_t { kEndOfBlock = 240, kBlockBegins = 250, kWill, kWont, kDo, kDont, kEscape };
enum Option : uint8_t { kBinary = 0, kSuppressGoAhead = 3, kComPort = 44, kNewestCommon = 49 };

constexpr uint8_t kAnswers = 100;     // added to the number of a request
constexpr size_t kLongestBlock = 64;  // kept of it: answers have up to 6 bytes

void append(std::vector<std::byte> &out, std::initializer_list<uint8_t> bytes) {
  for (const uint8_t byte : bytes) out.push_back(static_cast<std::byte>(byte));
}

bool is_wanted(uint8_t option) {
  return option == kBinary || option == kSuppressGoAhead || option == kComPort;
}

}  // namespace

std::vector<std::byte> Telnet::greeting() {
  std::vector<std::byte> out;
  for (const uint8_t option : {kBinary, kSuppressGoAhead}) {
    append(out, {kEscape, kWill, option, kEscape, kDo, option});
  }
  append(out, {kEscape, kWill, kComPort});
  return out;
}

std::vector<std::byte> Telnet::request(ComPort command, std::span<const std::byte> value) {
  std::vector<std::byte> out;
  append(out, {kEscape, kBlockBegins, kComPort, static_cast<uint8_t>(command)});
  escape(value, out);
  append(out, {kEscape, kEndOfBlock});
  return out;
}

void Telnet::escape(std::span<const std::byte> data, std::vector<std::byte> &out) {
  for (const std::byte byte : data) {
    if (byte == static_cast<std::byte>(kEscape)) out.push_back(byte);
    out.push_back(byte);
  }
}

bool Telnet::is_spoken_in(std::span<const std::byte> bytes) {
  constexpr size_t kOffer = 3;
  constexpr size_t kSeveral = 2 * kOffer;
  if (bytes.size() < kSeveral) return false;
  for (size_t at = 0; at < kSeveral; at += kOffer) {
    const auto verb = std::to_integer<uint8_t>(bytes[at + 1]);
    const bool is_offer = bytes[at] == static_cast<std::byte>(kEscape) && verb >= kWill && verb <= kDont;
    if (!is_offer || std::to_integer<uint8_t>(bytes[at + 2]) > kNewestCommon) return false;
  }
  return true;
}

size_t Telnet::take(std::span<std::byte> bytes) {
  size_t n = 0;
  for (const std::byte byte : bytes) {
    if (take(byte)) bytes[n++] = byte;
  }
  return n;
}

// Returns whether it is data.
bool Telnet::take(std::byte byte) {
  const auto value = std::to_integer<uint8_t>(byte);
  switch (state_) {
    case State::kData:
      if (value != kEscape) return true;
      state_ = State::kCommand;
      return false;
    case State::kCommand:
      verb_ = value;
      heard_any_ = heard_any_ || value != kEscape;
      state_ = value == kBlockBegins ? State::kBlock : value >= kWill && value <= kDont ? State::kOption : State::kData;
      return value == kEscape;
    case State::kOption:
      take_option(value);
      state_ = State::kData;
      return false;
    case State::kBlock:
      if (value == kEscape) {
        state_ = State::kBlockCommand;
      } else if (block_.size() < kLongestBlock) {
        block_.push_back(value);
      }
      return false;
    case State::kBlockCommand:
      state_ = value == kEscape ? State::kBlock : State::kData;
      if (value == kEscape && block_.size() < kLongestBlock) block_.push_back(value);
      if (value != kEscape) take_block();
      return false;
  }
  return false;
}

// What the greeting has asked for needs no further word, all else is refused.
void Telnet::take_option(uint8_t option) {
  const bool is_yes = verb_ == kWill || verb_ == kDo;
  if (option == kComPort && (verb_ == kDo || verb_ == kDont)) sets_port_ = is_yes;
  if (option == kBinary && !is_yes) refuses_binary_ = true;
  if (is_wanted(option) || !is_yes) return;
  append(answers_, {kEscape, static_cast<uint8_t>(verb_ == kWill ? kDont : kWont), option});
}

void Telnet::take_block() {
  if (block_.size() >= 3 && block_[0] == kComPort && block_[1] > kAnswers) {
    uint32_t value = 0;
    for (const uint8_t byte : std::span(block_).subspan(2)) value = value << 8 | byte;
    values_[block_[1]] = value;
  }
  block_.clear();
}

std::optional<uint32_t> Telnet::answer(ComPort command) const {
  const auto found = values_.find(static_cast<uint8_t>(static_cast<uint8_t>(command) + kAnswers));
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace air::aivalidation
