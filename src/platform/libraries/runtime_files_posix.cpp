// SPDX-License-Identifier: BSD-3-Clause
// The runtimes that there are backends for, and where their libraries lie.
#include "platform/libraries/runtime_files.h"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "platform/files/folder.h"
#include "platform/libraries/python_folders.h"

namespace air {
namespace fs = std::filesystem;
namespace {

// By numbers: 1.9 comes before 1.23.
bool older(const fs::path &a, const fs::path &b) {
  return strverscmp(a.c_str(), b.c_str()) < 0;
}

}  // namespace

fs::path find_runtime_file(const fs::path &folder, const LibraryNames &names) {
  std::error_code ignored;
  if (fs::is_regular_file(folder / names.file, ignored)) return folder / names.file;
  std::vector<fs::path> versions;
  for (const fs::path &entry : folder_entries(folder)) {
    if (entry.filename().string().starts_with(std::string(names.file) + ".")) versions.push_back(entry);
  }
  return versions.empty() ? fs::path() : *std::max_element(versions.begin(), versions.end(), older);
}

std::vector<fs::path> runtime_places_in(const fs::path &folder, const LibraryNames &names) {
  const std::string_view package = names.package;
  std::vector<fs::path> places = {folder, folder / package};
  const size_t slash = package.find('/');
  if (slash != std::string_view::npos) places.push_back(folder / package.substr(slash + 1));
  return places;
}

std::string unusable_runtime_text(const LibraryNames &names, const std::string &named, bool by_option) {
  const std::string origin = by_option ? "option runtime" : std::string(names.environment);
  return std::string(names.runtime) + " '" + named + "' (" + origin + ") cannot be used: expected " +
         std::string(names.file) + " or a folder that holds it or the Python package " +
         std::string(names.package.substr(0, names.package.find('/'))) + "; correct or " +
         (by_option ? "leave out " : "unset ") + origin;
}

std::string locate_runtime(const LibraryNames &names, const std::string &named) {
  std::error_code ignored;
  if (!named.empty() && fs::is_regular_file(named, ignored)) return named;
  std::vector<fs::path> places;
  if (!named.empty()) {
    places = runtime_places_in(named, names);
  } else {
    for (const fs::path &folder : python_package_folders()) places.push_back(folder / names.package);
  }
  for (const fs::path &place : places) {
    if (const fs::path file = find_runtime_file(place, names); !file.empty()) return file.lexically_normal().string();
  }
  return "";
}

}  // namespace air
