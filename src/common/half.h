// SPDX-License-Identifier: BSD-3-Clause
// IEEE 754 half precision. No subnormal float32 is computed with: libraries built for speed have a thread take those as zero.
#pragma once

#include <bit>
#include <cstdint>

namespace air {

// Kept apart from uint16_t by its type.
struct Half {
  uint16_t bits;
};

inline float to_float(Half half) noexcept {
  const uint32_t sign = static_cast<uint32_t>(half.bits & 0x8000U) << 16;
  const uint32_t magnitude = half.bits & 0x7FFFU;
  uint32_t bits = (magnitude << 13) + (112U << 23);  // the exponent's bias is 127 instead of 15
  if (magnitude < 0x0400) bits = std::bit_cast<uint32_t>(static_cast<float>(magnitude) * 0x1p-24F);  // subnormal
  if (magnitude >= 0x7C00) bits = 0x7F800000U | magnitude << 13;                                     // infinity, NaN
  return std::bit_cast<float>(sign | bits);
}

// Rounds to nearest, ties to even.
inline Half to_half(float value) noexcept {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000U;
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  uint32_t half = (magnitude - (112U << 23) + 0x0FFF + (magnitude >> 13 & 1U)) >> 13;
  if (magnitude < 0x38800000U) {  // subnormal: steps are 2^-24, as they are of float32 between 0.5 and 1
    half = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<uint32_t>(0.5F);
  }
  if (magnitude >= 0x477FF000U) half = 0x7C00;  // rounds beyond 65504
  if (magnitude > 0x7F800000U) half = 0x7E00;   // NaN
  return {static_cast<uint16_t>(sign | half)};
}

}  // namespace air
