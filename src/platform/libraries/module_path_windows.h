// SPDX-License-Identifier: BSD-3-Clause
// The file of what is loaded.
#pragma once

#include <windows.h>

#include <filesystem>

namespace air {

// "" where the loader does not tell. Throws std::bad_alloc.
std::filesystem::path module_path(HMODULE module);

}  // namespace air
