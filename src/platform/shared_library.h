// SPDX-License-Identifier: BSD-3-Clause
// Loads shared libraries, and tells a lack of memory from a library that cannot be used.
#pragma once

#include <memory>
#include <string>

namespace air {

// As dlopen(): NULL where it cannot be loaded, then `reason` is the loader's. Throws std::bad_alloc.
void *load_library(const char *path, int flags, std::string &reason);

// The file of a library that was loaded; "" where the loader does not tell.
std::string library_path(void *library);

// The file that the system's loader takes for a name without a folder; "" where it knows none. Only loading tells, and it is for good: not every
// library survives being unloaded.
std::string path_known_to_loader(const char *name);

struct CloseLibrary {
  void operator()(void *library) const noexcept;
};
using LoadedLibrary = std::unique_ptr<void, CloseLibrary>;

}  // namespace air
