// SPDX-License-Identifier: BSD-3-Clause
// The command line: what each subcommand takes. With parsing/ the one place that knows the parser.
#include "cli/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "airunner.h"
#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/outputs/output_files.h"
#include "cli/parsing/checks.h"
#include "cli/parsing/complaint.h"
#include "cli/parsing/help.h"
#include "cli/parsing/serve_options.h"
#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "platform/streams/streams.h"

namespace air::cli {
namespace {

using Shared = std::shared_ptr<Options>;

constexpr double kLongestTimeoutS = 4'000'000;  // fits 32 bits of milliseconds
constexpr double kShortestTimeoutS = 0.001;

// An option that takes one of some words, which its text tells; several of them with commas where it holds more.
template <class Value>
CLI::Option *add_choice(CLI::App &command, const char *name, Value &value, const std::string &text,
                        const std::vector<std::string> &words) {
  CLI::Option *option = command.add_option(name, value, fmt::format("{}: {}", text, fmt::join(words, ", ")));
  return option->type_name("WORD")->check(one_of(words));
}

// What stands between blanks and commas.
std::vector<std::string> parts_of(const std::string &text) {
  constexpr const char *separators = ", \t\n";
  std::vector<std::string> parts;
  for (size_t end = 0, begin = 0; (begin = text.find_first_not_of(separators, end)) != std::string::npos;) {
    end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
  }
  return parts;
}

std::string check_growths(const std::string &text) {
  const std::vector<std::string> parts = parts_of(text);
  const auto wrong = std::ranges::find_if(
      parts, [](const std::string &part) { return !check_key_value(part).empty() || !part.ends_with('%'); });
  if (!parts.empty() && wrong == parts.end()) return "";
  const std::string got = parts.empty() ? "an empty word" : *wrong;
  const bool is_limit = got.find('=') != std::string::npos;
  return fmt::format(
      "expected QUANTITY=PERCENT%, such as p50=3%, got {}{}", got,
      is_limit ? "" : ": the option takes all words that follow it, so that a descriptor goes before it");
}

std::vector<std::string> names_in(const Words &words) {
  std::vector<std::string> names;
  for (const auto &[name, bits] : words) names.push_back(name);
  return names;
}

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

void add_descriptor_option(CLI::App &command, Options &options, const char *text = "") {
  constexpr const char *kUsual =
      "What to connect to: file:<path>, onnx:<path>, tflite:<path>, <path>, serial:<port>:<baud>, "
      "socket:<host>:<port>, rfc2217:<host>:<port>, null:, ...";
  command.add_option("DESCRIPTOR,-d,--desc", options.descriptor, *text == '\0' ? kUsual : text)
      ->type_name("DESCRIPTOR");
}

// What is called with the one model that it cannot do without.
void need_descriptor(const CLI::App &command) {
  need(command, "DESCRIPTOR", "a descriptor", fmt::format("airunner {} model.onnx", command.get_name()));
}

void add_connect_options(CLI::App &command, Options &options) {
  command.add_option("--name", options.model, "Model to take where there are several")
      ->type_name("NAME")
      ->check(check_is_told);
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

// The options that a command was given, as words, but for some: what it gives to itself in another process.
std::vector<std::string> words_without(const CLI::App &command, const std::set<std::string> &left_out) {
  std::vector<std::string> words = {command.get_name()};
  for (const CLI::Option *option : command.get_options()) {
    if (option->count() == 0 || left_out.contains(option->get_single_name())) continue;
    const std::string name = "--" + option->get_single_name();
    const std::vector<std::string> &values = option->results();
    if (option->get_expected_min() == 0) {
      words.insert(words.end(), values.size(), name);
    } else if (const char delimiter = option->get_delimiter(); delimiter != '\0') {
      words.push_back(fmt::format("{}={}", name, fmt::join(values, std::string(1, delimiter))));
    } else {
      for (const std::string &value : values) words.push_back(fmt::format("{}={}", name, value));
    }
  }
  return words;
}

void add_whole_run_options(CLI::App &command, ProfileOptions &own) {
  command.add_option("--runs", own.runs, "Run it so often, each time in a process of its own (with --baseline: 5)")
      ->type_name("N")
      ->check(whole_number(1, UINT32_MAX));
  command
      .add_option("--baseline", own.baselines,
                  "Decide whether it has become slower than before: documents of --json or --save, repeatable; or a "
                  "descriptor that is run in turns with it")
      ->type_name("FILE.json|DESCRIPTOR")
      ->allow_extra_args(false)
      ->check(check_is_told);
  command.add_option("--current", own.currents, "Documents of runs made before, instead of running now; repeatable")
      ->type_name("FILE.json")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  command
      .add_option("--max-regression", own.limits,
                  "By how much it may have grown; several (p50=3% node.p50=10% memory=1%)")
      ->type_name("QUANTITY=PERCENT%")
      ->check(check_growths);
  command.add_option("--save", own.save, "Keep the runs, as a baseline for later")
      ->type_name("FILE.json")
      ->check(check_is_a_file);
  add_finding_options(command, own.junit, own.github);
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
  CLI::App *command = app.add_subcommand("compare", "Compare two deployments: outputs, and the layers that go wrong");
  command
      ->add_option("A", own->sides,
                   "A and B: the reference and the other, as descriptors, captures (.npz) of --save, or arrays that "
                   "another program computed (.npz, .npy, .csv)")
      ->type_name("DESCRIPTOR|FILE")
      ->expected(1, -1);  // command_compare() tells better than the parser what a third one may be
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
  add_choice(*command, "--layout", own->layout,
             "Order of the channels in A and in B, where neither shapes nor values tell it", kLayouts);
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
  add_finding_options(*command, own->junit, own->github);
  command
      ->add_option("--reproduce", own->reproducer,
                   "New folder for the first node that goes wrong: its model, values, and a script that shows it")
      ->type_name("FOLDER")
      ->check(check_is_a_file);
  add_common_options(*command, *options);
  command->callback([options, own, command, &chosen] {
    need(*command, "A", "two sides", "airunner compare model.onnx libai_network.so");
    chosen = interruptible(options, [options, own] { return command_compare(*options, *own); });
  });
}

void add_doctor(CLI::App &app, const Shared &options, Action &chosen) {
  CLI::App *command =
      app.add_subcommand("doctor", "Check the installation: versions, search places, plugins; and a deployed model");
  add_descriptor_option(*command, *options, "Connect to it too, and tell what is wrong with its models");
  add_common_options(*command, *options);
  const auto options_only = std::make_shared<bool>(false);
  command->add_flag("--options", *options_only, "Tell the options of every backend instead");
  command->callback([options, options_only, command, &chosen] {
    options->has_descriptor = command->count("DESCRIPTOR") > 0;
    chosen = interruptible(options, [options, options_only] { return command_doctor(*options, *options_only); });
  });
}

void add_manifest(CLI::App &app, const Shared &options, Action &chosen) {
  const auto file = std::make_shared<std::string>();
  CLI::App *command =
      app.add_subcommand("manifest", "Print the manifest of a plugin, or those of all that have one beside them");
  command->add_option("PLUGIN", *file, "File of the plugin, which is loaded")->type_name("FILE")->check(check_is_told);
  add_plugin_path_option(*command, *options);
  command->callback([options, file, &chosen] {
    chosen = interruptible(options, [options, file] { return command_manifest(*options, *file); });
  });
  // What `doctor` runs in a process of its own; not for people.
  CLI::App *load = app.add_subcommand("load")->group("");
  load->add_option("PLUGIN", *file)->required();
  const CLI::Option *library = load->add_flag("--library");
  load->callback([file, library, &chosen] {
    chosen = [file, is_library = library->count() > 0] { return command_load(*file, is_library); };
  });
}

void add_info(CLI::App &app, const Shared &options, Action &chosen) {
  CLI::App *command = app.add_subcommand("info", "Describe a deployed model");
  add_descriptor_option(*command, *options);
  add_connect_options(*command, *options);
  add_common_options(*command, *options);
  command->callback([options, command, &chosen] {
    need_descriptor(*command);
    chosen = interruptible(options, [options] { return command_info(*options); });
  });
}

void add_list(CLI::App &app, const Shared &options, Action &chosen) {
  CLI::App *command = app.add_subcommand("list", "List backends, and devices to connect to");
  add_common_options(*command, *options);
  command->callback(
      [options, &chosen] { chosen = interruptible(options, [options] { return command_list(*options); }); });
}

void add_board(CLI::App &app, const Shared &options, Action &chosen) {
  CLI::App *command = app.add_subcommand("board", "Start emulated boards for others to connect to; needs QEMU");
  const auto action = std::make_shared<std::string>();
  const auto board = std::make_shared<std::string>();
  add_choice(*command, "ACTION", *action, "What to do", {"list", "start", "stop"});
  command
      ->add_option("BOARD", *board,
                   "Which one to start, until Ctrl-C or `stop`; or to stop, which may be a descriptor: without it all")
      ->type_name("NAME")
      ->check(check_is_told);
  add_plugin_path_option(*command, *options);
  command->callback([options, action, board, command, &chosen] {
    need(*command, "ACTION", "list, start or stop", "airunner board list");
    if (*action == "start") need(*command, "BOARD", "the board to start", "airunner board start mps2-an386");
    chosen = [options, action, board] { return command_board(*options, *action, *board); };
  });
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
  command->callback([options, own, command, &chosen] {
    need_descriptor(*command);
    chosen = interruptible(options, [options, own] { return command_run(*options, *own); });
  });
}

void add_profile(CLI::App &app, const Shared &options, Action &chosen) {
  const auto own = std::make_shared<ProfileOptions>();
  CLI::App *command = app.add_subcommand("profile", "Measure a model: percentiles, and the time of each node");
  add_descriptor_option(*command, *options);
  command->get_option("--desc")->required(false);  // --current goes without
  add_connect_options(*command, *options);
  add_invoke_options(*command, *options);
  command->add_option("--warmup", own->warmup, "Samples run first and not recorded (1)")
      ->type_name("N")
      ->check(whole_number(0, UINT32_MAX));
  command->add_option("--repeat", own->repeat, "How often the batch is run (1)")
      ->type_name("N")
      ->check(whole_number(1, UINT32_MAX));
  add_choice(*command, "--format", own->format, "Format on standard output", {"text", "json", "csv"});
  command
      ->add_option("--output-report", own->reports,
                   "Also write the report to a .txt, .json, .csv or .html file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  command->add_flag("--csv", own->csv, "The same as --format csv")->excludes("--format");
  add_choice(*command, "--csv-dialect", own->csv_dialect,
             "What parts cells of CSV; with `semicolon` numbers have decimal commas", {"comma", "semicolon"});
  add_html_option(*command, own->html);
  command->add_option("--trace", own->trace, "Also write a trace for Perfetto or chrome://tracing")
      ->type_name("FILE")
      ->check(check_is_a_file);
  add_model_explorer_option(*command, own->model_explorer);
  command->add_option("--counters", own->counters, "What an STM32N6's NPU counts at each node; several with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(one_of({"npu", "streng", "port", "cache"}));
  add_placement_options(*command, own->placement);
  add_choice(*command, "--print-program", own->program,
             "Print the program that does the same on random inputs, run nothing", {"c", "python"});
  add_whole_run_options(*command, *own);
  add_common_options(*command, *options);
  command->get_option("--json")->excludes("--format")->excludes("--csv");
  for (const char *other :
       {"--input",          "--key",     "--weights",       "--plugin-path", "--format",   "--csv",
        "--csv-dialect",    "--json",    "--output-report", "--html",        "--trace",    "--model-explorer",
        "--counters",       "--require", "--forbid",        "--runs",        "--baseline", "--current",
        "--max-regression", "--save",    "--junit",         "--github"}) {
    command->get_option("--print-program")->excludes(other);
  }
  command->callback([options, own, command, &chosen] {
    if (own->currents.empty()) need_descriptor(*command);
    for (const std::string &text : std::exchange(own->limits, {})) {
      for (std::string &part : parts_of(text)) own->limits.push_back(std::move(part));
    }
    own->whole_run = words_without(
        *command, {"desc", "runs", "baseline", "current", "max-regression", "save", "junit", "github", "format", "csv",
                   "csv-dialect", "json", "output-report", "html", "trace", "model-explorer", "help"});
    own->whole_run.emplace_back(kAsJson);
    chosen = interruptible(options, [options, own] { return command_profile(*options, *own); });
  });
}

void add_report(CLI::App &app, const Shared &options, Action &chosen) {
  const auto own = std::make_shared<ReportOptions>();
  CLI::App *command = app.add_subcommand("report", "Show saved JSON documents side by side on an HTML page");
  command->add_option("FILE.json", own->documents, "What `info`, `run`, `profile` or `compare` printed as JSON")
      ->check(check_is_told);
  command->add_option("-o,--output", own->output, "File of the page; default: standard output")
      ->type_name("FILE")
      ->check(check_is_a_file);
  command->callback([options, own, command, &chosen] {
    need(*command, "FILE.json", "documents", "airunner report monday.json tuesday.json -o both.html");
    chosen = interruptible(options, [own] { return command_report(*own); });
  });
}

void add_serve(CLI::App &app, Action &chosen) {
  const auto options = std::make_shared<server::ServeOptions>();
  CLI::App *command = add_serve_command(app, *options);
  command->callback([options, command, &chosen] {
    need(*command, "DESCRIPTOR", "a descriptor", "airunner serve model.tflite");
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

// Its options are known to Python alone.
void add_validate(CLI::App &app, const std::vector<std::string> &words, Action &chosen) {
  CLI::App *command =
      app.add_subcommand("validate",
                         "Run a data set through one deployed model or several, and judge what comes out; needs "
                         "Python: `airunner validate --help`")
          ->prefix_command();
  command->set_help_flag();
  command->callback([words, &chosen] {
    chosen = [words] { return command_validate({words.begin() + 1, words.end()}); };
  });
}

// `help profile` is `profile --help`.
void add_help(CLI::App &app, Action &chosen) {
  const auto topic = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand("help", "Tell what a command does, and its options");
  command->add_option("COMMAND", *topic, "Which one; without it: what commands there are");
  command->callback([&app, topic, &chosen] {
    const auto found =
        std::as_const(app).get_subcommands([&](const CLI::App *known) { return known->get_name() == *topic; });
    if (!topic->empty() && found.empty()) throw unknown_command(app, *topic);
    const std::string text =
        found.empty() ? help_text(app, app.get_name()) : help_text(*found.front(), app.get_name() + ' ' + *topic);
    chosen = [text] {
      print_result(text);
      return kOk;
    };
  });
}

}  // namespace

Action parse_command_line(const std::vector<std::string> &words) {
  CLI::App app("Runs and profiles a neural network wherever it was deployed.", "airunner");
  app.formatter_fn(
      [](const CLI::App *asked, const std::string &name, CLI::AppFormatMode) { return help_text(*asked, name); });
  app.allow_windows_style_options(false);  // what begins with a slash is a path there, too
  app.set_help_flag("-h,--help", "Tell this");
  app.set_version_flag("--version", fmt::format("airunner {}", air_version()), "Tell the version");
  app.require_subcommand(0, 1);
  app.footer("`airunner help COMMAND` tells the options of a command; airunner(1) and docs/cli.md tell the rest.");
  const auto options = std::make_shared<Options>();
  Action chosen;
  add_list(app, options, chosen);
  add_board(app, options, chosen);
  add_doctor(app, options, chosen);
  add_manifest(app, options, chosen);
  add_info(app, options, chosen);
  add_run(app, options, chosen);
  add_profile(app, options, chosen);
  add_compare(app, options, chosen);
  add_report(app, options, chosen);
  add_serve(app, chosen);
  add_validate(app, words, chosen);
  add_help(app, chosen);
  try {
    app.parse(std::vector(words.rbegin(), words.rend()));  // it takes them from the end
  } catch (const CLI::Success &success) {                  // --help, --version
    std::ostringstream text;
    const int exit_code = app.exit(success, text, text);
    return [exit_code, answer = text.str()] {
      print_result(answer);
      return exit_code;
    };
  } catch (const CLI::ParseError &error) {
    const bool unknown = app.get_subcommands().empty() && !words.empty() && !words[0].starts_with('-');
    throw unknown ? unknown_command(app, words[0]) : complaint(app, error);
  }
  if (!chosen) throw unknown_command(app, "");
  return chosen;
}

}  // namespace air::cli
