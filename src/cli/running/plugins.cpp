// SPDX-License-Identifier: BSD-3-Clause
// The plugins there are, as `list` and `doctor` show them.
#include "cli/running/plugins.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/running/child.h"
#include "cli/running/connection.h"
#include "cli/running/failure.h"
#include "cli/running/interrupt.h"

namespace air::cli {
namespace {

Json option_json(const air_option_info &option) {
  Json object = Json::object();
  object.add("key", option.key);
  object.add("type", option_type_name(option.type));
  object.add("default", option.default_value == nullptr ? Json(nullptr) : Json(option.default_value));
  object.add("choices", texts_json(std::span(option.choices, option.n_choices)));
  object.add("text", option.text);
  return object;
}

}  // namespace

PluginListHolder list_plugins(const Options &options) {
  const SearchOptions search(options);
  const Waiting waiting;
  const air_plugin_list *list = nullptr;
  check(air_list_plugins(search.get(), &list), kFailed);
  return PluginListHolder(list);
}

PluginListHolder load_plugin(const std::string &path) {
  const Waiting waiting;
  const air_plugin_list *list = nullptr;
  check(air_load_plugin(path.c_str(), &list), kFailed);
  return PluginListHolder(list);
}

Plugins::Plugins(const Options &options, bool examined) : list_(list_plugins(options)) {
  for (const air_plugin *plugin : all_of(list_)) {
    air_plugin &own = plugins_.emplace_back(*plugin);
    if (own.status == AIR_OK && (examined || own.has_manifest == 0)) examine(own, options.token);
  }
}

void Plugins::examine(air_plugin &plugin, const air_token *token) {
  if (const std::string harm = harm_of_loading(plugin.path, Loads::kPlugin, token); !harm.empty()) {
    plugin.status = AIR_ERROR_INCOMPATIBLE;
    plugin.error = errors_.emplace_back(harm).c_str();
    return;
  }
  const char *shared_schemes = plugin.error;
  plugin = *all_of(loaded_.emplace_back(load_plugin(plugin.path))).front();
  if (plugin.status == AIR_OK) plugin.error = shared_schemes;
}

std::string schemes_text(const air_plugin &plugin) {
  std::string text;
  for (const char *scheme : std::span(plugin.schemes, plugin.n_schemes)) {
    text += (text.empty() ? "" : " ") + std::string(scheme) + ":";
  }
  return text;
}

const char *option_type_name(air_option_type type) {
  switch (type) {
    case AIR_OPTION_TEXT:
      return "text";
    case AIR_OPTION_NUMBER:
      return "number";
    case AIR_OPTION_FLAG:
      return "flag";
    case AIR_OPTION_CHOICE:
      return "choice";
    case AIR_OPTION_PATH:
      return "path";
    default:
      return "unknown";
  }
}

std::string values_text(const air_option_info &option) {
  const std::span choices(option.choices, option.n_choices);
  if (option.type == AIR_OPTION_FLAG) return "0|1";
  if (choices.empty()) return option_type_name(option.type);
  return fmt::format("{}", fmt::join(choices, option.type == AIR_OPTION_NUMBER ? ".." : "|"));
}

Json plugin_json(const air_plugin &plugin) {
  Json options = Json::array();
  for (const air_option_info *option : std::span(plugin.options, plugin.n_options)) options.add(option_json(*option));
  Json object = Json::object();
  object.add("name", plugin.name);
  object.add("version", plugin.version);
  object.add("description", plugin.description);
  object.add("schemes", texts_json(std::span(plugin.schemes, plugin.n_schemes)));
  object.add("patterns", texts_json(std::span(plugin.patterns, plugin.n_patterns)));
  object.add("options", std::move(options));
  object.add("path", plugin.path);
  object.add("has_manifest", plugin.has_manifest != 0);
  object.add("abi_version", plugin.abi_version);
  object.add("status", air_status_name(plugin.status));
  object.add("error", plugin.error);
  return object;
}

}  // namespace air::cli
