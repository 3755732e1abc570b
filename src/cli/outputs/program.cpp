// SPDX-License-Identifier: BSD-3-Clause
// What programs in all languages are made with.
#include "cli/outputs/program.h"

#include <fmt/format.h>

namespace air::cli {

std::string literal(const std::string &text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\{:03o}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result += '"';
}

std::string filled(std::string program, const std::vector<std::pair<std::string, std::string>> &marks) {
  for (const auto &[name, value] : marks) {
    const std::string mark = "@" + name + "@";
    for (size_t at = program.find(mark); at != std::string::npos; at = program.find(mark, at + value.size())) {
      program.replace(at, mark.size(), value);
    }
  }
  return program;
}

}  // namespace air::cli
