// SPDX-License-Identifier: BSD-3-Clause
// The files that this process runs and has loaded. What is mapped without being a library is not told.
#include <windows.h>

#include "platform/libraries/loaded_files.h"
// after windows.h
#include <psapi.h>

#include <string>

#include "platform/files/long_path_windows.h"
#include "platform/libraries/module_path_windows.h"

namespace air {

std::filesystem::path module_path(HMODULE module) {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD n = GetModuleFileNameW(module, path.data(), static_cast<DWORD>(path.size()));
    const bool fits = n < path.size();
    if (!fits) {
      path.resize(path.size() * 2);
      continue;
    }
    path.resize(n);
    return plain_path(path);
  }
}

std::vector<std::filesystem::path> loaded_files() {
  std::vector<HMODULE> modules(256);
  for (;;) {
    DWORD needed = 0;
    const auto size = static_cast<DWORD>(modules.size() * sizeof(HMODULE));
    if (EnumProcessModules(GetCurrentProcess(), modules.data(), size, &needed) == 0) return {};
    const bool fits = needed <= size;  // others may load more meanwhile
    modules.resize(needed / sizeof(HMODULE));
    if (fits) break;
  }
  std::vector<std::filesystem::path> files;
  for (const HMODULE module : modules) {
    if (std::filesystem::path path = module_path(module); !path.empty()) files.push_back(std::move(path));
  }
  return files;
}

}  // namespace air
