// SPDX-License-Identifier: BSD-3-Clause
// Options of a `null:` descriptor.
#include "options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

namespace air::null {
namespace {

constexpr uint32_t kMostModels = 64;
constexpr uint32_t kLongestDelayMs = 60'000;
constexpr uint32_t kNodes = 4;

uint64_t parse_number(std::string_view key, std::string_view value, uint64_t low, uint64_t high) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < low || number > high) {
    throw OptionError(AIR_ERROR_INVALID_DESCRIPTOR,
                      fmt::format("option {}={}: expected a number from {} to {}", key, value, low, high));
  }
  return number;
}

void set_option(Options &options, std::string_view key, std::string_view value) {
  const auto number = [&](uint64_t low, uint64_t high) { return parse_number(key, value, low, high); };
  if (key == "models") {
    options.models = static_cast<uint32_t>(number(1, kMostModels));
  } else if (key == "delay_ms") {
    options.delay_ms = static_cast<uint32_t>(number(0, kLongestDelayMs));
  } else if (key == "fail_at") {
    options.fail_at = static_cast<uint32_t>(number(0, kNodes - 1));
  } else if (key == "fail_sample") {
    options.fail_sample = number(0, UINT64_MAX);
  } else if (key == "stateful") {
    options.stateful = number(0, 1) != 0;
  } else if (key == "connect_fail") {
    options.connect_fail = number(0, 1) != 0;
  } else if (key == "name") {
    options.name = value;
  } else {
    throw OptionError(
        AIR_ERROR_INVALID_DESCRIPTOR,
        fmt::format(
            "unknown option {}; null: knows models, name, delay_ms, fail_at, fail_sample, stateful, connect_fail",
            key));
  }
}

}  // namespace

Options Options::parse(const air_connect_request &request) {
  Options parsed;
  for (const air_option &option : std::span(request.options, request.n_options)) {
    set_option(parsed, option.key, option.value);
  }
  if (request.model_name != nullptr) parsed.name = request.model_name;
  if (request.n_weights > 0) throw OptionError(AIR_ERROR_UNSUPPORTED, "null: models have no weights: give none");
  return parsed;
}

std::vector<std::string> Options::model_names() const {
  std::vector<std::string> all = {"network"};
  for (uint32_t i = 2; i <= models; ++i) all.push_back(fmt::format("network_{}", i));
  if (name.empty()) return all;
  if (std::find(all.begin(), all.end(), name) == all.end()) {
    throw OptionError(AIR_ERROR_NOT_FOUND, fmt::format("no model \"{}\"; there is: {}", name, fmt::join(all, ", ")));
  }
  return {name};
}

std::string Options::descriptor() const {
  std::vector<std::string> set;
  if (models != 1) set.push_back(fmt::format("models={}", models));
  if (delay_ms != 0) set.push_back(fmt::format("delay_ms={}", delay_ms));
  if (fail_at) set.push_back(fmt::format("fail_at={}", *fail_at));
  if (fail_sample) set.push_back(fmt::format("fail_sample={}", *fail_sample));
  if (stateful) set.emplace_back("stateful=1");
  if (!name.empty()) set.push_back(fmt::format("name={}", name));
  return fmt::format("null:{}{}", set.empty() ? "" : "?", fmt::join(set, "&"));
}

}  // namespace air::null
