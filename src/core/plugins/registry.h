// SPDX-License-Identifier: BSD-3-Clause
// Finds the plugins there are, by their manifests, and loads the one that serves a descriptor. A broken plugin is kept as a finding, never an
// obstacle.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/descriptor.h"
#include "core/plugins/plugin.h"
#include "core/plugins/search.h"

namespace air {

class Log;

struct PluginFinding {
  std::string path;
  size_t place = 0;                      // index of its search place
  bool usable = true;                    // as far as is known
  std::string error;                     // why not, or which schemes another plugin takes from it
  std::optional<Manifest> manifest;      // what it says of itself; none: not known yet, or only when it is loaded
  std::string manifest_text;             // that has not been read yet
  bool has_manifest = false;             // there is one beside it, good or not
  std::shared_ptr<const Plugin> plugin;  // once it is loaded
};

// One file, loaded and compared with its manifest. Also one that cannot be used tells, where it can be loaded, what it says of itself.
PluginFinding load_plugin(const std::filesystem::path &path);

class Registry {
 public:
  // Finds the files.
  Registry(std::span<const char *const> explicit_paths, const Log &log);

  const std::vector<SearchPlace> &places() const noexcept { return places_; }
  // All there are, with what their manifests tell. Loads nothing.
  std::vector<PluginFinding> list();

  struct Match {
    std::shared_ptr<const Plugin> plugin;
    std::string scheme;
    std::string rest;
  };

  // The plugin that serves the descriptor, loaded. Throws AIR_ERROR_INVALID_DESCRIPTOR, AIR_ERROR_AMBIGUOUS, or AIR_ERROR_INCOMPATIBLE when
  // none of those that should can be used; the causes tell every plugin.
  Match match(const Descriptor &descriptor);

  // Every plugin that can be used, loaded.
  std::vector<const PluginFinding *> load_all();

 private:
  void attempt(PluginFinding &finding, void (*step)(PluginFinding &));
  void read_manifest(PluginFinding &finding);
  void look_at(PluginFinding &finding);
  bool load(PluginFinding &finding);
  void give_up(PluginFinding &finding, const std::string &why);
  bool promises(PluginFinding &finding, const std::string &scheme);
  void warn_of_others(const PluginFinding &chosen, const std::string &scheme);
  std::optional<Match> match_scheme(const std::string &scheme, const std::string &rest);
  std::optional<Match> match_claim(const std::string &text, bool is_scheme);
  uint32_t claimed(PluginFinding &finding, const std::string &text);
  std::string why_unserved(const Descriptor &descriptor, bool is_scheme);
  std::vector<std::string> explain();

  const Log &log_;
  std::vector<SearchPlace> places_;
  std::vector<PluginFinding> findings_;
};

}  // namespace air
