// SPDX-License-Identifier: BSD-3-Clause
// Paths and their texts. Text is UTF-8 everywhere in airunner; a path that is made of a std::string is read by the code page on Windows, and
// string() throws there for what that page lacks.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace air {

inline std::filesystem::path path_of(std::string_view text) { return {std::u8string(text.begin(), text.end())}; }

inline std::string text_of(const std::filesystem::path &path) {
  const std::u8string text = path.u8string();
  return {text.begin(), text.end()};
}

}  // namespace air
