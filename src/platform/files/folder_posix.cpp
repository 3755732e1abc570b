// SPDX-License-Identifier: BSD-3-Clause
// What is in a folder. std::filesystem's iterators end the process where memory does not suffice for a name.
#include "platform/files/folder.h"

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "platform/machine/out_of_memory.h"

namespace air {
namespace {

struct CloseFolder {
  void operator()(DIR *folder) const noexcept { closedir(folder); }
};

}  // namespace

std::vector<std::string> folder_names(const std::filesystem::path &folder, std::error_code &error) {
  const std::unique_ptr<DIR, CloseFolder> open(opendir(folder.c_str()));
  error = std::error_code(open == nullptr ? errno : 0, std::generic_category());
  throw_if_no_memory(error);
  std::vector<std::string> names;
  while (const dirent *entry = open == nullptr ? nullptr : readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::vector<std::filesystem::path> folder_entries(const std::filesystem::path &folder, std::error_code &error) {
  std::vector<std::filesystem::path> entries;
  for (const std::string &name : folder_names(folder, error)) entries.push_back(folder / name);
  return entries;
}

std::vector<std::filesystem::path> folder_entries(const std::filesystem::path &folder) {
  std::error_code ignored;
  return folder_entries(folder, ignored);
}

}  // namespace air
