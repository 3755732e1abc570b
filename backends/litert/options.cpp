// SPDX-License-Identifier: BSD-3-Clause
// The options of a LiteRT model's connection.
#include "options.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/error.h"

namespace air::litert {
namespace {

constexpr std::string_view kKnown = "kernels, accelerator, cpu.<key>";

// The runtime reads these as lines of TOML: nothing may begin another line or leave a text.
void check_cpu_option(std::string_view key, std::string_view value) {
  const auto of_key = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  const auto harmful = [](unsigned char c) { return std::iscntrl(c) != 0 || c == '"' || c == '\\'; };
  if (key.empty() || !std::all_of(key.begin(), key.end(), of_key) || value.empty() ||
      std::any_of(value.begin(), value.end(), harmful)) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option cpu.{}={}: expected a key of letters and a value without quotes", key,
         value);
  }
}

}  // namespace

Options read_litert_options(const air_connect_request &request) {
  constexpr std::array kKernels = {abi::kDelegateKernels, abi::kBuiltinKernels, abi::kReferenceKernels};
  // The processor takes what another accelerator cannot.
  constexpr std::array kAccelerators = {abi::kAcceleratorCpu, abi::kAcceleratorGpu | abi::kAcceleratorCpu,
                                        abi::kAcceleratorNpu | abi::kAcceleratorCpu};
  constexpr std::string_view kCpuPrefix = "cpu.";
  Options options;
  options.common = runtime::read_options(request, kKnown, [&](std::string_view key, std::string_view value) {
    if (key == "kernels") {
      options.kernels = kKernels.at(runtime::read_choice(key, value, {"xnnpack", "builtin", "reference"}));
    } else if (key == "accelerator") {
      options.accelerators = kAccelerators.at(runtime::read_choice(key, value, {"cpu", "gpu", "npu"}));
    } else if (key.starts_with(kCpuPrefix)) {
      check_cpu_option(key.substr(kCpuPrefix.size()), value);
      options.cpu.emplace_back(key.substr(kCpuPrefix.size()), value);
    } else {
      return false;
    }
    return true;
  });
  return options;
}

}  // namespace air::litert
