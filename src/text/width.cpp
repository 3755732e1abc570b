// SPDX-License-Identifier: BSD-3-Clause
// Texts in the columns of a terminal, measured in what people see as one character.
#include "text/width.h"

#include <utf8proc.h>

#include <algorithm>

#include "common/utf8.h"

namespace air {
namespace {

struct Character {
  size_t n_bytes = 0;
  size_t width = 0;
};

// The code points at the beginning of a text that make one character: a letter with its marks, an emoji of several.
Character first_character(std::string_view text) {
  constexpr utf8proc_int32_t kAsEmoji = 0xFE0F;  // takes no column, and makes what it follows wide
  Character character;
  utf8proc_int32_t before = 0;
  utf8proc_int32_t state = 0;
  while (character.n_bytes < text.size()) {
    const CodePoint point = first_code_point(text.substr(character.n_bytes));
    const auto code = static_cast<utf8proc_int32_t>(point.value);
    if (character.n_bytes > 0 && utf8proc_grapheme_break_stateful(before, code, &state)) break;
    character.n_bytes += point.n_bytes;
    character.width += code == kAsEmoji ? 1 : static_cast<size_t>(utf8proc_charwidth(code));
    before = code;
  }
  return {character.n_bytes, std::min<size_t>(character.width, 2)};
}

// As many whole characters at the beginning as `width` columns hold.
std::string_view first_columns(std::string_view text, size_t width) {
  size_t used = 0, end = 0;
  while (end < text.size()) {
    const Character character = first_character(text.substr(end));
    if (used + character.width > width) break;
    used += character.width;
    end += character.n_bytes;
  }
  return text.substr(0, end);
}

// And at the end.
std::string_view last_columns(std::string_view text, size_t width) {
  for (size_t left = display_width(text); left > width;) {
    const Character character = first_character(text);
    left -= character.width;
    text.remove_prefix(character.n_bytes);
  }
  return text;
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    width += character.width;
    text.remove_prefix(character.n_bytes);
  }
  return width;
}

std::string shortened(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  return width == 0 ? "" : std::string(first_columns(text, width - 1)) += kEllipsis;
}

std::string shortened_from_left(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  return width == 0 ? "" : std::string(kEllipsis) += last_columns(text, width - 1);
}

std::string shortened_in_middle(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  const size_t before = (width - 1) / 2;
  std::string result(first_columns(text, before));
  result += kEllipsis;
  return result += last_columns(text, width - 1 - before);
}

std::vector<std::string> wrapped(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (display_width(text) > width) {
    std::string_view line = first_columns(text, width);
    if (line.empty()) line = text.substr(0, first_character(text).n_bytes);  // wider than a line
    // A blank right behind the line ends it too.
    const size_t blank = text.substr(0, line.size() + 1).rfind(' ');
    const bool at_blank = blank != std::string_view::npos && blank > 0;
    lines.emplace_back(text.substr(0, at_blank ? blank : line.size()));
    text.remove_prefix(at_blank ? blank + 1 : line.size());
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace air
