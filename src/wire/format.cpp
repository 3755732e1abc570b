// SPDX-License-Identifier: BSD-3-Clause
// The format word: sign in bit 23, type in 20..17, bits in 13..7, fraction bits + 64 in 6..0.
#include "wire/format.h"

#include "common/dtype.h"

namespace air::wire {
namespace {

enum DataType : uint32_t { kTypeNone = 0, kTypeFloat = 1, kTypeInteger = 2, kTypeBool = 3, kTypeFixedPoint = 15 };

struct Word {
  bool is_signed;
  uint32_t type;
  uint32_t bits;
  int32_t fraction;
};

Word split(uint32_t word) {
  const auto fraction = static_cast<int32_t>(word & 0x7F) - 64;
  return {(word >> 23 & 1) != 0, word >> 17 & 0xF, word >> 7 & 0x7F, fraction};
}

uint32_t join(const Word &word) {
  const auto fraction = static_cast<uint32_t>(word.fraction + 64) & 0x7F;
  return (word.is_signed ? 1u << 23 : 0) | word.type << 17 | word.bits << 7 | fraction;
}

std::optional<ElementType> decode_integer(const Word &word) {
  if (word.bits == 1 && word.fraction == 0) {
    return ElementType{integer_dtype(word.is_signed, 32), AIR_ENCODING_PACKED_BITS, 0};
  }
  const air_dtype dtype = integer_dtype(word.is_signed, word.bits);
  if (dtype == AIR_DTYPE_NONE) return std::nullopt;
  return ElementType{dtype, word.fraction != 0 ? AIR_ENCODING_FIXED_POINT : AIR_ENCODING_PLAIN, word.fraction};
}

}  // namespace

std::optional<ElementType> decode_format(uint32_t format) {
  const Word word = split(format);
  const bool whole = word.fraction == 0;
  switch (word.type) {
    case kTypeFloat:
      if (!word.is_signed || !whole || (word.bits != 16 && word.bits != 32)) return std::nullopt;
      return ElementType{word.bits == 32 ? AIR_DTYPE_FLOAT32 : AIR_DTYPE_FLOAT16, AIR_ENCODING_PLAIN, 0};
    case kTypeBool:
      if (word.is_signed || !whole || word.bits != 8) return std::nullopt;
      return ElementType{AIR_DTYPE_BOOL, AIR_ENCODING_PLAIN, 0};
    case kTypeInteger:
    case kTypeFixedPoint:
      return decode_integer(word);
    default:
      return std::nullopt;
  }
}

uint32_t encode_format(const ElementType &type) {
  const uint32_t bits = dtype_size(type.dtype) * 8;
  switch (type.dtype) {
    case AIR_DTYPE_NONE:
      return join({false, kTypeNone, 0, 0});
    case AIR_DTYPE_FLOAT16:
    case AIR_DTYPE_FLOAT32:
    case AIR_DTYPE_FLOAT64:
      return join({true, kTypeFloat, bits, 0});
    case AIR_DTYPE_BOOL:
      return join({false, kTypeBool, bits, 0});
    default:
      break;
  }
  const bool is_signed = is_signed_integer(type.dtype);
  if (type.encoding == AIR_ENCODING_PACKED_BITS) return join({is_signed, kTypeInteger, 1, 0});
  const int32_t fraction = type.encoding == AIR_ENCODING_FIXED_POINT ? type.fraction_bits : 0;
  return join({is_signed, kTypeInteger, bits, fraction});
}

ElementType actual_type(const ElementType &declared, uint64_t n_elements, uint64_t n_bytes) {
  const bool halved =
      declared.dtype == AIR_DTYPE_FLOAT32 && n_elements != 0 && n_bytes % 2 == 0 && n_bytes / 2 == n_elements;
  return halved ? ElementType{AIR_DTYPE_FLOAT16, AIR_ENCODING_PLAIN, 0} : declared;
}

}  // namespace air::wire
