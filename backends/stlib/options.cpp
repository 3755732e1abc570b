// SPDX-License-Identifier: BSD-3-Clause
// The options of a host library connection.
#include "stlib/options.h"

#include <fmt/ranges.h>

#include <string_view>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/absolute_path.h"
#include "platform/processes/environment.h"

namespace air::stlib {
namespace {

std::vector<std::string> split_files(std::string_view list) {
  std::vector<std::string> files;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) files.push_back(text_of(absolute_path(path_of(list.substr(begin, end - begin)))));
    begin = end + 1;
  }
  if (files.empty()) fail(AIR_ERROR_INVALID_DESCRIPTOR, "option weights is empty: expected weights=<file>[,<file>...]");
  return files;
}

bool environment_forbids_copy() {
  return trusted_environment("AI_RUNNER_FORCE_NO_DLL_COPY") != nullptr;
}

}  // namespace

Options read_options(const backend::Request &request) {
  Options options;
  if (const auto files = request.find("weights")) options.weights_files = split_files(*files);
  if (!options.weights_files.empty() && !request.weights().empty()) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "weights are given twice, as files and as buffers: give one of them");
  }
  options.c_name = request.model_name().value_or("");
  if (options.c_name.empty()) options.c_name = request.text("name");
  if (const auto api = request.find("api")) options.flavour = *api == "legacy" ? Flavour::kLegacy : Flavour::kStAi;
  options.copy_given = request.find("copy").has_value();
  options.copy = options.copy_given ? request.flag("copy") : !environment_forbids_copy();
  options.batch = static_cast<uint32_t>(request.number("batch"));
  return options;
}

DescriptorOptions Options::telling() const {
  DescriptorOptions options;
  if (!weights_files.empty()) options.emplace_back("weights", fmt::format("{}", fmt::join(weights_files, ",")));
  if (!c_name.empty()) options.emplace_back("name", c_name);
  if (flavour) options.emplace_back("api", *flavour == Flavour::kLegacy ? "legacy" : "st-ai");
  if (copy_given) options.emplace_back("copy", copy ? "1" : "0");
  if (batch != 1) options.emplace_back("batch", fmt::format("{}", batch));
  return options;
}

}  // namespace air::stlib
