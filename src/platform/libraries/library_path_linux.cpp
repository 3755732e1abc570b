// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>
#include <link.h>

#include <cerrno>
#include <cstring>

#include "platform/libraries/own_name_posix.h"
#include "platform/libraries/shared_library.h"

namespace air {

std::string library_path(void *library) {
  const link_map *map = nullptr;
  return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
}

// The loader knows a program by what its caller named it, which need not be a file.
const char *own_name() noexcept {
  Dl_info own{};
  if (dladdr(reinterpret_cast<const void *>(&own_name), &own) == 0) return nullptr;
  return strcmp(own.dli_fname, program_invocation_name) == 0 ? "/proc/self/exe" : own.dli_fname;
}

}  // namespace air
