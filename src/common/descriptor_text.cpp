// SPDX-License-Identifier: BSD-3-Clause
// Texts within descriptors: what would be read as something else is written as percent codes.
#include "common/descriptor_text.h"

#include <fmt/format.h>

namespace air {

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

}  // namespace air
