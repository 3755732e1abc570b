// SPDX-License-Identifier: BSD-3-Clause
#include "cli/parsing/shared_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cli/parsing/checks.h"
#include "cli/parsing/complaint.h"

namespace air::cli {
namespace {

constexpr double kLongestTimeoutS = 4'000'000;  // fits 32 bits of milliseconds
constexpr double kShortestTimeoutS = 0.001;

std::vector<std::string> names_in(const Words &words) {
  std::vector<std::string> names;
  for (const auto &[name, bits] : words) names.push_back(name);
  return names;
}

}  // namespace

void add_plugin_path_option(CLI::App &command, Options &options) {
  command.add_option("--plugin-path", options.plugin_paths, "Plugin file or folder, searched first; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->check(check_is_told);
}

void add_common_options(CLI::App &command, Options &options) {
  command.add_flag("--json", options.json, "Print one JSON document (docs/json.md) on standard output");
  // As a number, CLI11 2.4 would set it back to 0 for each command that was not called: they share the options.
  command.add_flag_function(
      "-v,--verbose", [&options](std::int64_t times) { options.verbosity = static_cast<int>(times); },
      "Log to standard error; twice: debug messages");
  add_plugin_path_option(command, options);
}

void add_descriptor_option(CLI::App &command, Options &options, const char *text) {
  constexpr const char *kUsual =
      "What to connect to: file:<path>, onnx:<path>, tflite:<path>, <path>, serial:<port>:<baud>, "
      "socket:<host>:<port>, rfc2217:<host>:<port>, null:, ...";
  command.add_option("DESCRIPTOR,-d,--desc", options.descriptor, *text == '\0' ? kUsual : text)
      ->type_name("DESCRIPTOR");
}

void need_descriptor(const CLI::App &command) {
  need(command, "DESCRIPTOR", "a descriptor", fmt::format("airunner {} model.onnx", command.get_name()));
}

void add_connect_options(CLI::App &command, Options &options, std::vector<std::string> *names) {
  CLI::Option *name =
      names == nullptr
          ? command.add_option("--name", options.model, "Model to take where there are several")
          : command.add_option("--name", *names, "Model to take where there are several; given again: that of B")
                ->allow_extra_args(false);
  name->type_name("NAME")->check(check_is_told);
  command.add_option("--option", options.backend_options, "Option of the backend; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->check(check_key_value);
  command.add_option("--weights", options.weights, "Weights of a model deployed without them; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  command.add_option("--timeout", options.timeout_s, "Limit of connecting, and again of the run")
      ->type_name("SECONDS")
      ->check(number(kShortestTimeoutS, kLongestTimeoutS, " s"));
}

void add_input_options(CLI::App &command, Options &options) {
  command
      .add_option("-i,--input", options.inputs,
                  "Input: .npy, .npz with one array per input, .csv with one sample a line, or raw bytes; repeatable")
      ->type_name("[NAME=][raw:]FILE")
      ->allow_extra_args(false)
      ->check(check_is_told);
  command.add_option("--key", options.key, "Array of an .npz to take, whatever it is called")
      ->type_name("NAME")
      ->check(check_is_told);
  command.add_option("-b,--batch", options.batch, "Number of samples; default: 10 random ones, or all of the files")
      ->type_name("N")
      ->check(whole_number(1));
  command.add_option("--seed", options.seed, "Seed of random inputs (42)")
      ->type_name("N")
      ->check(whole_number(0, UINT32_MAX))
      ->excludes("--input");
  const auto set_range = [&options](const std::vector<double> &range) {
    if (range[0] > range[1])
      throw CLI::ValidationError("--range",
                                 fmt::format("expected LOW,HIGH with LOW first, got {}", fmt::join(range, ",")));
    options.range = range;
  };
  command.add_option_function<std::vector<double>>("--range", set_range, "Range of random inputs")
      ->type_name("LOW,HIGH")
      ->delimiter(',')
      ->expected(2)
      ->check(check_real_number)
      ->excludes("--input");
}

void add_invoke_options(CLI::App &command, Options &options) {
  add_input_options(command, options);
  add_choice(command, "--mode", options.modes, "What the run does beside computing outputs; several with commas",
             names_in(kModeWords))
      ->delimiter(',')
      ->allow_extra_args(false);
  add_choice(command, "--io", options.io_modes,
             "Convert float32 inputs to the model's type, outputs to float32, or both", names_in(kIoModeWords))
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_html_option(CLI::App &command, std::string &path) {
  command.add_option("--html", path, "Also write the report as an HTML page")
      ->type_name("FILE")
      ->check(check_is_a_file);
}

void add_model_explorer_option(CLI::App &command, std::string &path) {
  command
      .add_option("--model-explorer", path,
                  "Also write node data for Google's Model Explorer, to this file and others beside it")
      ->type_name("FILE.json")
      ->check(check_is_a_file);
}

void add_placement_options(CLI::App &command, PlacementOptions &placement) {
  command
      .add_option(
          "--require", placement.required,
          "Exit with code 7 unless so much of the nodes' time is on that processor; all without SHARE; repeatable")
      ->type_name("processor=NAME[:SHARE]")
      ->allow_extra_args(false);
  command.add_option("--forbid", placement.forbidden, "Exit with code 7 when a node is on that processor; repeatable")
      ->type_name("processor=NAME")
      ->allow_extra_args(false);
}

void add_finding_options(CLI::App &command, std::string &junit, bool &github) {
  command.add_option("--junit", junit, "Also write the verdict as JUnit's XML")
      ->type_name("FILE")
      ->check(check_is_a_file);
  command.add_flag("--github", github, "Also write annotations for GitHub's workflows, to standard error");
}

}  // namespace air::cli
