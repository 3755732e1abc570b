// SPDX-License-Identifier: BSD-3-Clause
#include "cli/parsing/profile_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/parsing/checks.h"
#include "cli/parsing/shared_options.h"

namespace air::cli {
namespace {

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

}  // namespace

CLI::App *add_profile_command(CLI::App &app, Options &options, ProfileOptions &own) {
  CLI::App *command = app.add_subcommand("profile", "Measure a model: percentiles, and the time of each node");
  add_descriptor_option(*command, options);
  command->get_option("--desc")->required(false);  // --current goes without
  add_connect_options(*command, options);
  add_invoke_options(*command, options);
  command->add_option("--warmup", own.warmup, "Samples run first and not recorded (1)")
      ->type_name("N")
      ->check(whole_number(0, UINT32_MAX));
  command->add_option("--repeat", own.repeat, "How often the batch is run (1)")
      ->type_name("N")
      ->check(whole_number(1, UINT32_MAX));
  add_choice(*command, "--format", own.format, "Format on standard output", {"text", "json", "csv"});
  command
      ->add_option("--output-report", own.reports,
                   "Also write the report to a .txt, .json, .csv or .html file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->check(check_is_a_file);
  command->add_flag("--csv", own.csv, "The same as --format csv")->excludes("--format");
  add_choice(*command, "--csv-dialect", own.csv_dialect,
             "What parts cells of CSV; with `semicolon` numbers have decimal commas", {"comma", "semicolon"});
  add_html_option(*command, own.html);
  command->add_option("--trace", own.trace, "Also write a trace for Perfetto or chrome://tracing")
      ->type_name("FILE")
      ->check(check_is_a_file);
  add_model_explorer_option(*command, own.model_explorer);
  command->add_option("--counters", own.counters, "What an STM32N6's NPU counts at each node; several with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(one_of({"npu", "streng", "port", "cache"}));
  add_placement_options(*command, own.placement);
  add_choice(*command, "--print-program", own.program,
             "Print the program that does the same on random inputs, run nothing", {"c", "python"});
  add_whole_run_options(*command, own);
  add_common_options(*command, options);
  command->get_option("--json")->excludes("--format")->excludes("--csv");
  for (const char *other :
       {"--input",          "--key",     "--weights",       "--plugin-path", "--format",   "--csv",
        "--csv-dialect",    "--json",    "--output-report", "--html",        "--trace",    "--model-explorer",
        "--counters",       "--require", "--forbid",        "--runs",        "--baseline", "--current",
        "--max-regression", "--save",    "--junit",         "--github"}) {
    command->get_option("--print-program")->excludes(other);
  }
  return command;
}

void finish_profile_command(const CLI::App &command, ProfileOptions &own) {
  for (const std::string &text : std::exchange(own.limits, {})) {
    for (std::string &part : parts_of(text)) own.limits.push_back(std::move(part));
  }
  own.whole_run = words_without(
      command, {"desc", "runs", "baseline", "current", "max-regression", "save", "junit", "github", "format", "csv",
                "csv-dialect", "json", "output-report", "html", "trace", "model-explorer", "help"});
  own.whole_run.emplace_back(kAsJson);
}

}  // namespace air::cli
