// SPDX-License-Identifier: BSD-3-Clause
// Finds the plugins there are and the one that serves a descriptor. A broken plugin is kept as a finding, never an obstacle.
#include "registry.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/memory.h"
#include "error.h"
#include "log.h"

namespace air {
namespace {

bool serves(const PluginFinding &finding, const std::string &scheme) {
  if (finding.plugin == nullptr) return false;
  const auto &schemes = finding.plugin->schemes();
  return std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
}

}  // namespace

Registry::Registry(std::span<const char *const> explicit_paths, const Log &log)
    : places_(search_places(explicit_paths)) {
  std::set<std::filesystem::path> seen;
  for (size_t place = 0; place < places_.size(); ++place) {
    if (!places_[place].flaw.empty()) {
      findings_.push_back({places_[place].path, place, nullptr, places_[place].flaw});
      log.write(AIR_LOG_WARNING, "{} '{}': {}", places_[place].origin, places_[place].path.string(),
                places_[place].flaw);
      continue;
    }
    for (const std::filesystem::path &path : plugin_files(places_[place])) {
      std::error_code error;
      const std::filesystem::path real = std::filesystem::canonical(path, error);
      throw_if_no_memory(error);
      if (seen.insert(error ? path : real).second) load(path, place, log);
    }
  }
  note_shared_schemes(log);
}

void Registry::load(const std::filesystem::path &path, size_t place, const Log &log) {
  PluginFinding finding{path, place, nullptr, ""};
  try {
    check_not_planted(path);
    finding.plugin = std::make_shared<const Plugin>(path);
    log.write(AIR_LOG_DEBUG, "plugin {}: {} for {}", path.string(), finding.plugin->backend().name,
              fmt::join(finding.plugin->schemes(), ", "));
  } catch (const Error &error) {
    finding.error = error.what();
    log.write(AIR_LOG_WARNING, "plugin {}: {}", path.string(), finding.error);
  }
  findings_.push_back(std::move(finding));
}

// An earlier place wins over a later one; within one place nobody can say which is meant.
void Registry::note_shared_schemes(const Log &log) {
  for (PluginFinding &finding : findings_) {
    if (finding.plugin == nullptr) continue;
    for (const std::string &scheme : finding.plugin->schemes()) {
      const PluginFinding &first = *serving(scheme).front();
      if (&first == &finding) continue;
      finding.error += fmt::format("{}scheme {} is {} {}", finding.error.empty() ? "" : "; ", scheme,
                                   first.place == finding.place ? "also declared by" : "taken by", first.path.string());
      log.write(AIR_LOG_WARNING, "plugin {}: scheme {} is declared by {} too", finding.path.string(), scheme,
                first.path.string());
    }
  }
}

std::vector<const PluginFinding *> Registry::serving(const std::string &scheme) const {
  std::vector<const PluginFinding *> found;
  for (const PluginFinding &finding : findings_) {
    if (serves(finding, scheme)) found.push_back(&finding);
  }
  return found;
}

Registry::Match Registry::match_scheme(const std::string &scheme, const std::string &rest) const {
  const std::vector<const PluginFinding *> found = serving(scheme);
  if (found.size() > 1 && found[0]->place == found[1]->place) {
    throw Error(
        AIR_ERROR_AMBIGUOUS,
        fmt::format("two plugins in one folder serve scheme {}: {} and {}; remove one, or name one in plugin_paths",
                    scheme, found[0]->path.string(), found[1]->path.string()));
  }
  return {found[0]->plugin, scheme, rest};
}

Registry::Match Registry::match_claim(const Descriptor &descriptor) const {
  const PluginFinding *best = nullptr;
  uint32_t best_score = 0;
  for (const PluginFinding &finding : findings_) {
    if (finding.plugin == nullptr) continue;
    const uint32_t score = finding.plugin->backend().claims(descriptor.bare.c_str());
    if (score > best_score) {
      best = &finding;
      best_score = score;
    }
  }
  if (best != nullptr) return match_scheme(best->plugin->schemes().front(), descriptor.bare);
  std::error_code error;
  const std::string reason = !descriptor.scheme.empty()
                                 ? fmt::format("no backend serves scheme \"{}\"", descriptor.scheme)
                             : std::filesystem::exists(descriptor.bare, error)
                                 ? "it exists, but no backend takes it by its name; put the scheme in front"
                                 : "no such file or folder, and no backend knows it";
  throw Error(AIR_ERROR_INVALID_DESCRIPTOR,
              fmt::format("invalid/unsupported \"{}\" descriptor: {}", descriptor.bare, reason), 0, explain());
}

Registry::Match Registry::match(const Descriptor &descriptor) const {
  if (!descriptor.scheme.empty() && !serving(descriptor.scheme).empty()) {
    return match_scheme(descriptor.scheme, descriptor.rest);
  }
  // "serial" alone is the scheme with nothing behind it.
  if (descriptor.scheme.empty() && !serving(descriptor.bare).empty()) return match_scheme(descriptor.bare, "");
  return match_claim(descriptor);
}

std::vector<std::string> Registry::explain() const {
  std::vector<std::string> causes;
  for (size_t place = 0; place < places_.size(); ++place) {
    std::error_code error;
    const bool exists = std::filesystem::exists(places_[place].path, error);
    causes.push_back(fmt::format("searched {} ({}){}", places_[place].path.string(), places_[place].origin,
                                 exists ? "" : ": does not exist"));
    for (const PluginFinding &finding : findings_) {
      if (finding.place != place) continue;
      causes.push_back(finding.plugin == nullptr ? fmt::format("plugin {}: {}", finding.path.string(), finding.error)
                                                 : fmt::format("plugin {} serves {}", finding.path.string(),
                                                               fmt::join(finding.plugin->schemes(), ", ")));
    }
  }
  return causes;
}

}  // namespace air
