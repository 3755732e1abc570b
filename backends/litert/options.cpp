// SPDX-License-Identifier: BSD-3-Clause
// The options of a LiteRT model's connection.
#include "litert/options.h"

#include <algorithm>

#include "common/error.h"

namespace air::litert {
namespace {

using runtime::describe_option;

constexpr const char *kKernelNames[] = {"xnnpack", "builtin", "reference", nullptr};
constexpr std::array kKernels = {abi::kDelegateKernels, abi::kBuiltinKernels, abi::kReferenceKernels};

// The processor takes what another accelerator cannot.
constexpr const char *kAcceleratorNames[] = {"cpu", "gpu", "npu", nullptr};
constexpr std::array kAccelerators = {abi::kAcceleratorCpu, abi::kAcceleratorGpu | abi::kAcceleratorCpu,
                                      abi::kAcceleratorNpu | abi::kAcceleratorCpu};

// The runtime reads these as lines of TOML: nothing may begin another line or leave a text.
void check_cpu_option(const std::string &key, const std::string &value) {
  const auto harmful = [](unsigned char c) { return c < ' ' || c == 0x7F || c == '"' || c == '\\'; };
  if (value.empty() || std::any_of(value.begin(), value.end(), harmful))
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option cpu.{}={}: expected a value without quotes", key, value);
}

}  // namespace

// Of the delegate's options those that the runtime knows beside what options of ours say; it takes others and does nothing.
constinit const std::array<air_backend_option, 17> kLiteRtOptions = {
    runtime::kRuntimeOption,
    runtime::kNameOption,
    runtime::kShapeOption,
    runtime::kThreadsOption,
    runtime::kWeightsOption,
    runtime::kOnlyOption,
    runtime::kSaveOption,
    describe_option("kernels", AIR_OPTION_CHOICE, "how operators are computed; layers never by the delegate xnnpack",
                    "xnnpack", kKernelNames),
    describe_option("accelerator", AIR_OPTION_CHOICE, "what may run the model, beside the CPU", "cpu",
                    kAcceleratorNames),
    describe_option("cpu.flags", AIR_OPTION_TEXT, "flags of XNNPACK, a number"),
    describe_option("cpu.weight_cache_file_path", AIR_OPTION_PATH, "file in which the delegate keeps packed weights"),
    describe_option("cpu.hint_fully_delegated_to_single_delegate", AIR_OPTION_TEXT,
                    "true: the delegate takes the whole graph"),
    describe_option("cpu.enable_ynnpack", AIR_OPTION_TEXT, "true: YNNPACK in place of XNNPACK"),
    describe_option("cpu.ynnpack_static_shape", AIR_OPTION_TEXT, "true: YNNPACK takes shapes as fixed"),
    describe_option("cpu.ynnpack_fast_math", AIR_OPTION_TEXT, "true: YNNPACK may compute less precisely"),
    describe_option("cpu.ynnpack_consistent_arithmetic", AIR_OPTION_TEXT, "true: YNNPACK rounds in one way everywhere"),
    describe_option("cpu.ynnpack_no_excess_precision", AIR_OPTION_TEXT, "true: YNNPACK rounds as the types say"),
};

Options read_litert_options(const backend::Request &request) {
  Options options;
  options.common = runtime::read_options(request);
  options.kernels = kKernels.at(runtime::read_choice(request, "kernels", kKernelNames));
  options.accelerators = kAccelerators.at(runtime::read_choice(request, "accelerator", kAcceleratorNames));
  options.cpu = request.with_prefix("cpu.");
  for (const auto &[key, value] : options.cpu) check_cpu_option(key, value);
  if (!options.cpu.empty() && options.kernels != abi::kDelegateKernels)
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "options cpu.* are those of the delegate: they have no effect with other kernels");
  return options;
}

}  // namespace air::litert
