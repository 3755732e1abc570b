// SPDX-License-Identifier: BSD-3-Clause
// Finds the plugins there are and the one that serves a descriptor. A broken plugin is kept as a finding, never an obstacle.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "descriptor.h"
#include "plugin.h"
#include "search.h"

namespace air {

class Log;

struct PluginFinding {
  std::filesystem::path path;
  size_t place = 0;                      // index of its search place
  std::shared_ptr<const Plugin> plugin;  // null: not usable
  std::string error;                     // why not, or which schemes another plugin takes from it
};

class Registry {
 public:
  Registry(std::span<const char *const> explicit_paths, const Log &log);

  const std::vector<SearchPlace> &places() const noexcept { return places_; }
  const std::vector<PluginFinding> &findings() const noexcept { return findings_; }

  struct Match {
    std::shared_ptr<const Plugin> plugin;
    std::string scheme;
    std::string rest;
  };

  // The plugin that serves the descriptor. Throws AIR_ERROR_INVALID_DESCRIPTOR or AIR_ERROR_AMBIGUOUS; the causes tell every plugin
  // that could not be used.
  Match match(const Descriptor &descriptor) const;

 private:
  void load(const std::filesystem::path &path, size_t place, const Log &log);
  void note_shared_schemes(const Log &log);
  std::vector<const PluginFinding *> serving(const std::string &scheme) const;
  Match match_scheme(const std::string &scheme, const std::string &rest) const;
  Match match_claim(const Descriptor &descriptor) const;
  std::vector<std::string> explain() const;

  std::vector<SearchPlace> places_;
  std::vector<PluginFinding> findings_;
};

}  // namespace air
