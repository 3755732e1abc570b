// SPDX-License-Identifier: BSD-3-Clause
// The files that this process runs and has mapped: looks through /proc.
#include "platform/libraries/loaded_files.h"

#include <string>

#include "platform/files/lines.h"

namespace air {

std::vector<std::filesystem::path> loaded_files() {
  std::vector<std::filesystem::path> files;
  for (const std::string &line : lines_of("/proc/self/maps")) {
    const size_t path = line.find('/');
    if (path != std::string::npos && (files.empty() || files.back() != line.substr(path))) {
      files.emplace_back(line.substr(path));
    }
  }
  return files;
}

}  // namespace air
