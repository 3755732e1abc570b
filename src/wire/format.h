// SPDX-License-Identifier: BSD-3-Clause
// The format word of tensors, and what it means for the bytes that follow.
#pragma once

#include <cstdint>
#include <optional>

#include "airunner.h"

namespace air::wire {

struct ElementType {
  air_dtype dtype = AIR_DTYPE_NONE;
  air_encoding encoding = AIR_ENCODING_PLAIN;  // QUANTIZED is told by scales, never by the word
  int32_t fraction_bits = 0;

  bool operator==(const ElementType &) const = default;
};

// Nothing for words that no tensor with data can have (type none, odd sizes).
std::optional<ElementType> decode_format(uint32_t word);

// The word for a type; FLOAT32 for the float of the firmware helper is decode's business (see actual_type).
uint32_t encode_format(const ElementType &type);

// Some firmware announces float16 as float32: the true type follows from the bytes that n elements take.
ElementType actual_type(const ElementType &declared, uint64_t n_elements, uint64_t n_bytes);

}  // namespace air::wire
