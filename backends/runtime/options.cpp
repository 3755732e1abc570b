// SPDX-License-Identifier: BSD-3-Clause
// Options that both backends for runtimes have, and the tools to read options.
#include "runtime/options.h"

#include <algorithm>

#include "common/descriptor_text.h"
#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/absolute_path.h"

namespace air::runtime {
namespace {

// A relative path is meant from the current folder of now, also when connecting again.
std::string absolute_text(const std::string &path) {
  return text_of(absolute_path(path_of(path)));
}

// Refused before any work is done for it.
std::string file_to_save(const std::string &path, const CommonOptions &options) {
  if (path.empty()) fail(AIR_ERROR_INVALID_DESCRIPTOR, "option save is empty: expected save=<file>");
  if (options.only.empty() && options.weights == Rounding::kNone) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "option save: nothing changes the model, so that its file is it: give option only or weights too, or leave it "
         "out");
  }
  std::string place = absolute_text(path);
  std::error_code error;
  if (std::filesystem::exists(path_of(place), error))
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option save: '{}' is there already: name a file that is not", place);
  return place;
}

bool is_default(const air_option &given, std::span<const air_backend_option> options) {
  return std::ranges::any_of(options, [&](const air_backend_option &option) {
    return option.default_value != nullptr && std::string_view(option.key) == given.key &&
           std::string_view(option.default_value) == given.value;
  });
}

}  // namespace

CommonOptions read_options(const backend::Request &request) {
  CommonOptions options;
  if (const auto runtime = request.find(kRuntimeOption.key)) {
    if (runtime->empty())
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option runtime is empty: expected runtime=<library or folder>");
    options.runtime = absolute_text(*runtime);
  }
  if (const auto shapes = request.find(kShapeOption.key)) options.shapes = read_shapes(*shapes);
  options.threads = static_cast<uint32_t>(request.number(kThreadsOption.key));
  options.weights = static_cast<Rounding>(read_choice(request, kWeightsOption.key, kRoundings));
  options.only = request.text(kOnlyOption.key);
  if (request.find(kOnlyOption.key) && options.only.empty())
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option only is empty: expected only=<node>[,<node>...]");
  if (const auto save = request.find(kSaveOption.key)) options.save = file_to_save(*save, options);
  if (!request.weights().empty()) {
    fail(AIR_ERROR_UNSUPPORTED, "{}: models hold their weights: none can be given", request.scheme());
  }
  return options;
}

size_t read_choice(const backend::Request &request, std::string_view key, const char *const *choices) {
  const std::string value = request.text(key);
  size_t place = 0;
  while (choices[place] != nullptr && choices[place] != value) ++place;
  return place;
}

void check_name(const backend::Request &request, const std::string &name, const std::string &path) {
  std::string wanted = request.model_name().value_or("");
  if (wanted.empty()) wanted = request.text(kNameOption.key);
  if (!wanted.empty() && wanted != name)
    fail(AIR_ERROR_NOT_FOUND, "no model '{}' in '{}'; there is '{}'", wanted, path, name);
}

std::string canonical_descriptor(const backend::Request &request, std::span<const air_backend_option> options,
                                 const std::string &path) {
  DescriptorOptions telling;
  for (const air_option &option : std::span(request.c().options, request.c().n_options)) {
    const std::string_view key = option.key;
    // Nor what the connection does beside: another one would find the file written.
    if (key == kNameOption.key || key == kSaveOption.key || is_default(option, options)) continue;
    telling.emplace_back(key, key == kRuntimeOption.key ? absolute_text(option.value) : option.value);
  }
  return air::canonical_descriptor(request.scheme(), path, telling);
}

}  // namespace air::runtime
