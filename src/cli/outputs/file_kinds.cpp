// SPDX-License-Identifier: BSD-3-Clause
// The kinds of files that names tell.
#include "cli/outputs/file_kinds.h"

#include <algorithm>
#include <filesystem>

namespace air::cli {
std::string extension(const std::string &path) {
  std::string text = std::filesystem::path(path).extension().string();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace air::cli
