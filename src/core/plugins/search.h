// SPDX-License-Identifier: BSD-3-Clause
// Where plugins are looked for, in order, and which files there could be one.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airunner.h"

namespace air {

struct SearchPlace {
  std::filesystem::path path;  // a folder, or one plugin file
  std::string origin;          // "option", "AIRUNNER_PLUGIN_PATH", "user folder", "installation"
  std::string flaw;            // why it is not searched, or ""
};

// The caller's paths; throws AIR_ERROR_INVALID_ARGUMENT when they are missing.
std::span<const char *const> plugin_paths(const air_connect_options &options);

// The caller's paths, AIRUNNER_PLUGIN_PATH, the user's folder, the folder beside the library.
std::vector<SearchPlace> search_places(std::span<const char *const> explicit_paths);

// A file that could be a plugin, and the manifest beside it: `libairunner-x.manifest` for `libairunner-x.so`.
struct PluginFile {
  std::string path;
  std::pair<uint64_t, uint64_t> id;  // the same under all names of one file
  bool has_manifest = false;
  std::string manifest;  // its text
  std::string flaw;      // why the manifest is not to be used, or ""
};

// Those of a place, sorted by name: the place itself if it is a file, else `libairunner-*.so` in it.
std::vector<PluginFile> plugin_files(const std::filesystem::path &place);
PluginFile plugin_file(const std::filesystem::path &path);

// Throws AIR_ERROR_PERMISSION for a plugin that any user of this machine may have put there.
void check_not_planted(const std::filesystem::path &plugin);

// Whether a text without scheme fits a pattern of air_backend.patterns.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace air
