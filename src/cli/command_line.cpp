// SPDX-License-Identifier: BSD-3-Clause
// The command line: what each subcommand takes. The one place, with serve's own, that knows the parser.
#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "airunner.h"
#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/outputs/output_files.h"
#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "platform/streams.h"
#include "server/serve_command.h"

namespace air::cli {
namespace {

using Shared = std::shared_ptr<Options>;

constexpr double kLongestTimeoutS = 4'000'000;  // fits 32 bits of milliseconds
constexpr double kShortestTimeoutS = 0.001;

std::string check_key_value(const std::string &text) {
  return text.find('=') == std::string::npos || text.front() == '=' ? "expected key=value, got " + text : "";
}

std::string check_limit(const std::string &text) {
  return check_key_value(text).empty() ? "" : "expected METRIC=VALUE, such as cos=0.99, got " + text;
}

// The parser takes what follows for the value, whatever it is.
std::string check_is_a_file(const std::string &text) {
  return text.starts_with("--") ? fmt::format("expected a file, got {0}; a file of that name is ./{0}", text) : "";
}

std::string check_sample_count(const std::string &text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  return digits && text.find_first_not_of('0') != std::string::npos ? "" : "expected a number from 1, got " + text;
}

// No range refuses "nan".
std::string check_is_a_number(const std::string &text) {
  return std::isnan(std::strtod(text.c_str(), nullptr)) ? "expected a number, got " + text : "";
}

void add_plugin_path_option(CLI::App &command, Options &options) {
  command.add_option("--plugin-path", options.plugin_paths, "Plugin file or folder, searched first; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false);
}

void add_common_options(CLI::App &command, Options &options) {
  command.add_flag("--json", options.json, "Print one JSON document (docs/json.md) on standard output");
  // As a number, CLI11 2.4 would set it back to 0 for each command that was not called: they share the options.
  command.add_flag_function(
      "-v,--verbose", [&options](std::int64_t times) { options.verbosity = static_cast<int>(times); },
      "Log to standard error; twice: debug messages");
  add_plugin_path_option(command, options);
}

void add_descriptor_option(CLI::App &command, Options &options) {
  command
      .add_option("-d,--desc", options.descriptor,
                  "What to connect to: file:<path>, onnx:<path>, tflite:<path>, <path>, serial:<port>:<baud>, "
                  "socket:<host>:<port>, rfc2217:<host>:<port>, null:, ...")
      ->type_name("DESCRIPTOR")
      ->required();
}

void add_connect_options(CLI::App &command, Options &options) {
  command.add_option("--name", options.model, "Model to take where there are several")->type_name("NAME");
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
      ->check(CLI::Range(kShortestTimeoutS, kLongestTimeoutS))
      ->check(check_is_a_number);
}

void add_input_options(CLI::App &command, Options &options) {
  command
      .add_option("-i,--input", options.inputs,
                  "Input: .npy, .npz with one array per input, .csv with one sample a line, or raw bytes; repeatable")
      ->type_name("[NAME=][raw:]FILE")
      ->allow_extra_args(false);
  command.add_option("--key", options.key, "Array of an .npz to take, whatever it is called")->type_name("NAME");
  command.add_option("-b,--batch", options.batch, "Number of samples; default: 10 random ones, or all of the files")
      ->type_name("N")
      ->check(check_sample_count);
  command.add_option("--seed", options.seed, "Seed of random inputs (42)")->type_name("N");
  command.add_option("--range", options.range, "Range of random inputs")
      ->type_name("LOW,HIGH")
      ->delimiter(',')
      ->expected(2);
}

void add_invoke_options(CLI::App &command, Options &options) {
  add_input_options(command, options);
  command.add_option("--mode", options.modes, "What the run does beside computing outputs; several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember(kModeWords));
  command
      .add_option("--io", options.io_modes, "Convert float32 inputs to the model's type, outputs to float32, or both")
      ->delimiter(',')
      ->check(CLI::IsMember(kIoModeWords));
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

// Ctrl-C ends what runs cleanly.
Action interruptible(const Shared &options, const Action &work) {
  return [options, work] {
    options->token = cancelled_by_signals();
    return work();
  };
}

void add_compare(CLI::App &app, const Shared &options, Action &chosen) {
  const auto own = std::make_shared<CompareOptions>();
  CLI::App *command =
      app.add_subcommand("compare", "Compare two deployments: outputs, and the first layer that differs");
  command
      ->add_option("A", own->sides,
                   "A and B: the reference and the other, as descriptors, captures (.npz) of --save, or arrays that "
                   "another program computed (.npz, .npy, .csv)")
      ->type_name("DESCRIPTOR|FILE")
      ->expected(1, -1)  // command_compare() tells better than the parser what a third one may be
      ->required();
  add_connect_options(*command, *options);
  add_input_options(*command, *options);
  command->add_flag("--outputs-only", own->outputs_only, "Leave the layers out");
  command->add_option("--min", own->min_limits, "Least value of a metric of each output; repeatable (cos=0.99)")
      ->type_name("METRIC=VALUE")
      ->allow_extra_args(false)
      ->check(check_limit);
  command->add_option("--max", own->max_limits, "Largest value of a metric of each output; repeatable")
      ->type_name("METRIC=VALUE")
      ->allow_extra_args(false)
      ->check(check_limit);
  command->add_option("--save", own->saves, "Keep what A computed, to compare with later; given again: what B computed")
      ->type_name("FILE.npz")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  command
      ->add_option("--output-report", own->reports, "Also write the report to a .txt, .json or .html file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  add_html_option(*command, own->html);
  add_model_explorer_option(*command, own->model_explorer);
  add_placement_options(*command, own->placement);
  add_common_options(*command, *options);
  command->callback([options, own, command, &chosen] {
    own->has_seed = command->count("--seed") > 0;
    chosen = interruptible(options, [options, own] { return command_compare(*options, *own); });
  });
}

void add_doctor(CLI::App &app, const Shared &options, Action &chosen) {
  CLI::App *command =
      app.add_subcommand("doctor", "Check the installation: versions, search places, plugins; and a deployed model");
  command->add_option("-d,--desc", options->descriptor, "Connect to it, and tell what is wrong with its models")
      ->type_name("DESCRIPTOR");
  add_common_options(*command, *options);
  const auto options_only = std::make_shared<bool>(false);
  command->add_flag("--options", *options_only, "Tell the options of every backend instead");
  command->callback([options, options_only, &chosen] {
    chosen = interruptible(options, [options, options_only] { return command_doctor(*options, *options_only); });
  });
}

void add_manifest(CLI::App &app, const Shared &options, Action &chosen) {
  const auto file = std::make_shared<std::string>();
  CLI::App *command =
      app.add_subcommand("manifest", "Print the manifest of a plugin, or those of all that have one beside them");
  command->add_option("PLUGIN", *file, "File of the plugin, which is loaded")->type_name("FILE");
  add_plugin_path_option(*command, *options);
  command->callback([options, file, &chosen] {
    chosen = interruptible(options, [options, file] { return command_manifest(*options, *file); });
  });
  // What `doctor` runs in a process of its own; not for people.
  CLI::App *load = app.add_subcommand("load")->group("");
  load->add_option("PLUGIN", *file)->required();
  load->callback([file, &chosen] { chosen = [file] { return command_load(*file); }; });
}

void add_info(CLI::App &app, const Shared &options, Action &chosen) {
  CLI::App *command = app.add_subcommand("info", "Describe a deployed model");
  add_descriptor_option(*command, *options);
  add_connect_options(*command, *options);
  add_common_options(*command, *options);
  command->callback(
      [options, &chosen] { chosen = interruptible(options, [options] { return command_info(*options); }); });
}

void add_list(CLI::App &app, const Shared &options, Action &chosen) {
  CLI::App *command = app.add_subcommand("list", "List backends, and devices to connect to");
  add_common_options(*command, *options);
  command->callback(
      [options, &chosen] { chosen = interruptible(options, [options] { return command_list(*options); }); });
}

void add_run(CLI::App &app, const Shared &options, Action &chosen) {
  const auto own = std::make_shared<RunOptions>();
  CLI::App *command = app.add_subcommand("run", "Run a model on samples and keep its outputs");
  add_descriptor_option(*command, *options);
  add_connect_options(*command, *options);
  add_invoke_options(*command, *options);
  command
      ->add_option("-o,--output", own->outputs,
                   "Where outputs go: one .npz or .json, or one .npy per output; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  command->add_option("--labels", own->labels, "Classes the first output should show; prints the top-1 accuracy")
      ->type_name("FILE")
      ->check(check_is_a_file);
  add_html_option(*command, own->html);
  add_common_options(*command, *options);
  command->callback([options, own, &chosen] {
    chosen = interruptible(options, [options, own] { return command_run(*options, *own); });
  });
}

void add_profile(CLI::App &app, const Shared &options, Action &chosen) {
  const auto own = std::make_shared<ProfileOptions>();
  CLI::App *command = app.add_subcommand("profile", "Measure a model: percentiles, and the time of each node");
  add_descriptor_option(*command, *options);
  add_connect_options(*command, *options);
  add_invoke_options(*command, *options);
  command->add_option("--warmup", own->warmup, "Samples run first and not recorded (1)")->type_name("N");
  command->add_option("--repeat", own->repeat, "How often the batch is run (1)")
      ->type_name("N")
      ->check(check_sample_count);
  command->add_option("--format", own->format, "Format on standard output (text)")
      ->check(CLI::IsMember({"text", "json", "csv"}));
  command
      ->add_option("--output-report", own->reports,
                   "Also write the report to a .txt, .json, .csv or .html file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  command->add_flag("--csv", own->csv, "The same as --format csv")->excludes("--format");
  add_html_option(*command, own->html);
  command->add_option("--trace", own->trace, "Also write a trace for Perfetto or chrome://tracing")
      ->type_name("FILE")
      ->check(check_is_a_file);
  add_model_explorer_option(*command, own->model_explorer);
  command->add_option("--counters", own->counters, "What an STM32N6's NPU counts at each node; several with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"npu", "streng", "port", "cache"}));
  add_placement_options(*command, own->placement);
  command
      ->add_option("--print-program", own->program,
                   "Print the program that does the same on random inputs, run nothing")
      ->check(CLI::IsMember({"c", "python"}));
  add_common_options(*command, *options);
  for (const char *other :
       {"--input", "--key", "--weights", "--plugin-path", "--format", "--csv", "--json", "--output-report", "--html",
        "--trace", "--model-explorer", "--counters", "--require", "--forbid"}) {
    command->get_option("--print-program")->excludes(other);
  }
  command->callback([options, own, &chosen] {
    chosen = interruptible(options, [options, own] { return command_profile(*options, *own); });
  });
}

void add_report(CLI::App &app, const Shared &options, Action &chosen) {
  const auto own = std::make_shared<ReportOptions>();
  CLI::App *command = app.add_subcommand("report", "Show saved JSON documents side by side on an HTML page");
  command->add_option("documents", own->documents, "Documents that --json of info, run, profile or compare printed")
      ->type_name("FILE.json")
      ->required();
  command->add_option("-o,--output", own->output, "File of the page; default: standard output")
      ->type_name("FILE")
      ->check(check_is_a_file);
  command->callback(
      [options, own, &chosen] { chosen = interruptible(options, [own] { return command_report(*own); }); });
}

void add_serve(CLI::App &app, Action &chosen) {
  const auto options = std::make_shared<server::ServeOptions>();
  CLI::App *command = server::add_serve_command(app, *options);
  command->callback([options, &chosen] {
    chosen = [options] {
      constexpr std::string_view kLink = "pty:";
      const bool links = options->listen.starts_with(kLink);
      ReadFiles read = files_in(options->descriptors);
      const ReadFiles plugins = files_in(options->plugin_paths);
      read.insert(read.end(), plugins.begin(), plugins.end());
      check_output_files({{"--listen", links ? options->listen.substr(kLink.size()) : ""}}, read);
      return server::serve(*options);  // sees to signals itself
    };
  });
}

// Words that look like options and are none. They come before what else is wrong: a value behind one is easily taken for a
// positional argument too many. "" for none.
std::string unknown_option(const CLI::App &command) {
  for (const std::string &text : command.remaining()) {
    if (text.size() < 2 || text.front() != '-' || text == "--") continue;
    const std::string name = text.substr(0, text.find('='));
    if (command.get_name() == "compare" && (name == "--desc" || name.starts_with("-d"))) {
      return "compare takes its two sides without -d: airunner compare A B";
    }
    return fmt::format("{} is not an option of {}", name, command.get_name());
  }
  return "";
}

std::string told(const CLI::App &app, const CLI::ParseError &error) {
  for (const CLI::App *command : app.get_subcommands()) {
    std::string unknown = unknown_option(*command);
    if (!unknown.empty()) return unknown;
  }
  const std::string unknown = unknown_option(app);
  return unknown.empty() ? error.what() : unknown;
}

}  // namespace

Action parse_command_line(int argc, char **argv) {
  CLI::App app("Runs and profiles a neural network wherever it was deployed.", "airunner");
  app.set_version_flag("--version", fmt::format("airunner {}", air_version()));
  app.require_subcommand(1);
  app.footer("`airunner COMMAND --help` tells the options of a command; airunner(1) and docs/cli.md tell the rest.");
  const auto options = std::make_shared<Options>();
  Action chosen;
  add_list(app, options, chosen);
  add_doctor(app, options, chosen);
  add_manifest(app, options, chosen);
  add_info(app, options, chosen);
  add_run(app, options, chosen);
  add_profile(app, options, chosen);
  add_compare(app, options, chosen);
  add_report(app, options, chosen);
  add_serve(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {  // --help, --version
    std::ostringstream text;
    const int exit_code = app.exit(success, text, text);
    return [exit_code, answer = text.str()] {
      print_result(answer);
      return exit_code;
    };
  } catch (const CLI::ParseError &error) {
    const bool unknown = app.get_subcommands().empty() && argc > 1 && *argv[1] != '-';
    throw Failure(kUsage, unknown ? fmt::format("unknown command {}", argv[1]) : told(app, error),
                  {"`airunner --help` and `airunner COMMAND --help` tell what there is"});
  }
  return chosen;
}

}  // namespace air::cli
