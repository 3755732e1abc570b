// SPDX-License-Identifier: BSD-3-Clause
// `airunner manifest`: what plugins are, as the file beside each tells it; and `airunner load`, which `doctor` uses.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/running/child.h"
#include "cli/running/failure.h"
#include "cli/running/plugins.h"
#include "platform/libraries/shared_library.h"

namespace air::cli {
namespace {

void add_option(std::string &text, const air_option_info &option) {
  text += fmt::format("option = {}\noption.type = {}\n", option.key, option_type_name(option.type));
  if (option.default_value != nullptr) text += fmt::format("option.default = {}\n", option.default_value);
  for (const char *choice : std::span(option.choices, option.n_choices)) {
    text += fmt::format("option.choice = {}\n", choice);
  }
  text += fmt::format("option.text = {}\n", option.text);
}

std::string manifest(const air_plugin &plugin) {
  std::string text = fmt::format("abi = {}\nname = {}\nversion = {}\ndescription = {}\n", plugin.abi_version,
                                 plugin.name, plugin.version, plugin.description);
  for (const char *scheme : std::span(plugin.schemes, plugin.n_schemes)) text += fmt::format("scheme = {}\n", scheme);
  for (const char *pattern : std::span(plugin.patterns, plugin.n_patterns)) {
    text += fmt::format("pattern = {}\n", pattern);
  }
  for (const air_option_info *option : std::span(plugin.options, plugin.n_options)) add_option(text, *option);
  return text;
}

// Whatever the manifest beside it says, which this one may replace.
std::string manifest_of(const std::string &file) {
  const PluginListHolder loaded = load_plugin(file);
  const air_plugin &plugin = *all_of(loaded).front();
  if (*plugin.name == '\0') throw Failure(kFailed, fmt::format("{}: {}", file, plugin.error));
  return "# What this plugin is; written by `airunner manifest`, compared when the plugin is loaded.\n" +
         manifest(plugin);
}

std::string all_manifests(const Options &options) {
  std::string text;
  const PluginListHolder found = list_plugins(options);
  for (const air_plugin *plugin : all_of(found)) {
    if (plugin->status != AIR_OK || plugin->has_manifest == 0) continue;
    text += fmt::format("{}# {}\n{}", text.empty() ? "" : "\n", plugin->path, manifest(*plugin));
  }
  return text;
}

}  // namespace

int command_manifest(const Options &options, const std::string &file) {
  ReadFiles read = files_named(options);
  read.emplace_back(file);
  check_output_files({}, read);
  print(file.empty() ? all_manifests(options) : manifest_of(file));
  return kOk;
}

// A plugin, or any library, which stays loaded: not every one survives being unloaded.
int command_load(const std::string &file, bool is_library) {
  is_library ? void(path_known_to_loader(file.c_str())) : void(load_plugin(file));
  return kLoaded;
}

}  // namespace air::cli
