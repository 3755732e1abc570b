// SPDX-License-Identifier: BSD-3-Clause
// Paths as Windows takes them. Without a prefix it takes only 260 characters.
#include "platform/files/long_path_windows.h"

#include <windows.h>

#include "platform/files/absolute_path.h"

namespace air {
namespace {

constexpr std::wstring_view kPrefix = L"\\\\?\\", kUncPrefix = L"\\\\?\\UNC\\", kServer = L"\\\\", kDevice = L"\\\\.\\";
constexpr size_t kLongest = 240;  // of a folder less, because a name of 8.3 has to fit in it

// With what stands for the current folder and `..` resolved; the same text where Windows finds fault with it.
std::wstring full_path(const std::wstring &path) {
  std::wstring full(path.size() + MAX_PATH, L'\0');
  for (;;) {
    const DWORD n = GetFullPathNameW(path.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
    if (n == 0) return path;
    const bool fits = n < full.size();
    full.resize(n);
    if (fits) return full;
  }
}

}  // namespace

std::wstring long_path(const std::filesystem::path &path) {
  if (path.native().starts_with(kPrefix) || path.empty()) return path.native();
  std::wstring full = full_path(path.native());
  if (full.size() < kLongest || full.starts_with(kDevice)) return full;
  if (full.starts_with(kServer)) return std::wstring(kUncPrefix) + full.substr(kServer.size());
  return std::wstring(kPrefix) + full;
}

std::filesystem::path absolute_path(const std::filesystem::path &path) {
  return path.empty() ? path : std::filesystem::path(full_path(path.native()));
}

std::filesystem::path plain_path(std::wstring_view path) {
  if (path.starts_with(kUncPrefix)) return std::wstring(kServer) + std::wstring(path.substr(kUncPrefix.size()));
  return path.starts_with(kPrefix) ? path.substr(kPrefix.size()) : path;
}

bool is_device(const std::filesystem::path &path) {
  return full_path(path.native()).starts_with(kDevice);
}

}  // namespace air
