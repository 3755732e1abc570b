// SPDX-License-Identifier: BSD-3-Clause
// How this system names shared libraries, and what parts the paths of a list.
#pragma once

#include <array>
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

}  // namespace air
