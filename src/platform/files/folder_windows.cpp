// SPDX-License-Identifier: BSD-3-Clause
// What is in a folder. std::filesystem's iterators end the process where memory does not suffice for a name.
#include <windows.h>

#include <memory>

#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/files/long_path_windows.h"
#include "platform/machine/out_of_memory.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

struct CloseSearch {
  void operator()(void *search) const noexcept { FindClose(search); }
};

}  // namespace

std::vector<std::string> folder_names(const std::filesystem::path &folder, std::error_code &error) {
  WIN32_FIND_DATAW entry{};
  const std::wstring all = long_path(folder / "*");
  const HANDLE search =
      FindFirstFileExW(all.c_str(), FindExInfoBasic, &entry, FindExSearchNameMatch, nullptr, FIND_FIRST_EX_LARGE_FETCH);
  std::vector<std::string> names;
  if (search != INVALID_HANDLE_VALUE) {
    const std::unique_ptr<void, CloseSearch> open(search);
    do {
      const std::wstring_view name = entry.cFileName;
      if (name != L"." && name != L"..") names.push_back(narrow(name));
    } while (FindNextFileW(search, &entry) != 0);
  }
  const DWORD code = GetLastError();
  const bool is_whole = search == INVALID_HANDLE_VALUE ? code == ERROR_FILE_NOT_FOUND : code == ERROR_NO_MORE_FILES;
  error = is_whole ? std::error_code() : system_error(code);  // the root of a drive may hold nothing at all
  throw_if_no_memory(error);
  return names;
}

std::vector<std::filesystem::path> folder_entries(const std::filesystem::path &folder, std::error_code &error) {
  std::vector<std::filesystem::path> entries;
  for (const std::string &name : folder_names(folder, error)) entries.push_back(folder / path_of(name));
  return entries;
}

std::vector<std::filesystem::path> folder_entries(const std::filesystem::path &folder) {
  std::error_code ignored;
  return folder_entries(folder, ignored);
}

}  // namespace air
