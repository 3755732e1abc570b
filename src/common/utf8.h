// SPDX-License-Identifier: BSD-3-Clause
// UTF-8 text of doubtful origin: made valid, made harmless for terminals, measured and shortened in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace air {

// Invalid bytes become U+FFFD.
std::string valid_utf8(std::string_view text);

// Also control characters become U+FFFD: a model's name must not be able to drive the terminal.
std::string printable(std::string_view text);

// Columns that valid text takes on a terminal.
size_t display_width(std::string_view text);

// The text, cut so that it takes at most `width` columns, the last of them "…".
std::string shortened(std::string_view text, size_t width);

}  // namespace air
