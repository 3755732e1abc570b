// SPDX-License-Identifier: BSD-3-Clause
// MD5 (RFC 1321), as ST's tools sign models. It tells files apart; it protects nothing.
#include "md5.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace air::runtime {
namespace {

constexpr size_t kBlock = 64;
constexpr size_t kSteps = 64;
using State = std::array<uint32_t, 4>;

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

// The constants are defined by the sine.
std::array<uint32_t, kSteps> make_constants() {
  constexpr double kTwoTo32 = 4294967296.0;
  std::array<uint32_t, kSteps> constants{};
  for (size_t i = 0; i < kSteps; ++i) {
    constants[i] = static_cast<uint32_t>(std::fabs(std::sin(static_cast<double>(i + 1))) * kTwoTo32);
  }
  return constants;
}

void add_block(State &state, const std::byte *block) {
  static const std::array<uint32_t, kSteps> constants = make_constants();
  constexpr std::array<std::array<int, 4>, 4> kShifts = {
      {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
  std::array<uint32_t, 16> words{};
  std::memcpy(words.data(), block, kBlock);
  auto [a, b, c, d] = state;
  for (size_t i = 0; i < kSteps; ++i) {
    const size_t round = i / 16;
    const uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                           : round == 1 ? (d & b) | (~d & c)
                           : round == 2 ? b ^ c ^ d
                                        : c ^ (b | ~d);
    constexpr std::array<size_t, 4> kStride = {1, 5, 3, 7};
    constexpr std::array<size_t, 4> kOffset = {0, 1, 5, 0};
    const size_t word = (kStride[round] * i + kOffset[round]) % 16;
    const uint32_t sum = a + mixed + constants[i] + words[word];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShifts[round][i % 4]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

}  // namespace

std::string md5(std::span<const std::byte> bytes) {
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const size_t whole = bytes.size() / kBlock * kBlock;
  for (size_t at = 0; at < whole; at += kBlock) add_block(state, bytes.data() + at);
  // The rest, a bit of 1, zeros, and the length in bits at the end of a block.
  std::array<std::byte, 2 * kBlock> tail{};
  const size_t n_rest = bytes.size() - whole;
  if (n_rest > 0) std::memcpy(tail.data(), bytes.data() + whole, n_rest);
  tail.at(n_rest) = std::byte{0x80};
  const size_t n_tail = n_rest + 1 + sizeof(uint64_t) <= kBlock ? kBlock : 2 * kBlock;
  const uint64_t n_bits = uint64_t{bytes.size()} * 8;
  std::memcpy(tail.data() + n_tail - sizeof(n_bits), &n_bits, sizeof(n_bits));
  for (size_t at = 0; at < n_tail; at += kBlock) add_block(state, tail.data() + at);
  std::string text;
  for (const uint32_t word : state) {
    for (int shift = 0; shift < 32; shift += 8) text += fmt::format("{:02x}", word >> shift & 0xFF);
  }
  return text;
}

}  // namespace air::runtime
