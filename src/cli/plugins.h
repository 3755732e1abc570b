// SPDX-License-Identifier: BSD-3-Clause
// The plugins there are, as `list` and `doctor` show them.
#pragma once

#include <memory>
#include <span>

#include "airunner.h"
#include "options.h"
#include "report/json.h"

namespace air::cli {

class Plugins {
 public:
  explicit Plugins(const Options &options);  // throws Failure

  std::span<const air_search_place *const> places() const { return {list_->places, list_->n_places}; }
  std::span<const air_plugin *const> all() const { return {list_->plugins, list_->n_plugins}; }

 private:
  struct Free {
    void operator()(const air_plugin_list *list) const { air_free_plugin_list(list); }
  };
  std::unique_ptr<const air_plugin_list, Free> list_;
};

std::string schemes_text(const air_plugin &plugin);  // "file: lib:"
report::Json plugin_json(const air_plugin &plugin);

}  // namespace air::cli
