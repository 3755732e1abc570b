// SPDX-License-Identifier: BSD-3-Clause
// The options of the command line, once for all subcommands.
#include "options.h"

#include <map>

#include "airunner.h"

namespace air::cli {
namespace {

constexpr double kLongestTimeoutS = 4'000'000;  // fits 32 bits of milliseconds
constexpr double kShortestTimeoutS = 0.001;

const std::map<std::string, uint32_t> kModes = {{"io-only", AIR_MODE_IO_ONLY},
                                                {"per-layer", AIR_MODE_PER_LAYER},
                                                {"per-layer-with-data", AIR_MODE_PER_LAYER_WITH_DATA},
                                                {"fixed-input", AIR_MODE_FIXED_INPUT},
                                                {"perf-only", AIR_MODE_PERF_ONLY},
                                                {"debug", AIR_MODE_DEBUG}};

const std::map<std::string, uint32_t> kIoModes = {{"quantize", AIR_IO_QUANTIZE}, {"dequantize", AIR_IO_DEQUANTIZE}};

std::string check_key_value(const std::string &text) {
  return text.find('=') == std::string::npos || text.front() == '=' ? "expected key=value, got " + text : "";
}

std::string check_sample_count(const std::string &text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  return digits && text.find_first_not_of('0') != std::string::npos ? "" : "expected a number from 1, got " + text;
}

uint32_t combined(const std::vector<std::string> &names, const std::map<std::string, uint32_t> &values) {
  uint32_t bits = 0;
  for (const std::string &name : names) bits |= values.at(name);
  return bits;
}

}  // namespace

void add_common_options(CLI::App &command, Options &options) {
  command.add_flag("--json", options.json, "Print one JSON document (docs/json.md) on standard output");
  command.add_flag("-v,--verbose", options.verbosity, "Log to standard error; twice: debug messages");
  command.add_option("--plugin-path", options.plugin_paths, "Plugin file or folder, searched first; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false);
}

void add_connect_options(CLI::App &command, Options &options) {
  command.add_option("-d,--desc", options.descriptor, "What to connect to: file:<path>, <path>, serial:<port>:<baud>, socket:<host>:<port>, null:, ...")
      ->type_name("DESCRIPTOR")
      ->required();
  command.add_option("--name", options.model, "Model to take where there are several")->type_name("NAME");
  command.add_option("--option", options.backend_options, "Option of the backend; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->check(check_key_value);
  command.add_option("--weights", options.weights, "Weights of a model deployed without them; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command.add_option("--timeout", options.timeout_s, "Limit of connecting, and again of the run")
      ->type_name("SECONDS")
      ->check(CLI::Range(kShortestTimeoutS, kLongestTimeoutS));
}

void add_invoke_options(CLI::App &command, Options &options) {
  command
      .add_option("-i,--input", options.inputs, "Input: .npy, .npz with one array per input, or raw bytes; repeatable")
      ->type_name("[NAME=]FILE")
      ->allow_extra_args(false);
  command.add_option("-b,--batch", options.batch, "Number of samples; default: 10 random ones, or all of the files")
      ->type_name("N")
      ->check(check_sample_count);
  command.add_option("--seed", options.seed, "Seed of random inputs (42)")->type_name("N");
  command.add_option("--range", options.range, "Range of random inputs")
      ->type_name("LOW,HIGH")
      ->delimiter(',')
      ->expected(2);
  command.add_option("--mode", options.modes, "What the run does beside computing outputs; several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember(kModes));
  command
      .add_option("--io", options.io_modes, "Convert float32 inputs to the model's type, outputs to float32, or both")
      ->delimiter(',')
      ->check(CLI::IsMember(kIoModes));
}

uint32_t Options::mode(uint32_t otherwise) const {
  return modes.empty() ? otherwise : combined(modes, kModes);
}

uint32_t Options::io_mode() const {
  return combined(io_modes, kIoModes);
}

}  // namespace air::cli
