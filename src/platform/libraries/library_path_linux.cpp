// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include "platform/libraries/shared_library.h"

namespace air {

std::string library_path(void *library) {
  const link_map *map = nullptr;
  return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
}

// That of the C library first: systems with libraries for several machines have a folder for each.
std::vector<std::filesystem::path> system_library_folders() {
  std::vector<std::filesystem::path> folders = {"/usr/local/lib", sizeof(void *) == 8 ? "/usr/lib64" : "/usr/lib32",
                                                "/usr/lib"};
  Dl_info c_library{};
  if (dladdr(reinterpret_cast<void *>(&getpid), &c_library) == 0 || c_library.dli_fname == nullptr) return folders;
  const std::filesystem::path folder = std::filesystem::path(c_library.dli_fname).parent_path();
  folders.insert(folders.begin(), folder.is_absolute() ? folder : "/usr/lib");
  return folders;
}

}  // namespace air
