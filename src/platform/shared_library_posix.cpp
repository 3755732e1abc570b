// SPDX-License-Identifier: BSD-3-Clause
// Loads shared libraries, and tells a lack of memory from a library that cannot be used.
#include "platform/shared_library.h"

#include <dlfcn.h>
#include <link.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace air {

void *load_library(const char *path, int flags, std::string &reason) {
  errno = 0;
  void *library = dlopen(path, flags);
  if (library != nullptr) return library;
  const bool no_memory = errno == ENOMEM;  // the loader has no other way to tell
  const char *text = dlerror();
  if (no_memory) throw std::bad_alloc();
  reason = text == nullptr ? "unknown reason" : text;
  dlerror();  // again: gives the memory of the text back
  return nullptr;
}

std::string library_path(void *library) {
  const link_map *map = nullptr;
  return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
}

std::string path_known_to_loader(const char *name) {
  std::string reason;
  void *library = load_library(name, RTLD_LAZY | RTLD_LOCAL, reason);
  return library == nullptr ? "" : library_path(library);
}

void CloseLibrary::operator()(void *library) const noexcept {
  dlclose(library);
}

}  // namespace air
