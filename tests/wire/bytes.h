// SPDX-License-Identifier: BSD-3-Clause
// Bytes for tests: from hexadecimal text, from patterns, and back to text for messages of failed checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/link.h"

namespace air::wire {

using Buffer = std::vector<std::byte>;

// "0B 08 01" and so on; blanks are free.
inline Buffer hex(std::string_view text) {
  Buffer bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  for (size_t i = 0; i + 1 < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    bytes.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
    i += 2;
  }
  return bytes;
}

inline Buffer buffer(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

inline std::string text(Bytes bytes) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    for (const char c : {digits[value >> 4], digits[value & 15], ' '}) result.push_back(c);
  }
  return result;
}

// n bytes that differ from their neighbours, and from those of other seeds.
inline Buffer pattern(size_t n, uint32_t seed = 1) {
  Buffer bytes(n);
  for (std::byte &byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<std::byte>(seed >> 24);
  }
  return bytes;
}

inline Buffer joined(Scatter message) {
  Buffer bytes = buffer(message.head);
  bytes.insert(bytes.end(), message.tail.begin(), message.tail.end());
  return bytes;
}

// All packets of a message, one behind the other.
inline Buffer packets(Framing framing, Direction direction, Scatter message) {
  PacketWriter writer;
  Buffer bytes;
  for (writer.start(framing, direction, message); !writer.done();) {
    const Bytes packet = writer.next();
    bytes.insert(bytes.end(), packet.begin(), packet.end());
  }
  return bytes;
}

inline const std::vector<Framing> &framings() {
  static const std::vector<Framing> all = {{Flavour::A, 32},  {Flavour::B, 32},  {Flavour::B, 33},
                                           {Flavour::B, 382}, {Flavour::B, 510}, {Flavour::B, 4094}};
  return all;
}

// Sizes around every edge of a payload size.
inline std::vector<size_t> edge_sizes(uint32_t payload) {
  const size_t p = payload;
  return {0,     1,     2,     30, 31,    32,        33,        63,        64,    65,        127,   128,   129,
          p - 3, p - 2, p - 1, p,  p + 1, 2 * p - 3, 2 * p - 2, 2 * p - 1, 2 * p, 2 * p + 1, 5 * p, 16384, 16383};
}

}  // namespace air::wire
