// SPDX-License-Identifier: BSD-3-Clause
// Loads shared libraries, and tells a lack of memory from a library that cannot be used.
#include "platform/libraries/shared_library.h"

#include <dlfcn.h>

#include <cerrno>
#include <new>

#include "platform/libraries/own_name_posix.h"
#include "platform/machine/out_of_memory.h"

namespace air {
namespace {

void *load(const char *path, int flags, std::string &reason) {
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

}  // namespace

void *load_library(const char *path, std::string &reason) {
  return load(path, RTLD_NOW | RTLD_LOCAL, reason);
}

void *symbol_of(void *library, const char *name) noexcept {
  return dlsym(library, name);
}

std::string path_known_to_loader(const char *name) {
  std::string reason;
  void *library = load(name, RTLD_LAZY | RTLD_LOCAL, reason);
  return library == nullptr ? "" : library_path(library);
}

std::filesystem::path own_library() {
  const char *name = own_name();
  if (name == nullptr) return {};
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(name, error);
  throw_if_no_memory(error);
  return error ? std::filesystem::path() : path;
}

void stay_loaded() noexcept {
  if (const char *name = own_name()) dlopen(name, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

void CloseLibrary::operator()(void *library) const noexcept {
  dlclose(library);
}

}  // namespace air
