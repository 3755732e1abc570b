// SPDX-License-Identifier: BSD-3-Clause
// Facts about element types.
#include "common/dtype.h"

#include <array>
#include <cstddef>

namespace air {
namespace {

enum class Kind { kOther, kFloat, kSigned, kUnsigned };

struct Fact {
  const char *name;
  uint32_t bits;
  Kind kind;
};

// In the order of air_dtype.
constexpr std::array<Fact, AIR_DTYPE_FLOAT8_E5M2 + 1> kFacts = {{
    {"none", 0, Kind::kOther},
    {"float32", 32, Kind::kFloat},
    {"float16", 16, Kind::kFloat},
    {"float64", 64, Kind::kFloat},
    {"int8", 8, Kind::kSigned},
    {"uint8", 8, Kind::kUnsigned},
    {"int16", 16, Kind::kSigned},
    {"uint16", 16, Kind::kUnsigned},
    {"int32", 32, Kind::kSigned},
    {"uint32", 32, Kind::kUnsigned},
    {"int64", 64, Kind::kSigned},
    {"uint64", 64, Kind::kUnsigned},
    {"bool", 8, Kind::kOther},
    {"int4", 4, Kind::kSigned},
    {"uint4", 4, Kind::kUnsigned},
    {"bfloat16", 16, Kind::kFloat},
    {"float8_e4m3fn", 8, Kind::kFloat},
    {"float8_e5m2", 8, Kind::kFloat},
}};

const Fact &fact(air_dtype dtype) noexcept {
  const auto index = static_cast<size_t>(dtype);
  return kFacts[index < kFacts.size() ? index : 0];
}

}  // namespace

uint32_t dtype_bits(air_dtype dtype) noexcept {
  return fact(dtype).bits;
}

const char *dtype_name(air_dtype dtype) noexcept {
  return fact(dtype).name;
}

bool is_floating(air_dtype dtype) noexcept {
  return fact(dtype).kind == Kind::kFloat;
}

bool is_signed_integer(air_dtype dtype) noexcept {
  return fact(dtype).kind == Kind::kSigned;
}

air_dtype integer_dtype(bool is_signed, uint32_t bits) noexcept {
  for (uint32_t i = AIR_DTYPE_INT8; i <= AIR_DTYPE_UINT64; ++i) {
    const auto dtype = static_cast<air_dtype>(i);
    if (fact(dtype).bits == bits && is_signed_integer(dtype) == is_signed) return dtype;
  }
  return AIR_DTYPE_NONE;
}

int32_t wrap_zero_point(int32_t zero_point, air_dtype dtype) noexcept {
  switch (dtype) {
    case AIR_DTYPE_INT8:
      return static_cast<int8_t>(zero_point);
    case AIR_DTYPE_UINT8:
      return static_cast<uint8_t>(zero_point);
    case AIR_DTYPE_INT16:
      return static_cast<int16_t>(zero_point);
    case AIR_DTYPE_UINT16:
      return static_cast<uint16_t>(zero_point);
    default:
      return zero_point;
  }
}

}  // namespace air
