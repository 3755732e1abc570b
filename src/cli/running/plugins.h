// SPDX-License-Identifier: BSD-3-Clause
// The plugins there are, as `list` and `doctor` show them.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "airunner.h"
#include "cli/options.h"
#include "text/json_writer.h"

namespace air::cli {

struct FreePlugins {
  void operator()(const air_plugin_list *list) const { air_free_plugin_list(list); }
};
using PluginListHolder = std::unique_ptr<const air_plugin_list, FreePlugins>;

PluginListHolder list_plugins(const Options &options);  // loads nothing; throws Failure
PluginListHolder load_plugin(const std::string &path);  // one; throws Failure

inline std::span<const air_plugin *const> all_of(const PluginListHolder &list) {
  return {list->plugins, list->n_plugins};
}

// Those that have a manifest as it tells, or, `examined`, as they are: the others in any case. To find out they are loaded, in a process of
// their own first.
class Plugins {
 public:
  Plugins(const Options &options, bool examined);  // throws Failure

  std::span<const air_search_place *const> places() const { return {list_->places, list_->n_places}; }
  std::span<const air_plugin> all() const { return plugins_; }

 private:
  void examine(air_plugin &plugin, const air_token *token);

  PluginListHolder list_;
  std::vector<air_plugin> plugins_;
  std::vector<PluginListHolder> loaded_;
  std::deque<std::string> errors_;
};

std::string schemes_text(const air_plugin &plugin);      // "file: lib:"
const char *option_type_name(air_option_type type);      // as in a manifest
std::string values_text(const air_option_info &option);  // "none|basic|all", "0..64", "path"
Json plugin_json(const air_plugin &plugin);

}  // namespace air::cli
