// SPDX-License-Identifier: BSD-3-Clause
// Texts of descriptors: what would be read as something else is written as percent codes.
#include "common/descriptor_text.h"

#include <fmt/format.h>

#include "common/ascii.h"

namespace air {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string encode_descriptor_text(std::string_view text) {
  constexpr std::string_view kSpecial = "%?& \x7f";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || kSpecial.find(c) != std::string_view::npos) {
      encoded += fmt::format("%{:02X}", byte);
    } else {
      encoded += c;
    }
  }
  return encoded;
}

std::string decode_descriptor_text(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool encoded =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (encoded) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string canonical_descriptor(std::string_view scheme, std::string_view place, const DescriptorOptions &options) {
  std::string text = fmt::format("{}:{}", scheme, encode_descriptor_text(place));
  char separator = '?';
  for (const auto &[key, value] : options) {
    text += fmt::format("{}{}={}", separator, key, encode_descriptor_text(value));
    separator = '&';
  }
  return text;
}

}  // namespace air
