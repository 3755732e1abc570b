// SPDX-License-Identifier: BSD-3-Clause
// UTF-8 text of doubtful origin: made valid, made harmless for terminals, measured and shortened in columns.
#include "common/utf8.h"

#include <array>
#include <cstdint>

namespace air {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

struct CodePoint {
  uint32_t value;
  size_t n_bytes;
  bool valid;
};

// The code point at the beginning of non-empty text; one invalid byte when there is none.
CodePoint first_code_point(std::string_view text) {
  constexpr CodePoint invalid{0xFFFD, 1, false};
  const auto byte = [&text](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t n_bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < n_bytes) return invalid;
  uint32_t value = lead & (0x7Fu >> n_bytes);
  for (size_t i = 1; i < n_bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return invalid;
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest.at(n_bytes) || value > 0x10FFFF || surrogate) return invalid;
  return {value, n_bytes, true};
}

bool is_control(uint32_t value) {
  return value < 0x20 || (value >= 0x7F && value < 0xA0);
}

struct Range {
  uint32_t first, last;
};

template <size_t N>
bool in_ranges(uint32_t value, const std::array<Range, N> &ranges) {
  for (const Range &range : ranges) {
    if (value >= range.first && value <= range.last) return true;
  }
  return false;
}

// Combining marks and joiners take no column; East Asian wide characters and pictographs take two.
size_t columns(uint32_t value) {
  constexpr std::array<Range, 4> none = {{{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
  constexpr std::array<Range, 8> two = {{{0x1100, 0x115F},
                                         {0x2E80, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};
  if (in_ranges(value, none)) return 0;
  return in_ranges(value, two) ? 2 : 1;
}

std::string cleaned(std::string_view text, bool keep_control) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    const bool keep = point.valid && (keep_control || !is_control(point.value));
    result += keep ? text.substr(0, point.n_bytes) : kReplacement;
    text.remove_prefix(point.n_bytes);
  }
  return result;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  return cleaned(text, true);
}

std::string printable(std::string_view text) {
  return cleaned(text, false);
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    width += columns(point.value);
    text.remove_prefix(point.n_bytes);
  }
  return width;
}

std::string shortened(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t used = 0;
  size_t end = 0;
  while (end < text.size()) {
    const CodePoint point = first_code_point(text.substr(end));
    if (used + columns(point.value) > width - 1) break;
    used += columns(point.value);
    end += point.n_bytes;
  }
  return std::string(text.substr(0, end)) += kEllipsis;
}

}  // namespace air
