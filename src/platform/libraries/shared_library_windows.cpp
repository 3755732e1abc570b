// SPDX-License-Identifier: BSD-3-Clause
// Loads shared libraries, and tells a lack of memory from a library that cannot be used.
#include "platform/libraries/shared_library_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <vector>

#include "common/ascii.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "platform/files/long_path_windows.h"
#include "platform/files/open_file.h"
#include "platform/libraries/library_file.h"
#include "platform/libraries/module_path_windows.h"
#include "platform/libraries/pe_file.h"
#include "platform/libraries/shared_library.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

// While it lives, Windows looks in the folder as well for what a library needs.
class SearchedFolder {
 public:
  explicit SearchedFolder(const std::filesystem::path &folder) noexcept : cookie_(AddDllDirectory(folder.c_str())) {}
  ~SearchedFolder() {
    if (cookie_ != nullptr) RemoveDllDirectory(cookie_);
  }
  SearchedFolder(const SearchedFolder &) = delete;
  SearchedFolder &operator=(const SearchedFolder &) = delete;

 private:
  const DLL_DIRECTORY_COOKIE cookie_;
};

// Windows tells by return values, and shows no box that somebody would have to click away.
class NoBoxes {
 public:
  NoBoxes() noexcept { SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, &before_); }
  ~NoBoxes() { SetThreadErrorMode(before_, nullptr); }
  NoBoxes(const NoBoxes &) = delete;
  NoBoxes &operator=(const NoBoxes &) = delete;

 private:
  DWORD before_ = 0;
};

std::vector<std::byte> front_of(const OpenFile &file, uint64_t size) {
  std::vector<std::byte> front(static_cast<size_t>(std::min(file.facts().size, size)));
  front.resize(file.read(0, front));
  return front;
}

// What the file is, where it is not what Windows loads: "it is for x86 (32 bits), ...".
std::string flaw_of(const std::filesystem::path &path) try {
  constexpr uint64_t kUsualHeaders = 65536;
  const OpenFile file(path);
  check_library(front_of(file, kUsualHeaders), file.facts().size);
  return "";
} catch (const BadLibrary &bad) {
  return bad.what();
} catch (const std::system_error &) {
  return "";
}

bool can_be_loaded(const std::filesystem::path &path, DWORD flags) noexcept {
  const CloseLibrary close;
  HMODULE library = LoadLibraryExW(path.c_str(), nullptr, flags);
  if (library != nullptr) close(library);
  return library != nullptr;
}

// The first library that the file needs, or that one beside it needs, and that is nowhere; "" where nobody tells. Windows' own come first, as they do
// when it loads them.
std::string missing_for(const std::filesystem::path &path, int depth = 3) try {
  constexpr uint64_t kLargest = 256U << 20U;
  constexpr DWORD kBeside = LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS;
  for (const std::string &name : pe_imports(front_of(OpenFile(path), kLargest))) {
    if (name.find_first_of("/\\:") != std::string::npos) continue;  // no name but a place
    if (can_be_loaded(path_of(name), LOAD_LIBRARY_SEARCH_DEFAULT_DIRS)) continue;
    const std::filesystem::path beside = path.parent_path() / path_of(name);
    if (!facts_of(beside)) return name;
    if (!can_be_loaded(beside, kBeside)) return depth == 0 ? "" : missing_for(beside, depth - 1);
  }
  return "";
} catch (const BadLibrary &) {
  return "";
} catch (const std::system_error &) {
  return "";
} catch (const std::bad_alloc &) {
  return "";
}

// Those of the compiler, which many need and few have heard of, are named with where to get them.
std::string missing_text(const std::string &name) {
  const std::string small = ascii_lower(name);
  const bool is_of_compiler =
      (small.starts_with("msvcp14") || small.starts_with("vcruntime14")) && !small.ends_with("d.dll");
  return fmt::format(
      "a library that it needs was not found{}{}: {}put that beside it or into a folder that Windows searches",
      name.empty() ? "" : ", ", printable(name),
      is_of_compiler ? "install Microsoft's current Visual C++ Redistributable, or " : "");
}

std::string reason_of(DWORD code, const std::filesystem::path &path) {
  if (code == ERROR_NOT_ENOUGH_MEMORY || code == ERROR_OUTOFMEMORY || code == ERROR_COMMITMENT_LIMIT)
    throw std::bad_alloc();
  std::error_code ignored;
  const bool is_there = path.is_absolute() && facts_of(path).has_value();
  if (code == ERROR_MOD_NOT_FOUND && is_there) return missing_text(missing_for(path));
  const std::string flaw = code == ERROR_BAD_EXE_FORMAT && is_there ? flaw_of(path) : "";
  return flaw.empty() ? system_error_text(code) : flaw;
}

// Loads `name`, which is the file at `path` or a copy of it.
HMODULE load(const std::filesystem::path &path, const std::wstring &name, DWORD flags, std::string &reason) {
  const NoBoxes scope;
  const HMODULE library = LoadLibraryExW(name.c_str(), nullptr, flags);
  if (library == nullptr) reason = reason_of(GetLastError(), path);
  return library;
}

HMODULE own_module(DWORD flags) noexcept {
  HMODULE module = nullptr;
  const auto *address = reinterpret_cast<const wchar_t *>(&own_library);
  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | flags, address, &module) == 0 ? nullptr : module;
}

}  // namespace

void *load_library(const char *path, std::string &reason) {
  const std::filesystem::path wanted = path_of(path);
  const bool has_folder = wanted.has_parent_path();
  // What it needs may lie beside it. The current folder and PATH are not searched: anybody may have put something there.
  const DWORD beside = has_folder ? LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR : 0;
  const std::filesystem::path whole = has_folder ? std::filesystem::path(long_path(wanted)) : wanted;
  return load(whole, whole.native(), beside | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, reason);
}

void *load_copy(const std::filesystem::path &copy, const std::filesystem::path &original, std::string &reason) {
  const std::filesystem::path whole(long_path(original));
  const SearchedFolder beside(whole.parent_path());
  return load(whole, copy.native(), LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, reason);
}

void *symbol_of(void *library, const char *name) noexcept {
  return reinterpret_cast<void *>(GetProcAddress(static_cast<HMODULE>(library), name));
}

std::string library_path(void *library) {
  return text_of(module_path(static_cast<HMODULE>(library)));
}

std::string path_known_to_loader(const char *name) {
  std::string reason;
  const std::filesystem::path wanted = path_of(name);
  void *library = load(wanted, wanted.native(), LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, reason);
  return library == nullptr ? "" : library_path(library);
}

std::filesystem::path own_library() {
  const HMODULE module = own_module(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT);
  return module == nullptr ? std::filesystem::path() : module_path(module);
}

void stay_loaded() noexcept {
  own_module(GET_MODULE_HANDLE_EX_FLAG_PIN);
}

void CloseLibrary::operator()(void *library) const noexcept {
  FreeLibrary(static_cast<HMODULE>(library));
}

// Where programs have the libraries that they bring. Windows' own folder is for Windows' own.
std::vector<std::filesystem::path> system_library_folders() {
  return {module_path(nullptr).parent_path()};
}

}  // namespace air
