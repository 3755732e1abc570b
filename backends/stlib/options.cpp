// SPDX-License-Identifier: BSD-3-Clause
// The options of a host library connection.
#include "options.h"

#include <fmt/ranges.h>

#include <charconv>
#include <filesystem>
#include <string_view>

#include "common/descriptor_text.h"
#include "common/environment.h"
#include "common/error.h"

namespace air::stlib {
namespace {

constexpr uint32_t kMaxBatch = 65536;
constexpr std::string_view kKnownKeys = "weights, name, api, copy, batch";

std::vector<std::string> split_files(std::string_view list) {
  std::vector<std::string> files;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) files.push_back(std::filesystem::absolute(list.substr(begin, end - begin)).string());
    begin = end + 1;
  }
  if (files.empty()) fail(AIR_ERROR_INVALID_DESCRIPTOR, "option weights is empty: expected weights=<file>[,<file>...]");
  return files;
}

Flavour parse_flavour(std::string_view value) {
  if (value == "legacy") return Flavour::kLegacy;
  if (value == "st-ai") return Flavour::kStAi;
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "option api={}: expected legacy or st-ai", value);
}

bool parse_switch(std::string_view key, std::string_view value) {
  if (value == "1") return true;
  if (value == "0") return false;
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "option {}={}: expected 0 or 1", key, value);
}

uint32_t parse_batch(std::string_view value) {
  uint32_t batch = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), batch);
  if (error != std::errc() || end != value.data() + value.size() || batch == 0 || batch > kMaxBatch) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option batch={}: expected a number from 1 to {}", value, kMaxBatch);
  }
  return batch;
}

bool environment_forbids_copy() {
  const char *value = trusted_environment("AI_RUNNER_FORCE_NO_DLL_COPY");
  return value != nullptr;
}

}  // namespace

Options read_options(const air_connect_request &request) {
  Options options;
  options.copy = !environment_forbids_copy();
  for (const air_option &option : std::span(request.options, request.n_options)) {
    const std::string_view key = option.key == nullptr ? "" : option.key;
    const std::string_view value = option.value == nullptr ? "" : option.value;
    if (key == "weights") {
      options.weights_files = split_files(value);
    } else if (key == "name") {
      options.c_name = value;
    } else if (key == "api") {
      options.flavour = parse_flavour(value);
    } else if (key == "copy") {
      options.copy = parse_switch(key, value);
      options.copy_given = true;
    } else if (key == "batch") {
      options.batch = parse_batch(value);
    } else {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option '{}' is not known to host libraries: expected one of {}", key,
           kKnownKeys);
    }
  }
  if (request.model_name != nullptr && *request.model_name != '\0') options.c_name = request.model_name;
  if (!options.weights_files.empty() && request.n_weights > 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "weights are given twice, as files and as buffers: give one of them");
  }
  return options;
}

std::string Options::to_query() const {
  std::vector<std::string> parts;
  if (!weights_files.empty())
    parts.push_back(
        fmt::format("weights={}", encode_descriptor_text(fmt::format("{}", fmt::join(weights_files, ",")))));
  if (!c_name.empty()) parts.push_back(fmt::format("name={}", encode_descriptor_text(c_name)));
  if (flavour) parts.push_back(*flavour == Flavour::kLegacy ? "api=legacy" : "api=st-ai");
  if (copy_given) parts.push_back(copy ? "copy=1" : "copy=0");
  if (batch != 1) parts.push_back(fmt::format("batch={}", batch));
  return parts.empty() ? "" : fmt::format("?{}", fmt::join(parts, "&"));
}

}  // namespace air::stlib
