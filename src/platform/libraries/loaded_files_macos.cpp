// SPDX-License-Identifier: BSD-3-Clause
// The files that this process runs: asks the loader. What is only mapped nobody tells.
#include <mach-o/dyld.h>

#include "platform/libraries/loaded_files.h"

namespace air {

std::vector<std::filesystem::path> loaded_files() {
  std::vector<std::filesystem::path> files;
  for (uint32_t i = 0; i < _dyld_image_count(); ++i) {
    const char *name = _dyld_get_image_name(i);  // NULL: unloaded meanwhile
    if (name != nullptr) files.emplace_back(name);
  }
  return files;
}

}  // namespace air
