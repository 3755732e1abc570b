// SPDX-License-Identifier: BSD-3-Clause
// The options of a LiteRT model's connection.
#include "options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "common/error.h"

namespace air::litert {
namespace {

constexpr std::string_view kKnown = "kernels, accelerator, cpu.<key>";

// What the runtime knows beside what options of ours say; it takes others and does nothing.
constexpr std::string_view kCpuKeys[] = {"flags",
                                         "weight_cache_file_path",
                                         "hint_fully_delegated_to_single_delegate",
                                         "enable_ynnpack",
                                         "ynnpack_static_shape",
                                         "ynnpack_fast_math",
                                         "ynnpack_consistent_arithmetic",
                                         "ynnpack_no_excess_precision"};

// The runtime reads these as lines of TOML: nothing may begin another line or leave a text.
void check_cpu_option(std::string_view key, std::string_view value) {
  const auto harmful = [](unsigned char c) { return std::iscntrl(c) != 0 || c == '"' || c == '\\'; };
  if (std::find(std::begin(kCpuKeys), std::end(kCpuKeys), key) == std::end(kCpuKeys)) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option cpu.{} has no effect: expected one of cpu.{}", key,
         fmt::join(kCpuKeys, ", cpu."));
  }
  if (value.empty() || std::any_of(value.begin(), value.end(), harmful))
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option cpu.{}={}: expected a value without quotes", key, value);
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
  if (!options.cpu.empty() && options.kernels != abi::kDelegateKernels)
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "options cpu.* are those of the delegate: they have no effect with other kernels");
  return options;
}

}  // namespace air::litert
