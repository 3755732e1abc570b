// SPDX-License-Identifier: BSD-3-Clause
// The runtimes that there are backends for, and where their libraries lie.
#include "platform/libraries/runtime_files.h"

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/ascii.h"
#include "common/path_text.h"
#include "platform/files/absolute_path.h"
#include "platform/files/folder.h"
#include "platform/libraries/python_folders.h"
#include "platform/libraries/shared_library.h"

namespace air {
namespace fs = std::filesystem;
namespace {

// By numbers: 1.9 comes before 1.23.
bool older(std::string_view a, std::string_view b) {
  const auto number = [](std::string_view &text) {
    size_t n = 0;
    while (n < text.size() && is_ascii_digit(text[n])) ++n;
    std::string_view digits = text.substr(0, n);
    text.remove_prefix(n);
    while (digits.starts_with('0')) digits.remove_prefix(1);
    return std::pair(digits.size(), digits);
  };
  while (!a.empty() && !b.empty()) {
    if (is_ascii_digit(a.front()) && is_ascii_digit(b.front())) {
      const auto left = number(a), right = number(b);
      if (left != right) return left < right;
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

// The version stands behind the name as in libx.so.1.2, or in it as in libx.1.2.dylib.
bool only_adds_version(std::string_view name, std::string_view file) {
  if (name.size() > file.size() + 1 && name.starts_with(file) && name[file.size()] == '.') return true;
  const size_t dot = file.rfind('.');
  return name.size() > file.size() + 1 && name.starts_with(file.substr(0, dot + 1)) && is_ascii_digit(name[dot + 1]) &&
         name.ends_with(file.substr(dot));
}

}  // namespace

fs::path find_runtime_file(const fs::path &folder, const LibraryNames &names) {
  std::error_code ignored;
  if (fs::is_regular_file(folder / names.file, ignored)) return folder / names.file;
  std::string newest;
  for (const std::string &name : folder_names(folder, ignored)) {
    if (only_adds_version(name, names.file) && (newest.empty() || older(newest, name))) newest = name;
  }
  return newest.empty() ? fs::path() : folder / path_of(newest);
}

fs::path find_runtime_of_system(const LibraryNames &names) {
  for (const fs::path &folder : system_library_folders()) {
    if (fs::path file = find_runtime_file(folder, names); !file.empty()) return file;
  }
  return {};
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
  if (!named.empty() && fs::is_regular_file(path_of(named), ignored)) return named;
  std::vector<fs::path> places;
  if (!named.empty()) {
    places = runtime_places_in(path_of(named), names);
  } else {
    for (const fs::path &folder : python_package_folders()) places.push_back(folder / names.package);
  }
  for (const fs::path &place : places) {
    if (const fs::path file = find_runtime_file(place, names); !file.empty()) return text_of(absolute_path(file));
  }
  return "";
}

}  // namespace air
