// SPDX-License-Identifier: BSD-3-Clause
// Values that are no numbers to compute with.
#include "common/not_finite.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace air {
namespace {

constexpr size_t kBlock = 64;

// Whether some of kBlock elements have all bits of the exponent set: one more then reaches the bit of the sign. Compilers make vectors of it.
template <class Bits>
bool has_some(const unsigned char *bytes, Bits exponent) noexcept {
  const auto one = static_cast<Bits>(exponent & (~exponent + 1));
  std::array<Bits, kBlock> block;
  std::memcpy(block.data(), bytes, sizeof(block));
  Bits sums = 0;
  for (const Bits bits : block) sums = static_cast<Bits>(sums | ((bits & exponent) + one));
  return (sums & ~(exponent | (exponent - one))) != 0;
}

// Infinite without a fraction, else NaN.
template <class Bits>
NotFinite count_each(const unsigned char *bytes, uint64_t n_elements, Bits exponent) noexcept {
  const auto fraction = static_cast<Bits>((exponent & (~exponent + 1)) - 1);
  NotFinite result;
  for (uint64_t i = 0; i < n_elements; ++i) {
    Bits bits = 0;
    std::memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
    const bool special = (bits & exponent) == exponent;
    const bool has_fraction = (bits & fraction) != 0;
    result.n_nan += special && has_fraction ? 1 : 0;
    result.n_inf += special && !has_fraction ? 1 : 0;
  }
  return result;
}

// Nearly always there is none, which costs little to see.
template <class Bits>
NotFinite count(const void *data, uint64_t n_elements, Bits exponent) noexcept {
  const auto *bytes = static_cast<const unsigned char *>(data);
  NotFinite result;
  for (uint64_t i = 0; i < n_elements; i += kBlock) {
    const unsigned char *block = bytes + i * sizeof(Bits);
    const uint64_t n = std::min<uint64_t>(kBlock, n_elements - i);
    if (n == kBlock && !has_some(block, exponent)) continue;
    const NotFinite found = count_each(block, n, exponent);
    result.n_nan += found.n_nan;
    result.n_inf += found.n_inf;
  }
  return result;
}

}  // namespace

NotFinite count_not_finite(air_dtype dtype, const void *data, uint64_t n_elements) noexcept {
  switch (dtype) {
    case AIR_DTYPE_FLOAT32:
      return count<uint32_t>(data, n_elements, 0x7F800000U);
    case AIR_DTYPE_FLOAT16:
      return count<uint16_t>(data, n_elements, uint16_t{0x7C00});
    case AIR_DTYPE_FLOAT64:
      return count<uint64_t>(data, n_elements, 0x7FF0000000000000U);
    case AIR_DTYPE_BFLOAT16:
      return count<uint16_t>(data, n_elements, uint16_t{0x7F80});
    case AIR_DTYPE_FLOAT8_E5M2:
      return count<uint8_t>(data, n_elements, uint8_t{0x7C});
    case AIR_DTYPE_FLOAT8_E4M3:  // all bits set is its NaN, and it has no infinity
      return {.n_nan = count<uint8_t>(data, n_elements, uint8_t{0x7F}).n_inf, .n_inf = 0};
    default:
      return {};
  }
}

}  // namespace air
