// SPDX-License-Identifier: BSD-3-Clause
// What a format word of ST's tools says about the elements of a tensor.
#include "stlib/model/format.h"

#include <fmt/format.h>

#include "common/dtype.h"
#include "stlib/abi/formats.h"

namespace air::stlib {
namespace {

std::optional<ElementFormat> decode_q(bool is_signed, uint32_t bits, int32_t fraction) noexcept {
  // Packed signs are held in whole words of 32 bits.
  if (bits == 1) {
    if (fraction != 0) return std::nullopt;
    return ElementFormat{is_signed ? AIR_DTYPE_INT32 : AIR_DTYPE_UINT32, AIR_ENCODING_PACKED_BITS, 0};
  }
  const air_dtype dtype = integer_dtype(is_signed, bits);
  if (dtype == AIR_DTYPE_NONE) return std::nullopt;
  return ElementFormat{dtype, fraction == 0 ? AIR_ENCODING_PLAIN : AIR_ENCODING_FIXED_POINT, fraction};
}

std::optional<air_dtype> float_dtype(uint32_t bits) noexcept {
  switch (bits) {
    case 16:
      return AIR_DTYPE_FLOAT16;
    case 32:
      return AIR_DTYPE_FLOAT32;
    case 64:
      return AIR_DTYPE_FLOAT64;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<ElementFormat> decode_format(uint32_t word) noexcept {
  const uint32_t bits = ST_FORMAT_GET_BITS(word);
  const int32_t fraction = ST_FORMAT_GET_FRACTION(word);
  switch (ST_FORMAT_GET_TYPE(word)) {
    case ST_FORMAT_TYPE_FLOAT:
      if (const auto dtype = float_dtype(bits); dtype && fraction == 0)
        return ElementFormat{*dtype, AIR_ENCODING_PLAIN, 0};
      return std::nullopt;
    case ST_FORMAT_TYPE_BOOL:
      if (bits == 8 && fraction == 0) return ElementFormat{AIR_DTYPE_BOOL, AIR_ENCODING_PLAIN, 0};
      return std::nullopt;
    case ST_FORMAT_TYPE_Q:
    case ST_FORMAT_TYPE_FIXED_POINT:
      return decode_q(ST_FORMAT_GET_SIGN(word) != 0, bits, fraction);
    default:
      return std::nullopt;
  }
}

std::string format_text(uint32_t word) {
  const uint32_t type = ST_FORMAT_GET_TYPE(word);
  const uint32_t bits = ST_FORMAT_GET_BITS(word);
  const bool is_signed = ST_FORMAT_GET_SIGN(word) != 0;
  const int32_t fraction = ST_FORMAT_GET_FRACTION(word);
  if (type == ST_FORMAT_TYPE_FLOAT) return fmt::format("FLOAT{}", bits);
  if (type == ST_FORMAT_TYPE_BOOL) return "BOOL";
  const bool is_number = (type == ST_FORMAT_TYPE_Q || type == ST_FORMAT_TYPE_FIXED_POINT) && bits > 0;
  if (is_number && fraction == 0) return fmt::format("{}{}", is_signed ? 'S' : 'U', bits);
  if (is_number) {
    const int32_t whole = static_cast<int32_t>(bits) - fraction - (is_signed ? 1 : 0);
    const char *prefix = is_signed ? "Q" : "UQ";
    return whole == 0 ? fmt::format("{}{}", prefix, fraction) : fmt::format("{}{}.{}", prefix, whole, fraction);
  }
  return fmt::format("0x{:08x} (type {}, {} bits)", word, type, bits);
}

}  // namespace air::stlib
