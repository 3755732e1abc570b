// SPDX-License-Identifier: BSD-3-Clause
// The options of an ONNX model's connection.
#include "onnxruntime/options.h"

#include <array>

#include "common/error.h"

namespace air::ort {
namespace {

constexpr const char *kLevelNames[] = {"none", "basic", "extended", "all", nullptr};
constexpr std::array kLevels = {ORT_DISABLE_ALL, ORT_ENABLE_BASIC, ORT_ENABLE_EXTENDED, ORT_ENABLE_ALL};

}  // namespace

constinit const std::array<air_backend_option, 12> kOnnxOptions = {
    runtime::kRuntimeOption,
    runtime::kNameOption,
    runtime::kShapeOption,
    runtime::kThreadsOption,
    runtime::kWeightsOption,
    runtime::kOnlyOption,
    runtime::describe_option("fold", AIR_OPTION_FLAG,
                             "1: with option only, what nodes compute from constants alone becomes a constant", "0"),
    runtime::kSaveOption,
    runtime::describe_option("optimize", AIR_OPTION_CHOICE,
                             "how far the runtime may change the graph that outputs come from", "all", kLevelNames),
    runtime::describe_option("provider", AIR_OPTION_TEXT, "execution provider to use before the CPU's"),
    runtime::describe_option("provider.*", AIR_OPTION_TEXT, "an option of that provider, passed on as it is"),
    runtime::describe_option("config.*", AIR_OPTION_TEXT, "a session setting of the runtime, passed on as it is"),
};

Options read_onnx_options(const backend::Request &request) {
  Options options;
  options.common = runtime::read_options(request);
  options.optimization = kLevels.at(runtime::read_choice(request, "optimize", kLevelNames));
  const std::string provider = request.text("provider");
  const bool is_cpu = provider == "cpu" || provider == "CPU" || provider == "CPUExecutionProvider";
  options.provider = is_cpu ? "" : provider;
  options.provider_options = request.with_prefix("provider.");
  options.config = request.with_prefix("config.");
  options.fold = request.flag("fold");
  if (options.fold && options.common.only.empty())
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option fold needs option only=<node>");
  if (options.provider.empty() && !options.provider_options.empty()) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option provider.{} needs option provider=<name>",
         options.provider_options.begin()->first);
  }
  return options;
}

}  // namespace air::ort
