// SPDX-License-Identifier: BSD-3-Clause
// The command line: what each subcommand takes. With parsing/ the one place that knows the parser.
#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
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
#include "cli/parsing/profile_options.h"
#include "cli/parsing/serve_options.h"
#include "cli/parsing/shared_options.h"
#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "platform/streams/streams.h"

namespace air::cli {
namespace {

using Shared = std::shared_ptr<Options>;

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
  add_connect_options(*command, *options, &own->names);
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
  CLI::App *command = add_profile_command(app, *options, *own);
  command->callback([options, own, command, &chosen] {
    if (own->currents.empty()) need_descriptor(*command);
    finish_profile_command(*command, *own);
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
