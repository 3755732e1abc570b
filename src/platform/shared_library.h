// SPDX-License-Identifier: BSD-3-Clause
// Loads shared libraries, and tells a lack of memory from a library that cannot be used.
#pragma once

#include <memory>
#include <string>

namespace air {

// As dlopen(): NULL where it cannot be loaded, then `reason` is the loader's. Throws std::bad_alloc.
void *load_library(const char *path, int flags, std::string &reason);

struct CloseLibrary {
  void operator()(void *library) const noexcept;
};
using LoadedLibrary = std::unique_ptr<void, CloseLibrary>;

}  // namespace air
