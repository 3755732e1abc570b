// SPDX-License-Identifier: BSD-3-Clause
// Sizes of shapes, which nobody is trusted with, and their text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace air {

// Product of dimensions; nothing for a negative one or an overflow.
std::optional<uint64_t> element_count(std::span<const int64_t> shape) noexcept;

// a * b; throws AIR_ERROR_INVALID_INPUT on overflow.
uint64_t checked_size(uint64_t a, uint64_t b);

// "(1, 28, 28, 1)", "(10,)": as NumPy writes it.
std::string shape_text(std::span<const int64_t> shape);

}  // namespace air
