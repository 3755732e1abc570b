// SPDX-License-Identifier: BSD-3-Clause
// Where plugins are looked for, in order, and which files there could be one.
#include "search.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "airunner_backend.h"
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
  return error ? path : absolute.lexically_normal();
}

// Programs that run with raised rights must not load code named by their caller's environment.
const char *environment(const char *name) {
  return secure_getenv(name);
}

fs::path user_folder() {
  const char *data_home = environment("XDG_DATA_HOME");
  if (data_home != nullptr && *data_home == '/') return fs::path(data_home) / plugin_folder_name();
  const char *home = environment("HOME");
  return home != nullptr && *home == '/' ? fs::path(home) / ".local/share" / plugin_folder_name() : fs::path();
}

// The folder beside the library that this code is in, wherever it was installed, moved or linked to.
fs::path installation_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void *>(&air_version), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  const fs::path library = fs::canonical(info.dli_fname, error);
  return error ? fs::path() : library.parent_path() / plugin_folder_name();
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
    places.push_back({absolute_path(path), "option"});
  }
  if (const char *list = environment("AIRUNNER_PLUGIN_PATH"); list != nullptr) {
    std::istringstream paths(list);
    for (std::string path; std::getline(paths, path, ':');) {
      if (!path.empty()) places.push_back({absolute_path(path), "AIRUNNER_PLUGIN_PATH"});
    }
  }
  if (const fs::path folder = user_folder(); !folder.empty()) places.push_back({folder, "user folder"});
  if (const fs::path folder = installation_folder(); !folder.empty()) places.push_back({folder, "installation"});
  return places;
}

std::vector<fs::path> plugin_files(const SearchPlace &place) {
  std::error_code error;
  if (fs::is_regular_file(place.path, error)) return {place.path};
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(place.path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    std::error_code ignored;
    if (name.starts_with("libairunner-") && name.ends_with(".so") && entry->is_regular_file(ignored)) {
      files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace air
