// SPDX-License-Identifier: BSD-3-Clause
// Where plugins are looked for, in order, and which files there could be one.
#include "core/plugins/search.h"

#include <algorithm>
#include <system_error>

#include "airunner_backend.h"
#include "common/ascii.h"
#include "common/memory_size.h"
#include "common/path_text.h"
#include "core/error.h"
#include "platform/files/absolute_path.h"
#include "platform/files/folder.h"
#include "platform/files/open_file.h"
#include "platform/files/user_folder.h"
#include "platform/libraries/library_names.h"
#include "platform/libraries/shared_library.h"
#include "platform/processes/environment.h"

namespace air {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestManifest = 1 << 18;

// Plugins of another ABI never share a folder with ours.
std::string plugin_folder_name() {
  return fmt::format("airunner-{}", AIR_BACKEND_ABI_VERSION);
}

fs::path user_folder() {
  const fs::path data = user_data_folder();
  return data.empty() ? data : data / plugin_folder_name();
}

// The folder beside the library that this code is in, wherever it was installed, moved or linked to.
fs::path installation_folder() {
  const fs::path library = own_library();
  return library.empty() ? library : library.parent_path() / plugin_folder_name();
}

// Parts that are not absolute depend on where the program happens to be started.
void add_environment_places(std::vector<SearchPlace> &places) {
  const char *list = trusted_environment("AIRUNNER_PLUGIN_PATH");
  if (list == nullptr) return;
  const std::string_view text = list;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(kPathListSeparator, begin), text.size());
    const fs::path path = path_of(text.substr(begin, end - begin));
    const char *flaw = path.empty()         ? "refused: an empty part would be the current folder; remove the separator"
                       : path.is_absolute() ? ""
                                            : "refused: only absolute paths are searched; write the whole path";
    places.push_back({*flaw == '\0' ? absolute_path(path) : path, "AIRUNNER_PLUGIN_PATH", flaw});
    begin = end + 1;
  }
}

// None where there is nothing; the loader tells why.
FileFacts facts_at(const fs::path &path) {
  return facts_of(path).value_or(FileFacts{});
}

bool may_be_planted(const FileFacts &file, const FileFacts &folder) {
  return file.all_may_write || (folder.all_may_write && !(folder.owners_alone_replace && file.owner_is_trusted));
}

// On drives that know no rights, and where rights were given away, who can plant a plugin can replace this library as well.
bool may_be_planted_itself() {
  const fs::path own = own_library();
  return may_be_planted(facts_at(own), facts_at(own.parent_path()));
}

void check_not_planted(const FileFacts &file, const FileFacts &folder, const fs::path &path) {
  if (!may_be_planted(file, folder) || may_be_planted_itself()) return;
  if (file.all_may_write) {
    fail(AIR_ERROR_PERMISSION, "refused: everybody may write to this file; chmod o-w it if it is what it should be");
  }
  fail(AIR_ERROR_PERMISSION, "refused: everybody may put files into {}; chmod o-w it, or move the plugin",
       text_of(path.parent_path()));
}

std::string text_of(const OpenFile &file, uint64_t size) {
  std::string text(memory_size(size), '\0');
  if (file.read(0, std::as_writable_bytes(std::span(text))) < size)
    fail(AIR_ERROR_INCOMPATIBLE, "it became shorter while it was read");
  return text;
}

// There are many plugins, and each connection looks at all: every call to the system counts.
void read_manifest(PluginFile &file, const FileFacts &folder) try {
  if (!file.path.ends_with(kLibraryEnding)) return;
  const fs::path path = path_of(file.path).replace_extension(".manifest");
  const OpenFile opened(path);
  if (opened.error() == std::errc::no_such_file_or_directory) return;
  file.has_manifest = true;
  const FileFacts facts = opened.facts();
  file.id = facts.id;
  check_not_planted(facts, folder, path);
  if (!facts.is_file || facts.size > kLargestManifest) {
    fail(AIR_ERROR_INCOMPATIBLE, "it is no file of at most {} bytes", kLargestManifest);
  }
  file.manifest = text_of(opened, facts.size);
} catch (const Error &error) {
  file.flaw = error.what();
} catch (const std::system_error &error) {
  file.flaw = fmt::format("it cannot be read: {}", error.code().message());
}

PluginFile look_at(std::string path, const FileFacts &folder) {
  PluginFile file{.path = std::move(path)};
  read_manifest(file, folder);
  return file;
}

// False for what is no file.
bool identify(PluginFile &file) {
  const FileFacts facts = facts_at(path_of(file.path));
  file.id = facts.id;
  return facts.is_file;
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
    places.push_back({absolute_path(path_of(path)), "option", ""});
  }
  add_environment_places(places);
  if (const fs::path folder = user_folder(); !folder.empty()) places.push_back({folder, "user folder", ""});
  if (const fs::path folder = installation_folder(); !folder.empty()) places.push_back({folder, "installation", ""});
  return places;
}

std::vector<PluginFile> plugin_files(const fs::path &place) {
  const FileFacts facts = facts_at(place);
  if (facts.is_file) return {plugin_file(place)};
  std::error_code ignored;
  std::vector<std::string> names = folder_names(place, ignored);
  std::erase_if(names, [](const std::string &name) {
    return !name.starts_with("libairunner-") || !name.ends_with(kLibraryEnding);
  });
  std::ranges::sort(names);
  const std::string folder = text_of(place / "");
  std::vector<PluginFile> files;
  for (const std::string &name : names) {
    PluginFile file = look_at(folder + name, facts);
    if (file.has_manifest || identify(file)) files.push_back(std::move(file));
  }
  return files;
}

PluginFile plugin_file(const fs::path &path) {
  PluginFile file = look_at(text_of(path), facts_at(path.parent_path()));
  if (!file.has_manifest) identify(file);
  return file;
}

void check_not_planted(const fs::path &plugin) {
  check_not_planted(facts_at(plugin), facts_at(plugin.parent_path()), plugin);
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  if (pattern.find('/') == std::string_view::npos) text.remove_prefix(text.find_last_of(kPathSeparators) + 1);
  const auto same = [](char a, char b) { return b == '?' || ascii_lower(a) == ascii_lower(b); };
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
