// SPDX-License-Identifier: BSD-3-Clause
// UTF-8 text of doubtful origin: made valid, made harmless for terminals, cut between characters.
#include "common/utf8.h"

#include <array>

namespace air {
namespace {

constexpr uint32_t kReplacementCode = 0xFFFD;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_control(uint32_t value) {
  return value < 0x20 || (value >= 0x7F && value < 0xA0);
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

CodePoint first_code_point(std::string_view text) noexcept {
  constexpr CodePoint invalid{kReplacementCode, 1, false};
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
  if (value < smallest[n_bytes] || value > 0x10FFFF || surrogate) return invalid;
  return {value, n_bytes, true};
}

std::string valid_utf8(std::string_view text) {
  return cleaned(text, true);
}

std::string printable(std::string_view text) {
  return cleaned(text, false);
}

std::string_view cut(std::string_view text, size_t most_bytes) noexcept {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  if (text.size() <= most_bytes) return text;
  while (most_bytes > 0 && continues(text[most_bytes])) --most_bytes;
  return text.substr(0, most_bytes);
}

std::string excerpt(std::string_view text, size_t most_bytes) {
  const std::string_view shown = cut(text, most_bytes);
  std::string result = printable(shown);
  if (shown.size() < text.size()) result += kEllipsis;
  return result;
}

void append_utf8(std::string &text, uint32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = kReplacementCode;
  const auto add = [&](uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
  } else {
    add(code < 0x10000 ? 0xE0 | code >> 12 : 0xF0 | code >> 18);
    if (code >= 0x10000) add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

}  // namespace air
