// SPDX-License-Identifier: BSD-3-Clause
// Where plugins are looked for, in order, and which files there could be one.
#include "search.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "airunner_backend.h"
#include "common/environment.h"
#include "common/folder.h"
#include "common/memory.h"
#include "error.h"

namespace air {
namespace {

namespace fs = std::filesystem;

// Plugins of another ABI never share a folder with ours.
std::string plugin_folder_name() {
  return fmt::format("airunner-{}", AIR_BACKEND_ABI_VERSION);
}

fs::path absolute_path(const fs::path &path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  throw_if_no_memory(error);
  return error ? path : absolute.lexically_normal();
}

fs::path user_folder() {
  const char *data_home = trusted_environment("XDG_DATA_HOME");
  if (data_home != nullptr && *data_home == '/') return fs::path(data_home) / plugin_folder_name();
  const char *home = trusted_environment("HOME");
  return home != nullptr && *home == '/' ? fs::path(home) / ".local/share" / plugin_folder_name() : fs::path();
}

// The folder beside the library that this code is in, wherever it was installed, moved or linked to.
fs::path installation_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void *>(&air_version), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  const fs::path library = fs::canonical(info.dli_fname, error);
  throw_if_no_memory(error);
  return error ? fs::path() : library.parent_path() / plugin_folder_name();
}

// Parts that are not absolute depend on where the program happens to be started.
void add_environment_places(std::vector<SearchPlace> &places) {
  const char *list = trusted_environment("AIRUNNER_PLUGIN_PATH");
  if (list == nullptr) return;
  const std::string_view text = list;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(':', begin), text.size());
    const fs::path path = text.substr(begin, end - begin);
    const char *flaw = path.empty()         ? "refused: an empty part would be the current folder; remove the colon"
                       : path.is_absolute() ? ""
                                            : "refused: only absolute paths are searched; write the whole path";
    places.push_back({*flaw == '\0' ? absolute_path(path) : path, "AIRUNNER_PLUGIN_PATH", flaw});
    begin = end + 1;
  }
}

}  // namespace

std::span<const char *const> plugin_paths(const air_connect_options &options) {
  if (options.n_plugin_paths > 0 && options.plugin_paths == nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_connect_options.plugin_paths is NULL, expected {} paths",
         options.n_plugin_paths);
  }
  return {options.plugin_paths, options.n_plugin_paths};
}

std::vector<SearchPlace> search_places(std::span<const char *const> explicit_paths) {
  std::vector<SearchPlace> places;
  for (const char *path : explicit_paths) {
    if (path == nullptr || *path == '\0') fail(AIR_ERROR_INVALID_ARGUMENT, "plugin_paths has an empty entry");
    places.push_back({absolute_path(path), "option", ""});
  }
  add_environment_places(places);
  if (const fs::path folder = user_folder(); !folder.empty()) places.push_back({folder, "user folder", ""});
  if (const fs::path folder = installation_folder(); !folder.empty()) places.push_back({folder, "installation", ""});
  return places;
}

std::vector<fs::path> plugin_files(const SearchPlace &place) {
  std::error_code error;
  if (fs::is_regular_file(place.path, error)) return {place.path};
  std::vector<fs::path> files;
  for (fs::path &entry : folder_entries(place.path)) {
    const std::string name = entry.filename();
    if (name.starts_with("libairunner-") && name.ends_with(".so") && fs::is_regular_file(entry, error)) {
      files.push_back(std::move(entry));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void check_not_planted(const fs::path &file) {
  const fs::path folder = file.parent_path();
  struct stat of_folder {};
  struct stat of_file {};
  if (stat(folder.c_str(), &of_folder) != 0 || stat(file.c_str(), &of_file) != 0) return;  // the loader tells
  if ((of_file.st_mode & S_IWOTH) != 0) {
    fail(AIR_ERROR_PERMISSION, "refused: everybody may write to this file; chmod o-w it if it is what it should be");
  }
  if ((of_folder.st_mode & S_IWOTH) == 0) return;
  const bool kept = (of_folder.st_mode & S_ISVTX) != 0 && (of_file.st_uid == 0 || of_file.st_uid == geteuid());
  if (!kept) {
    fail(AIR_ERROR_PERMISSION, "refused: everybody may put files into {}; chmod o-w it, or move the plugin",
         folder.string());
  }
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  if (pattern.find('/') == std::string_view::npos) text.remove_prefix(text.rfind('/') + 1);
  const auto same = [](char a, char b) {
    return b == '?' || std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  // The last '*' takes one more character whenever what stands behind it does not fit.
  size_t star = std::string_view::npos, taken = 0;
  size_t t = 0, p = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && same(text[t], pattern[p])) {
      ++t, ++p;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace air
