// SPDX-License-Identifier: BSD-3-Clause
// The files that this process runs and has mapped: looks through /proc.
#include "platform/libraries/loaded_files.h"

#include <fstream>
#include <string>

namespace air {

std::vector<std::filesystem::path> loaded_files() {
  std::vector<std::filesystem::path> files;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t path = line.find('/');
    if (path != std::string::npos && (files.empty() || files.back() != line.substr(path))) {
      files.emplace_back(line.substr(path));
    }
  }
  return files;
}

}  // namespace air
