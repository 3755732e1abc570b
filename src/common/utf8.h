// SPDX-License-Identifier: BSD-3-Clause
// UTF-8 text of doubtful origin: made valid, made harmless for terminals, cut between characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace air {

struct CodePoint {
  uint32_t value;
  size_t n_bytes;
  bool valid;
};

// That at the beginning of a text that is not empty; U+FFFD of one byte where there is none.
CodePoint first_code_point(std::string_view text) noexcept;

// Invalid bytes become U+FFFD.
std::string valid_utf8(std::string_view text);

// Also control characters become U+FFFD: a model's name must not be able to drive the terminal.
std::string printable(std::string_view text);

inline constexpr std::string_view kEllipsis = "\xE2\x80\xA6";  // U+2026

// The characters that are whole within so many bytes.
std::string_view cut(std::string_view text, size_t most_bytes) noexcept;

// The text for an error message: printable, and what was cut is told by "…".
std::string excerpt(std::string_view text, size_t most_bytes);

// What is no character becomes U+FFFD.
void append_utf8(std::string &text, uint32_t code);

}  // namespace air
