// SPDX-License-Identifier: BSD-3-Clause
// Facts about element types.
#pragma once

#include <cstdint>
#include <type_traits>

#include "airunner.h"

namespace air {

// Bits of one element, and its name; 0 and "none" for none and for values that are no dtype.
uint32_t dtype_bits(air_dtype dtype) noexcept;
const char *dtype_name(air_dtype dtype) noexcept;

// Bytes of one element; 0 also for those smaller than a byte.
inline uint32_t dtype_size(air_dtype dtype) noexcept {
  return dtype_bits(dtype) / 8;
}

bool is_floating(air_dtype dtype) noexcept;
bool is_signed_integer(air_dtype dtype) noexcept;

// The integers of 8, 16, 32 or 64 bits; none for other numbers of bits.
air_dtype integer_dtype(bool is_signed, uint32_t bits) noexcept;

// A zero point as an element of the type holds it, where others hold it wider or with another sign: 200 in int8 is -56.
int32_t wrap_zero_point(int32_t zero_point, air_dtype dtype) noexcept;

// Calls visit(std::type_identity<T>{}) for the dtypes that are a type T of C++; false for the others.
template <class Visit>
bool with_number_type(air_dtype dtype, Visit &&visit) {
  const auto call = [&visit]<class T>(std::type_identity<T> type) {
    visit(type);
    return true;
  };
  switch (dtype) {
    case AIR_DTYPE_FLOAT32:
      return call(std::type_identity<float>{});
    case AIR_DTYPE_FLOAT64:
      return call(std::type_identity<double>{});
    case AIR_DTYPE_INT8:
      return call(std::type_identity<int8_t>{});
    case AIR_DTYPE_UINT8:
      return call(std::type_identity<uint8_t>{});
    case AIR_DTYPE_INT16:
      return call(std::type_identity<int16_t>{});
    case AIR_DTYPE_UINT16:
      return call(std::type_identity<uint16_t>{});
    case AIR_DTYPE_INT32:
      return call(std::type_identity<int32_t>{});
    case AIR_DTYPE_UINT32:
      return call(std::type_identity<uint32_t>{});
    case AIR_DTYPE_INT64:
      return call(std::type_identity<int64_t>{});
    case AIR_DTYPE_UINT64:
      return call(std::type_identity<uint64_t>{});
    default:
      return false;
  }
}

}  // namespace air
