// SPDX-License-Identifier: BSD-3-Clause
// The options of an ONNX model's connection.
#include "options.h"

#include <array>

#include "common/error.h"

namespace air::ort {
namespace {

constexpr std::string_view kKnown = "optimize, provider, provider.<key>, config.<key>";

// The value of a key behind a prefix: takes "provider.device_id" for "provider.".
bool take_prefixed(std::string_view prefix, std::string_view key, std::string_view value, runtime::KeyValues &into) {
  if (!key.starts_with(prefix) || key.size() == prefix.size()) return false;
  into.emplace_back(key.substr(prefix.size()), value);
  return true;
}

}  // namespace

Options read_onnx_options(const air_connect_request &request) {
  constexpr std::array kLevels = {abi::kNoOptimization, abi::kBasicOptimization, abi::kExtendedOptimization,
                                  abi::kAllOptimization};
  Options options;
  options.common = runtime::read_options(request, kKnown, [&](std::string_view key, std::string_view value) {
    if (key == "optimize") {
      options.optimization = kLevels.at(runtime::read_choice(key, value, {"none", "basic", "extended", "all"}));
    } else if (key == "provider") {
      options.provider = value == "cpu" || value == "CPU" || value == "CPUExecutionProvider" ? "" : value;
    } else {
      return take_prefixed("provider.", key, value, options.provider_options) ||
             take_prefixed("config.", key, value, options.config);
    }
    return true;
  });
  if (options.provider.empty() && !options.provider_options.empty()) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option provider.{} needs option provider=<name>",
         options.provider_options[0].first);
  }
  return options;
}

}  // namespace air::ort
