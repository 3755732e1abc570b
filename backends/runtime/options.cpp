// SPDX-License-Identifier: BSD-3-Clause
// Options that both backends for runtimes have, and the tools to read and write options.
#include "options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>
#include <system_error>

#include "common/descriptor_text.h"
#include "common/error.h"

namespace air::runtime {
namespace {

constexpr uint32_t kMaxThreads = 1024;

uint32_t read_threads(std::string_view value) {
  uint32_t threads = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), threads);
  if (error != std::errc() || end != value.data() + value.size() || threads == 0 || threads > kMaxThreads) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option threads={}: expected a number from 1 to {}", value, kMaxThreads);
  }
  return threads;
}

// A relative path is meant from the current folder of now, also when connecting again.
std::string absolute_runtime(std::string_view value) {
  if (value.empty())
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option runtime is empty: expected runtime=<library or folder>");
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(value, error);
  return error ? std::string(value) : path.lexically_normal().string();
}

}  // namespace

CommonOptions read_options(const air_connect_request &request, std::string_view known,
                           const std::function<bool(std::string_view, std::string_view)> &own) {
  CommonOptions options;
  for (const air_option &option : std::span(request.options, request.n_options)) {
    const std::string_view key = option.key == nullptr ? "" : option.key;
    std::string value = option.value == nullptr ? "" : option.value;
    if (key == "runtime") {
      options.runtime = value = absolute_runtime(value);
    } else if (key == "name") {
      options.name = value;
    } else if (key == "shape") {
      options.shapes = read_shapes(value);
    } else if (key == "threads") {
      options.threads = read_threads(value);
    } else if (!own(key, value)) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR,
           "option '{}' is not known to {}: models: expected one of runtime, name, shape, threads, {}", key,
           request.scheme, known);
    }
    if (key != "name") options.given.emplace_back(key, value);
  }
  if (request.model_name != nullptr && *request.model_name != '\0') options.name = request.model_name;
  if (request.n_weights > 0) {
    fail(AIR_ERROR_UNSUPPORTED, "{}: models hold their weights: none can be given", request.scheme);
  }
  return options;
}

uint32_t read_choice(std::string_view key, std::string_view value, const std::vector<std::string_view> &choices) {
  const auto found = std::find(choices.begin(), choices.end(), value);
  if (found == choices.end()) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option {}={}: expected one of {}", key, value, fmt::join(choices, ", "));
  }
  return static_cast<uint32_t>(found - choices.begin());
}

std::string canonical_descriptor(std::string_view scheme, const std::string &path, const KeyValues &options) {
  std::string text = fmt::format("{}:{}", scheme, encode_descriptor_text(path));
  for (size_t i = 0; i < options.size(); ++i) {
    text += fmt::format("{}{}={}", i == 0 ? '?' : '&', options[i].first, encode_descriptor_text(options[i].second));
  }
  return text;
}

}  // namespace air::runtime
