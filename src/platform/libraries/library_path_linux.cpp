// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>
#include <link.h>

#include "platform/libraries/shared_library.h"

namespace air {

std::string library_path(void *library) {
  const link_map *map = nullptr;
  return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
}

}  // namespace air
