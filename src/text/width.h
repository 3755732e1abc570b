// SPDX-License-Identifier: BSD-3-Clause
// Texts in the columns of a terminal, whose font has one width, or two for wide characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace air {

// Columns that valid text takes.
size_t display_width(std::string_view text);

// The text, cut so that it takes at most `width` columns, the last of them "…".
std::string shortened(std::string_view text, size_t width);

}  // namespace air
