// SPDX-License-Identifier: BSD-3-Clause
// Finds the shared library of a runtime and loads it for good: runtimes keep threads and do not survive being unloaded.
#include "library.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/error.h"
#include "python_folders.h"

namespace air::runtime {
namespace fs = std::filesystem;
namespace {

// The file called `name` in a folder, or the first whose name only adds a version.
fs::path find_file(const fs::path &folder, std::string_view name) {
  std::error_code ignored;
  if (fs::is_regular_file(folder / name, ignored)) return folder / name;
  std::vector<fs::path> versions;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    if (entry->path().filename().string().starts_with(std::string(name) + ".")) versions.push_back(entry->path());
  }
  return versions.empty() ? fs::path() : *std::max_element(versions.begin(), versions.end());
}

// A folder stands for the library in it or in the package in it.
std::string resolve_wanted(const LibraryNames &names, const std::string &wanted) {
  std::error_code error;
  const fs::path path = fs::absolute(wanted, error);
  if (error || !fs::is_directory(path, error)) return path.lexically_normal().string();
  for (const fs::path &folder : {path, path / names.package}) {
    if (const fs::path file = find_file(folder, names.file); !file.empty()) return file.lexically_normal().string();
  }
  return (path / names.file).lexically_normal().string();
}

}  // namespace

struct Library::Attempt {
  const HostLog &log;
  std::vector<std::string> causes;
  bool refused = false;  // a library was there, but could not be used
};

Library::Library(const LibraryNames &names, const std::string &wanted, const HostLog &log, const Check &check) {
  Attempt attempt{log, {}};
  const char *variable = std::getenv(std::string(names.environment).c_str());
  const std::string named = !wanted.empty() ? wanted : variable != nullptr ? variable : "";
  const bool found =
      named.empty() ? search(names, check, attempt) : try_file(resolve_wanted(names, named), check, attempt);
  if (found) return;
  const std::string origin = !wanted.empty() ? "option runtime" : std::string(names.environment);
  const std::string what = named.empty() ? fmt::format("{} was not found on this machine", names.runtime)
                                         : fmt::format("{} '{}' ({}) cannot be used", names.runtime, named, origin);
  throw Error(
      attempt.refused ? AIR_ERROR_INCOMPATIBLE : AIR_ERROR_NOT_FOUND,
      fmt::format("{}: {}",
                  attempt.refused && named.empty() ? fmt::format("no usable {} was found", names.runtime) : what,
                  names.how_to_get),
      0, std::move(attempt.causes));
}

bool Library::search(const LibraryNames &names, const Check &check, Attempt &attempt) {
  const std::vector<fs::path> folders = python_package_folders();
  for (const fs::path &folder : folders) {
    const fs::path file = find_file(folder / names.package, names.file);
    if (file.empty()) {
      attempt.causes.push_back(fmt::format("tried {}: no {}", (folder / names.package).string(), names.file));
    } else if (try_file(file.string(), check, attempt)) {
      return true;
    }
  }
  return std::any_of(names.system.begin(), names.system.end(),
                     [&](const char *name) { return try_file(name, check, attempt); });
}

bool Library::try_file(const std::string &file, const Check &check, Attempt &attempt) {
  handle_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) {
    std::error_code ignored;
    attempt.refused = attempt.refused || fs::exists(file, ignored);
    attempt.causes.push_back(fmt::format("tried {}: {}", file, dlerror()));
    return false;
  }
  const link_map *map = nullptr;
  path_ = dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map->l_name[0] != '\0' ? map->l_name : file;
  const std::string reason = check(*this);
  if (!reason.empty()) {
    attempt.refused = true;
    attempt.causes.push_back(fmt::format("tried {}: {}", path_, reason));
    dlclose(handle_);
    return false;
  }
  attempt.log.write(AIR_LOG_INFO, "runtime '{}'", path_);
  return true;
}

void *Library::find_address(const char *symbol) const noexcept {
  return dlsym(handle_, symbol);
}

std::string package_version(const std::string &library_path, std::string_view package) {
  std::error_code ignored;
  const std::string prefix = std::string(package) + "-";
  constexpr std::string_view kSuffix = ".dist-info";
  const fs::path packages = fs::path(library_path).parent_path().parent_path();
  for (fs::directory_iterator entry(packages, ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(kSuffix)) {
      return name.substr(prefix.size(), name.size() - prefix.size() - kSuffix.size());
    }
  }
  return "";
}

}  // namespace air::runtime
