// SPDX-License-Identifier: BSD-3-Clause
// One connection: a library, loaded, with all its models.
#include "stlib/connection.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "common/descriptor_text.h"
#include "common/error.h"
#include "common/path_text.h"
#include "platform/libraries/library_names.h"
#include "stlib/legacy/legacy.h"
#include "stlib/library/exports.h"
#include "stlib/stai/stai.h"

namespace air::stlib {
namespace fs = std::filesystem;
namespace {

constexpr const char *kDefaultName = "network";

Weights collect_weights(const backend::Request &request, const Options &options) {
  return options.weights_files.empty() ? copy_weights(request.weights()) : read_weights_files(options.weights_files);
}

// "kws" of "libai_kws.so".
std::string name_of_file(const fs::path &file) {
  constexpr std::string_view kPrefix = "libai_";
  std::string name = text_of(file.stem());
  for (size_t at = name.find(kPrefix); at != std::string::npos; at = name.find(kPrefix)) name.erase(at, kPrefix.size());
  return name;
}

// "no function stai_network_*", or the names when some are there.
std::string missing_text(const std::vector<std::string> &missing, size_t n_required, std::string_view prefix,
                         const std::string &c_name) {
  if (missing.size() == n_required) return fmt::format("no function {}_{}_*", prefix, c_name);
  return fmt::format("{} missing", fmt::join(missing, ", "));
}

}  // namespace

Connection::Connection(const backend::Request &request)
    : log_(request.log()), options_(read_options(request)), weights_(collect_weights(request, options_)) {
  try {
    open(request.rest());
  } catch (...) {
    for (const auto &model : models_) model->close();
    throw;
  }
}

// Callbacks end first, then the libraries go, and the memory they used last.
Connection::~Connection() {
  for (const auto &model : models_) model->close();
  observer_.reset();
  image_.reset();
}

void Connection::reset_states(uint32_t model) {
  const backend::Model &description = descriptions_[model];
  if ((description.capabilities & AIR_CAP_RESET_STATES) == 0) {
    fail(AIR_ERROR_UNSUPPORTED, "model '{}' has no states", description.name);
  }
  models_[model]->reset_states();
}

void Connection::prepare(uint32_t model, const backend::Preparation &preparation) {
  preparation.check();
  models_[model]->prepare(preparation.nodes());
}

void Connection::open(const std::string &path) {
  const ResolvedLibrary library = resolve_library(path);
  log_.write(AIR_LOG_INFO, "library '{}'", text_of(library.file));
  for (const fs::path &other : library.others) log_.write(AIR_LOG_INFO, "not taken: '{}'", text_of(other));
  image_ = std::make_unique<Image>(library.file, options_.copy);
  const std::vector<Candidate> all = find_candidates();
  std::vector<Candidate> usable;
  std::copy_if(all.begin(), all.end(), std::back_inserter(usable),
               [this](const Candidate &candidate) { return is_usable(candidate); });
  if (usable.empty()) fail_no_model(all);
  for (const Candidate &candidate : all) {
    const bool complete = candidate.has_legacy() || candidate.has_stai();
    if (candidate.exported && !complete)
      leave_out(candidate.c_name, fmt::format("{}", fmt::join(why_incomplete(candidate), "; ")));
  }
  open_models(usable);
  make_names_unique();
  descriptor_ = canonical_descriptor("file", text_of(library.file), options_.telling());
  for (const auto &model : models_) descriptions_.push_back(model->describe());
}

std::vector<Connection::Candidate> Connection::find_candidates() const {
  std::vector<std::string> names = {options_.c_name, kDefaultName, name_of_file(image_->file())};
  const std::vector<std::string> exported = find_c_names(image_->exports());
  names.insert(names.end(), exported.begin(), exported.end());
  std::set<std::string> seen = {""};
  std::vector<Candidate> candidates;
  for (const std::string &name : names) {
    if (!seen.insert(name).second) continue;
    const bool is_exported = std::find(exported.begin(), exported.end(), name) != exported.end();
    candidates.push_back({name, is_exported, LegacyModel::missing_functions(*image_, name),
                          StaiModel::missing_functions(*image_, name)});
  }
  return candidates;
}

bool Connection::is_usable(const Candidate &candidate) const noexcept {
  if (options_.flavour == Flavour::kLegacy) return candidate.has_legacy();
  if (options_.flavour == Flavour::kStAi) return candidate.has_stai();
  return candidate.has_legacy() || candidate.has_stai();
}

std::vector<std::string> Connection::why_incomplete(const Candidate &candidate) const {
  std::vector<std::string> causes;
  if (options_.flavour != Flavour::kLegacy) {
    causes.push_back(
        fmt::format("tried st-ai model '{}': {}", candidate.c_name,
                    missing_text(candidate.missing_stai, StaiModel::kRequiredCount, "stai", candidate.c_name)));
  }
  if (options_.flavour != Flavour::kStAi) {
    causes.push_back(
        fmt::format("tried legacy model '{}': {}", candidate.c_name,
                    missing_text(candidate.missing_legacy, LegacyModel::kRequiredCount, "ai", candidate.c_name)));
  }
  return causes;
}

void Connection::fail_no_model(const std::vector<Candidate> &candidates) const {
  std::vector<std::string> causes;
  for (const Candidate &candidate : candidates) {
    for (std::string &cause : why_incomplete(candidate)) causes.push_back(std::move(cause));
  }
  const char *wanted = !options_.flavour                       ? "complete st-ai or legacy"
                       : *options_.flavour == Flavour::kLegacy ? "complete legacy"
                                                               : "complete st-ai";
  throw Error(AIR_ERROR_INVALID_MODEL,
              fmt::format("'{}' holds no model with a {} API: expected a library made by `stedgeai generate --dll`",
                          text_of(image_->file()), wanted),
              0, std::move(causes));
}

// A library that cannot be observed is still of use.
void Connection::load_observer() {
  const fs::path file = image_->file().parent_path() / fmt::format("libai_observer{}", kLibraryEnding);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  try {
    observer_ = std::make_unique<Image>(file, options_.copy);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    log_.warn("no times of nodes: {}", error.what());
  }
}

void Connection::open_models(const std::vector<Candidate> &candidates) {
  if (std::any_of(candidates.begin(), candidates.end(),
                  [](const Candidate &candidate) { return candidate.has_legacy(); }))
    load_observer();
  const auto wanted = std::find_if(candidates.begin(), candidates.end(),
                                   [this](const Candidate &candidate) { return candidate.c_name == options_.c_name; });
  if (wanted != candidates.end()) return open_model(*wanted);
  if (!weights_.empty() && candidates.size() > 1) {
    std::vector<std::string> names;
    for (const Candidate &candidate : candidates) names.push_back(candidate.c_name);
    fail(AIR_ERROR_AMBIGUOUS,
         "weights are given, but the library holds several models ({}): choose one with name=", fmt::join(names, ", "));
  }
  open_usable(candidates);
  if (!options_.c_name.empty()) keep_wanted_model();
}

void Connection::leave_out(const std::string &c_name, const std::string &why) {
  left_out_.push_back(fmt::format("model '{}' cannot be used: {}", c_name, why));
  log_.write(AIR_LOG_ERROR, "{}", left_out_.back());
}

// One of several models that cannot be used, as for lack of weights, does not take the others with it.
void Connection::open_usable(const std::vector<Candidate> &candidates) {
  for (const Candidate &candidate : candidates) {
    const size_t n_before = models_.size();
    try {
      open_model(candidate);
    } catch (const Error &error) {
      const bool was_last_hope = n_before == 0 && &candidate == &candidates.back();
      if (error.status() == AIR_ERROR_NO_MEMORY || (was_last_hope && left_out_.empty())) throw;
      if (was_last_hope) throw Error(error.status(), error.what(), error.vendor_code(), left_out_);
      leave_out(candidate.c_name, error.what());
      while (models_.size() > n_before) {
        models_.back()->close();
        models_.pop_back();
      }
    }
  }
}

// The st-ai API tells more. Where a library has both, the other one is what is left when it fails.
void Connection::open_model(const Candidate &candidate) {
  const bool only_legacy = options_.flavour == Flavour::kLegacy || !candidate.has_stai();
  if (only_legacy) return open_as<LegacyModel>(candidate.c_name);
  if (options_.flavour || !candidate.has_legacy()) return open_as<StaiModel>(candidate.c_name);
  try {
    open_as<StaiModel>(candidate.c_name);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    log_.warn("the legacy API is used: {}", error.what());
    models_.back()->close();
    models_.pop_back();
    try {
      open_as<LegacyModel>(candidate.c_name);
    } catch (const Error &legacy) {
      throw Error(error.status(), error.what(), error.vendor_code(),
                  {fmt::format("tried legacy model '{}': {}", candidate.c_name, legacy.what())});
    }
  }
}

template <class Flavoured>
void Connection::open_as(const std::string &c_name) {
  models_.push_back(std::make_unique<Flavoured>(context(), c_name));
  models_.back()->open();
}

// The name may also be the one that the model gives itself.
void Connection::keep_wanted_model() {
  std::vector<std::string> names;
  for (const auto &model : models_) names.push_back(model->c_name());
  const auto wanted = std::find_if(models_.begin(), models_.end(),
                                   [this](const auto &model) { return model->name() == options_.c_name; });
  if (wanted == models_.end()) {
    throw Error(AIR_ERROR_NOT_FOUND,
                fmt::format("'{}' holds no model '{}'; there is {}", text_of(image_->file()), options_.c_name,
                            fmt::join(names, ", ")),
                0, left_out_);
  }
  for (const auto &model : models_) {
    if (model != *wanted) model->close();
  }
  std::swap(models_.front(), *wanted);
  models_.resize(1);
}

void Connection::make_names_unique() {
  std::set<std::string> names;
  const bool unique = std::all_of(models_.begin(), models_.end(),
                                  [&](const auto &model) { return names.insert(model->name()).second; });
  if (unique) return;
  for (const auto &model : models_) model->rename(model->c_name());
}

ModelContext Connection::context() const noexcept {
  return {log_, *image_, observer_.get(), weights_, options_.batch};
}

}  // namespace air::stlib
