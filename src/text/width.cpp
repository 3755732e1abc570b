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
  if (width == 0) return "";
  size_t used = 0;
  size_t end = 0;
  for (;;) {
    const Character character = first_character(text.substr(end));
    if (used + character.width > width - 1) break;
    used += character.width;
    end += character.n_bytes;
  }
  return std::string(text.substr(0, end)) += kEllipsis;
}

}  // namespace air
