// SPDX-License-Identifier: BSD-3-Clause
// Finds the plugins there are, by their manifests, and loads the one that serves a descriptor. A broken plugin is kept as a finding, never an
// obstacle.
#include "core/plugins/registry.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/nearest.h"
#include "common/path_text.h"
#include "core/error.h"
#include "core/log.h"

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

// Whether a text may be meant for it. One that looks as if it had a scheme, such as "COM3:9600", only where a pattern has its ':' too.
bool fits_a_pattern(const PluginFinding &finding, const std::string &text, bool is_scheme) {
  return std::ranges::any_of(finding.manifest->patterns, [&](const std::string &pattern) {
    return (!is_scheme || pattern.find(':') != std::string::npos) && matches_pattern(text, pattern);
  });
}

PluginFinding finding_of(PluginFile file, size_t place) {
  PluginFinding finding{.path = std::move(file.path), .place = place};
  finding.usable = file.flaw.empty();
  if (!finding.usable) finding.error = "its manifest: " + file.flaw;
  finding.manifest_text = std::move(file.manifest);
  finding.has_manifest = file.has_manifest;
  return finding;
}

// Throws AIR_ERROR_INCOMPATIBLE.
void read_manifest_of(PluginFinding &finding) try {
  if (finding.manifest || !finding.usable || !finding.has_manifest) return;
  finding.manifest = parse_manifest(finding.manifest_text);
} catch (const Error &error) {
  fail(AIR_ERROR_INCOMPATIBLE, "its manifest: {}", error.what());
}

// Throws AIR_ERROR_INCOMPATIBLE, AIR_ERROR_PERMISSION.
void load_module(PluginFinding &finding) {
  check_not_planted(finding.path);
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
  PluginFinding finding = finding_of(plugin_file(path), 0);
  const auto attempt = [&finding](void (*step)(PluginFinding &)) {
    try {
      step(finding);
    } catch (const Error &error) {
      if (error.status() == AIR_ERROR_NO_MEMORY) throw;
      finding.usable = false;
      if (finding.error.empty()) finding.error = error.what();
    }
  };
  attempt(read_manifest_of);
  attempt(load_module);
  if (finding.plugin == nullptr) finding.manifest.reset();
  return finding;
}

Registry::Registry(std::span<const char *const> explicit_paths, const Log &log)
    : log_(log), places_(search_places(explicit_paths)) {
  std::set<std::pair<uint64_t, uint64_t>> seen;
  for (size_t place = 0; place < places_.size(); ++place) {
    if (const SearchPlace &refused = places_[place]; !refused.flaw.empty()) {
      findings_.push_back({.path = text_of(refused.path), .place = place, .usable = false, .error = refused.flaw});
      log.write(AIR_LOG_WARNING, "{} '{}': {}", refused.origin, text_of(refused.path), refused.flaw);
      continue;
    }
    for (PluginFile &file : plugin_files(places_[place].path)) {
      if (!seen.insert(file.id).second) continue;
      const PluginFinding &finding = findings_.emplace_back(finding_of(std::move(file), place));
      if (!finding.usable) log.write(AIR_LOG_WARNING, "plugin {}: {}", finding.path, finding.error);
    }
  }
}

void Registry::read_manifest(PluginFinding &finding) {
  attempt(finding, read_manifest_of);
}

// What can be known without loading it.
void Registry::look_at(PluginFinding &finding) {
  attempt(finding, [](PluginFinding &each) { check_not_planted(each.path); });
  read_manifest(finding);
}

// As its manifest tells. Most need not be read for this.
bool Registry::promises(PluginFinding &finding, const std::string &scheme) {
  if (!finding.manifest && finding.manifest_text.find(scheme) == std::string::npos) return false;
  read_manifest(finding);
  return serves(finding, scheme);
}

void Registry::attempt(PluginFinding &finding, void (*step)(PluginFinding &)) {
  if (!finding.usable) return;
  try {
    step(finding);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    give_up(finding, error.what());
  }
}

void Registry::give_up(PluginFinding &finding, const std::string &why) {
  finding.usable = false;
  finding.plugin.reset();
  finding.error = why;
  log_.write(AIR_LOG_WARNING, "plugin {}: {}", finding.path, why);
}

bool Registry::load(PluginFinding &finding) {
  if (finding.plugin != nullptr) return true;
  read_manifest(finding);
  attempt(finding, load_module);
  if (finding.usable) {
    log_.write(AIR_LOG_DEBUG, "plugin {}: {} for {}", finding.path, finding.plugin->name(),
               fmt::join(finding.plugin->schemes(), ", "));
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
std::vector<PluginFinding> Registry::list() {
  for (PluginFinding &finding : findings_) look_at(finding);
  std::vector<PluginFinding> list = findings_;
  for (PluginFinding &finding : list) {
    if (!finding.manifest) continue;
    for (const std::string &scheme : finding.manifest->schemes) {
      const auto first = std::ranges::find_if(list, [&](const PluginFinding &other) { return serves(other, scheme); });
      if (&*first == &finding) continue;
      finding.error += fmt::format("{}scheme {} is {} {}", finding.error.empty() ? "" : "; ", scheme,
                                   first->place == finding.place ? "also declared by" : "taken by", first->path);
    }
  }
  return list;
}

void Registry::warn_of_others(const PluginFinding &chosen, const std::string &scheme) {
  for (PluginFinding &finding : findings_) {
    if (&finding == &chosen || !promises(finding, scheme)) continue;
    log_.write(AIR_LOG_WARNING, "plugin {}: scheme {} is declared by {} too", finding.path, scheme, chosen.path);
  }
}

// One without a manifest has to be loaded to learn what it serves; behind the place that serves the scheme nothing is.
std::optional<Registry::Match> Registry::match_scheme(const std::string &scheme, const std::string &rest) {
  const PluginFinding *broken = nullptr;
  for (size_t place = 0; place < places_.size(); ++place) {
    std::vector<const PluginFinding *> found;
    for (PluginFinding &finding : findings_) {
      const bool promised = finding.place == place && promises(finding, scheme);
      if (finding.place != place || (finding.has_manifest && !promised)) continue;
      if (load(finding) && serves(finding, scheme)) found.push_back(&finding);
      if (promised && !finding.usable && broken == nullptr) broken = &finding;
    }
    if (found.size() > 1) {
      throw Error(
          AIR_ERROR_AMBIGUOUS,
          fmt::format("two plugins in one folder serve scheme {}: {} and {}; remove one, or name one in plugin_paths",
                      scheme, found[0]->path, found[1]->path));
    }
    if (!found.empty()) {
      warn_of_others(*found[0], scheme);
      return Match{found[0]->plugin, scheme, rest};
    }
  }
  if (broken == nullptr) return std::nullopt;
  throw Error(AIR_ERROR_INCOMPATIBLE,
              fmt::format("no usable plugin serves scheme {}: {}: {}", scheme, broken->path, broken->error), 0,
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

std::optional<Registry::Match> Registry::match_claim(const std::string &text, bool is_scheme) {
  const PluginFinding *best = nullptr;
  const PluginFinding *broken = nullptr;
  uint32_t best_score = 0;
  for (PluginFinding &finding : findings_) {
    read_manifest(finding);
    if (finding.manifest && !fits_a_pattern(finding, text, is_scheme)) continue;
    const bool promised = finding.manifest.has_value();
    const bool asked = load(finding) && fits_a_pattern(finding, text, is_scheme);
    const uint32_t score = asked ? claimed(finding, text) : 0;
    if ((promised || asked) && !finding.usable && broken == nullptr) broken = &finding;
    if (score > best_score) {
      best = &finding;
      best_score = score;
    }
  }
  if (best != nullptr) return match_scheme(best->plugin->schemes().front(), text);
  if (broken == nullptr) return std::nullopt;
  throw Error(AIR_ERROR_INCOMPATIBLE,
              fmt::format("no usable plugin takes \"{}\": {}: {}", text, broken->path, broken->error), 0, explain());
}

Registry::Match Registry::match(const Descriptor &descriptor) {
  // "serial" alone is the scheme with nothing behind it.
  const std::string &scheme = descriptor.scheme.empty() ? descriptor.bare : descriptor.scheme;
  if (auto found = match_scheme(scheme, descriptor.scheme.empty() ? "" : descriptor.rest)) return *found;
  const bool is_scheme = !descriptor.scheme.empty() && !is_there(descriptor.bare);
  if (auto found = match_claim(descriptor.bare, is_scheme)) return *found;
  throw Error(AIR_ERROR_INVALID_DESCRIPTOR,
              fmt::format("descriptor \"{}\": {}", descriptor.bare, why_unserved(descriptor, is_scheme)), 0, explain());
}

namespace {

// What a file is that people take for a deployed model, and what to do with it; "" for others.
std::string known_kind(const std::string &path) {
  std::string ending = text_of(path_of(path).extension());
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool is_torch = ending == ".pt" || ending == ".pth";
  if (is_torch || ending == ".h5" || ending == ".keras") {
    return fmt::format(
        "a model of {}, which no backend runs: export it to .onnx or .tflite, or keep what it computes as "
        "arrays in an .npz, with which `airunner compare` compares",
        is_torch ? "PyTorch" : "Keras");
  }
  if (ending == ".npy" || ending == ".npz") return "arrays, not a model: inputs are given apart from it";
  return "";
}

// Where a scheme that people read of is served; "" for others.
std::string known_scheme(std::string_view scheme) {
  if (scheme == "tflm") {
    return " (which the wheels have, and builds from the sources after `scripts/demo --with tflm`, docs/tflm.md)";
  }
  return scheme == "labgrid" ? " (places of labgrid are known to `airunner validate` alone, docs/farm.md)" : "";
}

}  // namespace

std::string Registry::why_unserved(const Descriptor &descriptor, bool is_scheme) {
  if (findings_.empty())
    return "no plugin was found: install one into a place that is searched, or set AIRUNNER_PLUGIN_PATH";
  if (!is_scheme) {
    if (std::string kind = known_kind(descriptor.bare); !kind.empty()) return kind;
    return is_there(descriptor.bare) ? "it exists, but no backend takes it by its name; put the scheme in front"
                                     : "no such file or folder, and no backend knows it";
  }
  std::set<std::string> known;
  for (const PluginFinding &finding : findings_) {
    if (finding.manifest) known.insert(finding.manifest->schemes.begin(), finding.manifest->schemes.end());
  }
  const std::vector<std::string> schemes(known.begin(), known.end());
  const std::string where = known_scheme(descriptor.scheme);
  return fmt::format("no backend serves scheme \"{}\"{}; there are {}", descriptor.scheme,
                     where.empty() ? did_you_mean(descriptor.scheme, schemes) : where,
                     schemes.empty() ? "none" : fmt::format("{}", fmt::join(schemes, ", ")));
}

std::vector<std::string> Registry::explain() {
  for (PluginFinding &finding : findings_) look_at(finding);
  std::vector<std::string> causes;
  for (size_t place = 0; place < places_.size(); ++place) {
    causes.push_back(fmt::format("searched {} ({}){}", text_of(places_[place].path), places_[place].origin,
                                 is_there(places_[place].path) ? "" : ": does not exist"));
    for (const PluginFinding &finding : findings_) {
      if (finding.place != place) continue;
      const bool serves_some = finding.usable && finding.manifest;
      causes.push_back(
          serves_some ? fmt::format("plugin {} serves {}", finding.path, fmt::join(finding.manifest->schemes, ", "))
                      : fmt::format("plugin {}: {}", finding.path, finding.error));
    }
  }
  return causes;
}

}  // namespace air
