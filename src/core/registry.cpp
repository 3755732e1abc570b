// SPDX-License-Identifier: BSD-3-Clause
// Finds the plugins there are, by their manifests, and loads the one that serves a descriptor. A broken plugin is kept as a finding, never an
// obstacle.
#include "registry.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/memory.h"
#include "error.h"
#include "log.h"
#include "nearest.h"

namespace air {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kCertain = 100;  // of claims

bool is_there(const fs::path &path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool serves(const PluginFinding &finding, const std::string &scheme) {
  return finding.manifest && std::ranges::find(finding.manifest->schemes, scheme) != finding.manifest->schemes.end();
}

// A text that may be meant for it.
bool fits_a_pattern(const PluginFinding &finding, const std::string &text) {
  return std::ranges::any_of(finding.manifest->patterns,
                             [&](const std::string &pattern) { return matches_pattern(text, pattern); });
}

PluginFinding find(const fs::path &path, size_t place) {
  PluginFinding finding{.path = path, .place = place};
  try {
    check_not_planted(path);
    const fs::path manifest = manifest_path(path);
    finding.has_manifest = manifest != path && is_there(manifest);
    if (!finding.has_manifest) return finding;
    check_not_planted(manifest);
    finding.manifest = read_manifest(manifest);
  } catch (const Error &error) {
    finding.usable = false;
    finding.error = fmt::format("{}{}", finding.has_manifest ? "its manifest: " : "", error.what());
  }
  return finding;
}

// Throws AIR_ERROR_INCOMPATIBLE.
void load_module(PluginFinding &finding) {
  finding.plugin = std::make_shared<const Plugin>(finding.path);
  const Manifest &real = finding.plugin->manifest();
  const std::string other = finding.manifest ? difference(*finding.manifest, real) : "";
  finding.manifest = real;
  if (!other.empty()) {
    fail(AIR_ERROR_INCOMPATIBLE, "its manifest says {}: write it anew with `airunner manifest`", other);
  }
}

}  // namespace

PluginFinding load_plugin(const fs::path &path) {
  PluginFinding finding = find(path, 0);
  if (!finding.usable && !finding.has_manifest) return finding;
  try {
    load_module(finding);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    finding.usable = false;
    if (finding.plugin == nullptr) finding.manifest.reset();
    if (finding.error.empty()) finding.error = error.what();
  }
  return finding;
}

Registry::Registry(std::span<const char *const> explicit_paths, const Log &log)
    : log_(log), places_(search_places(explicit_paths)) {
  std::set<fs::path> seen;
  for (size_t place = 0; place < places_.size(); ++place) {
    if (const SearchPlace &refused = places_[place]; !refused.flaw.empty()) {
      findings_.push_back({.path = refused.path, .place = place, .usable = false, .error = refused.flaw});
      log.write(AIR_LOG_WARNING, "{} '{}': {}", refused.origin, refused.path.string(), refused.flaw);
      continue;
    }
    for (const fs::path &path : plugin_files(places_[place])) {
      std::error_code error;
      const fs::path real = fs::canonical(path, error);
      throw_if_no_memory(error);
      if (!seen.insert(error ? path : real).second) continue;
      const PluginFinding &finding = findings_.emplace_back(find(path, place));
      if (!finding.usable) log.write(AIR_LOG_WARNING, "plugin {}: {}", path.string(), finding.error);
    }
  }
  note_shared_schemes();
}

void Registry::give_up(PluginFinding &finding, const std::string &why) {
  finding.usable = false;
  finding.plugin.reset();
  finding.error = why;
  log_.write(AIR_LOG_WARNING, "plugin {}: {}", finding.path.string(), why);
}

bool Registry::load(PluginFinding &finding) {
  if (!finding.usable || finding.plugin != nullptr) return finding.usable;
  try {
    load_module(finding);
    log_.write(AIR_LOG_DEBUG, "plugin {}: {} for {}", finding.path.string(), finding.plugin->name(),
               fmt::join(finding.plugin->schemes(), ", "));
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    give_up(finding, error.what());
  }
  return finding.usable;
}

std::vector<const PluginFinding *> Registry::load_all() {
  std::vector<const PluginFinding *> usable;
  for (PluginFinding &finding : findings_) {
    if (load(finding)) usable.push_back(&finding);
  }
  return usable;
}

// An earlier place wins over a later one; within one place nobody can say which is meant.
void Registry::note_shared_schemes() {
  for (PluginFinding &finding : findings_) {
    if (!finding.manifest) continue;
    for (const std::string &scheme : finding.manifest->schemes) {
      const auto first =
          std::ranges::find_if(findings_, [&](const PluginFinding &other) { return serves(other, scheme); });
      if (&*first == &finding) continue;
      finding.error +=
          fmt::format("{}scheme {} is {} {}", finding.error.empty() ? "" : "; ", scheme,
                      first->place == finding.place ? "also declared by" : "taken by", first->path.string());
      log_.write(AIR_LOG_WARNING, "plugin {}: scheme {} is declared by {} too", finding.path.string(), scheme,
                 first->path.string());
    }
  }
}

// One without a manifest has to be loaded to learn what it serves; behind the place that serves the scheme nothing is.
std::optional<Registry::Match> Registry::match_scheme(const std::string &scheme, const std::string &rest) {
  const PluginFinding *broken = nullptr;
  for (size_t place = 0; place < places_.size(); ++place) {
    std::vector<const PluginFinding *> found;
    for (PluginFinding &finding : findings_) {
      const bool promised = serves(finding, scheme);
      if (finding.place != place || (finding.manifest && !promised)) continue;
      if (load(finding) && serves(finding, scheme)) found.push_back(&finding);
      if (promised && !finding.usable) broken = &finding;
    }
    if (found.size() > 1) {
      throw Error(
          AIR_ERROR_AMBIGUOUS,
          fmt::format("two plugins in one folder serve scheme {}: {} and {}; remove one, or name one in plugin_paths",
                      scheme, found[0]->path.string(), found[1]->path.string()));
    }
    if (!found.empty()) return Match{found[0]->plugin, scheme, rest};
  }
  if (broken == nullptr) return std::nullopt;
  throw Error(AIR_ERROR_INCOMPATIBLE,
              fmt::format("no usable plugin serves scheme {}: {}: {}", scheme, broken->path.string(), broken->error), 0,
              explain());
}

// 0 also where what it says cannot be used.
uint32_t Registry::claimed(PluginFinding &finding, const std::string &text) {
  uint32_t score = 0;
  const air_status status =
      finding.plugin->enter("claims", [&] { score = finding.plugin->backend().claims(text.c_str()); });
  if (status == AIR_OK && score <= kCertain) return score;
  try {
    if (status != AIR_OK) throw_backend_error(status, finding.plugin->name(), "claims");
    fail(AIR_ERROR_INTERNAL, "backend {}: claims gave {} for \"{}\", at most {} is expected", finding.plugin->name(),
         score, text, kCertain);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    give_up(finding, error.what());
  }
  return 0;
}

Registry::Match Registry::match_claim(const Descriptor &descriptor) {
  const PluginFinding *best = nullptr;
  const PluginFinding *broken = nullptr;
  uint32_t best_score = 0;
  for (PluginFinding &finding : findings_) {
    if (finding.manifest && !fits_a_pattern(finding, descriptor.bare)) continue;
    const bool promised = finding.manifest.has_value();
    const bool asked = load(finding) && fits_a_pattern(finding, descriptor.bare);
    const uint32_t score = asked ? claimed(finding, descriptor.bare) : 0;
    if ((promised || asked) && !finding.usable) broken = &finding;
    if (score > best_score) {
      best = &finding;
      best_score = score;
    }
  }
  if (best != nullptr) return *match_scheme(best->plugin->schemes().front(), descriptor.bare);
  if (broken != nullptr) {
    throw Error(
        AIR_ERROR_INCOMPATIBLE,
        fmt::format("no usable plugin takes \"{}\": {}: {}", descriptor.bare, broken->path.string(), broken->error), 0,
        explain());
  }
  fail_unserved(descriptor.bare, is_there(descriptor.bare)
                                     ? "it exists, but no backend takes it by its name; put the scheme in front"
                                     : "no such file or folder, and no backend knows it");
}

Registry::Match Registry::match(const Descriptor &descriptor) {
  // "serial" alone is the scheme with nothing behind it.
  const std::string &scheme = descriptor.scheme.empty() ? descriptor.bare : descriptor.scheme;
  if (auto found = match_scheme(scheme, descriptor.scheme.empty() ? "" : descriptor.rest)) return *found;
  if (descriptor.scheme.empty() || is_there(descriptor.bare)) return match_claim(descriptor);
  std::set<std::string> known;
  for (const PluginFinding &finding : findings_) {
    if (finding.usable && finding.manifest)
      known.insert(finding.manifest->schemes.begin(), finding.manifest->schemes.end());
  }
  const std::vector<std::string> schemes(known.begin(), known.end());
  fail_unserved(descriptor.bare, fmt::format("no backend serves scheme \"{}\"{}; there are {}", scheme,
                                             did_you_mean(scheme, schemes), fmt::join(schemes, ", ")));
}

void Registry::fail_unserved(const std::string &text, const std::string &why) const {
  throw Error(AIR_ERROR_INVALID_DESCRIPTOR, fmt::format("invalid/unsupported \"{}\" descriptor: {}", text, why), 0,
              explain());
}

std::vector<std::string> Registry::explain() const {
  std::vector<std::string> causes;
  for (size_t place = 0; place < places_.size(); ++place) {
    causes.push_back(fmt::format("searched {} ({}){}", places_[place].path.string(), places_[place].origin,
                                 is_there(places_[place].path) ? "" : ": does not exist"));
    for (const PluginFinding &finding : findings_) {
      if (finding.place != place) continue;
      const bool serves_some = finding.usable && finding.manifest;
      causes.push_back(serves_some ? fmt::format("plugin {} serves {}", finding.path.string(),
                                                 fmt::join(finding.manifest->schemes, ", "))
                                   : fmt::format("plugin {}: {}", finding.path.string(), finding.error));
    }
  }
  return causes;
}

}  // namespace air
