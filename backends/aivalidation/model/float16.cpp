// SPDX-License-Identifier: BSD-3-Clause
// Half-precision floats.
#include "aivalidation/model/float16.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace air::aivalidation {
namespace {

constexpr uint32_t kHalfInfinity = 0x7C00;
constexpr uint32_t kFloatInfinity = 0x7F800000;

// Powers of two that move the exponent from the bias of the one form to that of the other: subnormal halves come out right too.
constexpr float kTwoTo112 = 0x1p112F;

uint16_t to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > kFloatInfinity) return static_cast<uint16_t>(sign | kHalfInfinity | 0x0200);
  if (magnitude >= 0x477FF000) return static_cast<uint16_t>(sign | kHalfInfinity);  // rounds beyond 65504
  if (magnitude < 0x38800000) {  // subnormal: adding 0.5 leaves the rounded value in the low bits
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(0.5F)));
  }
  const uint32_t odd = magnitude >> 13 & 1;
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000 + 0x0FFF + odd) >> 13));
}

float to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t magnitude = half & 0x7FFF;
  const uint32_t bits = magnitude >= kHalfInfinity
                            ? kFloatInfinity | (magnitude & 0x03FF) << 13
                            : std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude << 13) * kTwoTo112);
  return std::bit_cast<float>(sign | bits);
}

}  // namespace

void narrow_floats(std::span<const std::byte> floats, std::vector<std::byte> &halves) {
  const size_t n = floats.size() / sizeof(float);
  halves.resize(n * sizeof(uint16_t));
  for (size_t i = 0; i < n; ++i) {
    float value = 0;
    std::memcpy(&value, floats.data() + i * sizeof(value), sizeof(value));
    const uint16_t half = to_half(value);
    std::memcpy(halves.data() + i * sizeof(half), &half, sizeof(half));
  }
}

void widen_floats(std::span<const std::byte> halves, std::byte *floats) {
  for (size_t i = 0; i < halves.size() / sizeof(uint16_t); ++i) {
    uint16_t half = 0;
    std::memcpy(&half, halves.data() + i * sizeof(half), sizeof(half));
    const float value = to_float(half);
    std::memcpy(floats + i * sizeof(value), &value, sizeof(value));
  }
}

}  // namespace air::aivalidation
