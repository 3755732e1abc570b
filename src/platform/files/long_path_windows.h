// SPDX-License-Identifier: BSD-3-Clause
// Paths as Windows takes them. Without a prefix it takes only 260 characters.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace air {

// For functions of Windows. Absolute, with a prefix where it is long: `\\?\C:\...`, `\\?\UNC\server\...`.
std::wstring long_path(const std::filesystem::path &path);

// The same path without such a prefix, as people write it.
std::filesystem::path plain_path(std::wstring_view path);

// Of a device or a pipe: NUL, COM5, \\.\pipe\name. Asking Windows about one may open it for good.
bool is_device(const std::filesystem::path &path);

}  // namespace air
