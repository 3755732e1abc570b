// SPDX-License-Identifier: BSD-3-Clause
// Loads shared libraries, and tells a lack of memory from a library that cannot be used.
#include "platform/shared_library.h"

#include <dlfcn.h>

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

void CloseLibrary::operator()(void *library) const noexcept {
  dlclose(library);
}

}  // namespace air
