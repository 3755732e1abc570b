// SPDX-License-Identifier: BSD-3-Clause
// What a format word of ST's tools says about the elements of a tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "airunner.h"

namespace air::stlib {

struct ElementFormat {
  air_dtype dtype;
  air_encoding encoding;  // PLAIN for integers; whether they are quantized is told by scales, not by the format
  int32_t fraction_bits;
};

// Nothing for a format that cannot be an input or output: none, 4 bits, look-up tables, generic Q, unknown types.
std::optional<ElementFormat> decode_format(uint32_t word) noexcept;

// "S8", "Q4.11", "FLOAT32", "0x00000040 (type 0, 0 bits)" for messages.
std::string format_text(uint32_t word);

}  // namespace air::stlib
