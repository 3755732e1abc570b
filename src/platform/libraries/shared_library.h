// SPDX-License-Identifier: BSD-3-Clause
// Loads shared libraries, and tells a lack of memory from a library that cannot be used.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace air {

// With all that it needs, and its symbols for nobody else. Windows looks for a name without a folder in its own folder and that of the program,
// never in the current one or those of PATH. NULL where it cannot be loaded, then `reason` is the loader's. Throws
// std::bad_alloc.
void *load_library(const char *path, std::string &reason);

// What a library that was loaded exports under a name; NULL: nothing.
void *symbol_of(void *library, const char *name) noexcept;

// The file of a library that was loaded; "" where the loader does not tell.
std::string library_path(void *library);

// The file that the system's loader takes for a name without a folder; "" where it knows none. Only loading tells, and it is for good: not every
// library survives being unloaded.
std::string path_known_to_loader(const char *name);

// The file of the library or program that this code is part of, without links; "" where the loader does not tell.
std::filesystem::path own_library();

// Where the system has libraries for this machine, as far as it is known; on Windows, where programs bring theirs, the folder of this
// program; none on macOS.
std::vector<std::filesystem::path> system_library_folders();

// The library that this code is part of is not unloaded any more: a thread that was left behind is in it.
void stay_loaded() noexcept;

struct CloseLibrary {
  void operator()(void *library) const noexcept;
};
using LoadedLibrary = std::unique_ptr<void, CloseLibrary>;

}  // namespace air
