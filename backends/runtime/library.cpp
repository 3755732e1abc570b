// SPDX-License-Identifier: BSD-3-Clause
// Finds the shared library of a runtime and loads it for good: runtimes keep threads and do not survive being unloaded.
#include "runtime/library.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/absolute_path.h"
#include "platform/files/folder.h"
#include "platform/libraries/python_folders.h"
#include "platform/libraries/shared_library.h"
#include "platform/processes/environment.h"

namespace air::runtime {
namespace fs = std::filesystem;

struct Library::Attempt {
  const HostLog &log;
  std::vector<std::string> causes;
  bool refused = false;  // a library was there, but could not be used
};

Library::Library(const LibraryNames &names, const std::string &wanted, const HostLog &log, const Check &check) {
  Attempt attempt{log, {}};
  const char *variable = trusted_environment(std::string(names.environment).c_str());
  const std::string named = !wanted.empty() ? wanted : variable != nullptr ? variable : "";
  if (named.empty() ? search(names, check, attempt) : try_named(names, named, check, attempt)) return;
  const air_status status = attempt.refused ? AIR_ERROR_INCOMPATIBLE : AIR_ERROR_NOT_FOUND;
  std::string message;
  if (!named.empty()) {
    message = unusable_runtime_text(names, named, !wanted.empty());
  } else if (attempt.refused) {
    message = fmt::format("no usable {} was found: {}", names.runtime, names.how_to_get);
  } else {
    message = fmt::format("{} was not found on this machine: {}", names.runtime, names.how_to_get);
  }
  throw Error(status, message, 0, std::move(attempt.causes));
}

bool Library::try_named(const LibraryNames &names, const std::string &named, const Check &check, Attempt &attempt) {
  const fs::path path = absolute_path(path_of(named));
  std::error_code error;
  if (!fs::is_directory(path, error)) return try_file(text_of(path), check, attempt);
  const std::vector<fs::path> places = runtime_places_in(path, names);
  return std::any_of(places.begin(), places.end(),
                     [&](const fs::path &place) { return try_folder(names, place, check, attempt); });
}

bool Library::search(const LibraryNames &names, const Check &check, Attempt &attempt) {
  const std::vector<fs::path> folders = python_package_folders();
  return std::any_of(
             folders.begin(), folders.end(),
             [&](const fs::path &folder) { return try_folder(names, folder / names.package, check, attempt); }) ||
         std::any_of(names.system.begin(), names.system.end(),
                     [&](const char *name) { return name != nullptr && try_file(name, check, attempt); }) ||
         try_system(names, check, attempt);
}

bool Library::try_system(const LibraryNames &names, const Check &check, Attempt &attempt) {
  const fs::path file = find_runtime_of_system(names);
  return !file.empty() && try_file(text_of(file), check, attempt);
}

bool Library::try_folder(const LibraryNames &names, const fs::path &folder, const Check &check, Attempt &attempt) {
  const fs::path file = find_runtime_file(folder, names);
  if (!file.empty()) return try_file(text_of(absolute_path(file)), check, attempt);
  attempt.causes.push_back(fmt::format("tried {}: no {}", text_of(folder), names.file));
  return false;
}

bool Library::try_file(const std::string &file, const Check &check, Attempt &attempt) {
  std::string loader_reason;
  handle_ = load_library(file.c_str(), loader_reason);
  if (handle_ == nullptr) {
    std::error_code ignored;
    attempt.refused = attempt.refused || fs::exists(path_of(file), ignored);
    attempt.causes.push_back(fmt::format("tried {}: {}", file, loader_reason));
    return false;
  }
  path_ = library_path(handle_);
  if (path_.empty()) path_ = file;
  const std::string reason = check(*this);
  if (!reason.empty()) {
    attempt.refused = true;
    attempt.causes.push_back(fmt::format("tried {}: {}", path_, reason));
    CloseLibrary()(handle_);
    return false;
  }
  attempt.log.write(AIR_LOG_INFO, "runtime '{}'", path_);
  return true;
}

void *Library::find_address(const char *symbol) const noexcept {
  return symbol_of(handle_, symbol);
}

std::string package_version(const std::string &library_path, std::string_view package) {
  const std::string prefix = std::string(package) + "-";
  constexpr std::string_view kSuffix = ".dist-info";
  const fs::path packages = path_of(library_path).parent_path().parent_path();
  for (const fs::path &entry : folder_entries(packages)) {
    const std::string name = text_of(entry.filename());
    if (name.starts_with(prefix) && name.ends_with(kSuffix)) {
      return name.substr(prefix.size(), name.size() - prefix.size() - kSuffix.size());
    }
  }
  return "";
}

}  // namespace air::runtime
