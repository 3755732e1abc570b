// SPDX-License-Identifier: BSD-3-Clause
// Texts in the columns of a terminal, whose font has one width, or two for wide characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace air {

// Columns that valid text takes.
size_t display_width(std::string_view text);

// The text, cut so that it takes at most `width` columns, the last of them "…".
std::string shortened(std::string_view text, size_t width);

// The same with "…" at the beginning, or in the middle: names of layers differ at their ends, descriptors and paths at both.
std::string shortened_from_left(std::string_view text, size_t width);
std::string shortened_in_middle(std::string_view text, size_t width);

// Lines of at most `width` columns, parted at blanks; a word that is longer than a line is parted within. At least one line.
std::vector<std::string> wrapped(std::string_view text, size_t width);

}  // namespace air
