// SPDX-License-Identifier: BSD-3-Clause
// The loader does not tell the file of a library: it is the one that gives the same library once more.
#include <dlfcn.h>

#include "platform/libraries/loaded_files.h"
#include "platform/libraries/shared_library.h"

namespace air {

std::string library_path(void *library) {
  for (const std::filesystem::path &file : loaded_files()) {
    void *again = dlopen(file.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (again == nullptr) continue;
    dlclose(again);
    if (again == library) return file.string();
  }
  return "";
}

std::vector<std::filesystem::path> system_library_folders() {
  return {};
}

}  // namespace air
