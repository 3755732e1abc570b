// SPDX-License-Identifier: BSD-3-Clause
// The kinds of files that names tell.
#include "cli/outputs/file_kinds.h"

#include <algorithm>
#include <filesystem>

#include "common/path_text.h"

namespace air::cli {
std::string extension(const std::string &path) {
  std::string text = text_of(path_of(path).extension());
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace air::cli
