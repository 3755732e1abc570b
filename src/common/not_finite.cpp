// SPDX-License-Identifier: BSD-3-Clause
// Values that are no numbers to compute with.
#include "not_finite.h"

#include <cstring>

namespace air {
namespace {

// All bits of the exponent are set: infinite without a fraction, else NaN.
template <class Bits>
NotFinite count(const void *data, uint64_t n_elements, Bits exponent) noexcept {
  const auto *bytes = static_cast<const unsigned char *>(data);
  const Bits fraction = static_cast<Bits>((exponent & (~exponent + 1)) - 1);
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
