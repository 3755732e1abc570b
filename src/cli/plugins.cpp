// SPDX-License-Identifier: BSD-3-Clause
// The plugins there are, as `list` and `doctor` show them.
#include "plugins.h"

#include "connection.h"
#include "failure.h"
#include "interrupt.h"

namespace air::cli {

Plugins::Plugins(const Options &options) {
  const SearchOptions search(options);
  const Waiting waiting;
  const air_plugin_list *list = nullptr;
  check(air_list_plugins(search.get(), &list), kFailed);
  list_.reset(list);
}

std::string schemes_text(const air_plugin &plugin) {
  std::string text;
  for (const char *scheme : std::span(plugin.schemes, plugin.n_schemes)) {
    text += (text.empty() ? "" : " ") + std::string(scheme) + ":";
  }
  return text;
}

report::Json plugin_json(const air_plugin &plugin) {
  report::Json schemes = report::Json::array();
  for (const char *scheme : std::span(plugin.schemes, plugin.n_schemes)) schemes.add(scheme);
  report::Json object = report::Json::object();
  object.add("name", plugin.name);
  object.add("version", plugin.version);
  object.add("description", plugin.description);
  object.add("schemes", std::move(schemes));
  object.add("path", plugin.path);
  object.add("abi_version", plugin.abi_version);
  object.add("status", air_status_name(plugin.status));
  object.add("error", plugin.error);
  return object;
}

}  // namespace air::cli
