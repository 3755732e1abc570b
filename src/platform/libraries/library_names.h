// SPDX-License-Identifier: BSD-3-Clause
// How this system names shared libraries, and what parts the paths of a list.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace air {

// The endings of all systems; this one's comes first.
using LibraryEndings = std::array<std::string_view, 3>;
#if defined(_WIN32)
inline constexpr LibraryEndings kLibraryEndings = {".dll", ".so", ".dylib"};
inline constexpr char kPathListSeparator = ';';
#elif defined(__APPLE__)
inline constexpr LibraryEndings kLibraryEndings = {".dylib", ".so", ".dll"};
inline constexpr char kPathListSeparator = ':';
#else
inline constexpr LibraryEndings kLibraryEndings = {".so", ".dylib", ".dll"};
inline constexpr char kPathListSeparator = ':';
#endif
inline constexpr std::string_view kLibraryEnding = kLibraryEndings.front();

// What the loader knows an installed library of this ABI by, as Meson names it.
inline std::string installed_library(std::string_view name, std::string_view abi) {
#if defined(_WIN32)
  return std::string(name).append("-").append(abi).append(kLibraryEnding);
#elif defined(__APPLE__)
  return std::string(name).append(".").append(abi).append(kLibraryEnding);
#else
  return std::string(name).append(kLibraryEnding).append(".").append(abi);
#endif
}

}  // namespace air
