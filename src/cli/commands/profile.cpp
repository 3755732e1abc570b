// SPDX-License-Identifier: BSD-3-Clause
// `airunner profile`: how long a model takes, node by node.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/outputs/csv.h"
#include "cli/outputs/file_kinds.h"
#include "cli/outputs/html.h"
#include "cli/outputs/model_explorer.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/outputs/program.h"
#include "cli/outputs/writing.h"
#include "cli/running/execution.h"
#include "cli/running/node_times.h"
#include "cli/running/placement.h"
#include "platform/files/new_file.h"
#include "text/json_writer.h"
#include "text/table.h"

namespace air::cli {
namespace {

// What was measured, and why it is less than was asked for: "" for all of it.
struct Measured {
  const air_result *result;
  bool with_data;
  std::string interrupted;
  bool decimal_commas = false;
};

// A document that says at its end that it is not whole.
std::string marked(std::string json, const std::string &interrupted) {
  if (interrupted.empty()) return json;
  json.resize(json.rfind('}'));
  json.resize(json.find_last_not_of('\n') + 1);
  return fmt::format("{},\n\t\"interrupted\":\t{}\n}}\n", json, Json(interrupted).print(true));
}

std::string formatted(const Measured &measured, const std::string &format, const air_text_options &layout) {
  const auto &[result, with_data, interrupted, decimal_commas] = measured;
  char *text = nullptr;
  if (format == "json") {
    check(air_result_to_json(result, with_data ? AIR_JSON_DATA : 0, &text), kFailed);
    return marked(take(text), interrupted);
  } else if (format == "csv") {
    check(air_result_to_csv(result, &text), kFailed);
    if (decimal_commas) return with_decimal_commas(take(text));
  } else if (format == "trace") {
    check(air_result_to_trace(result, &text), kFailed);
  } else if (format == "html") {
    const Document document{"", formatted({result, false, interrupted}, "json", layout)};
    return html_page(std::span(&document, 1));
  } else {
    check(air_result_to_text(result, &layout, &text), kFailed);
    if (!interrupted.empty())
      return take(text) + "\n" + labelled_text("interrupted", interrupted, layout.width, layout.colour != 0);
  }
  return take(text);
}

// The format that the name of a report's file asks for.
std::string format_of(const std::string &path) {
  const std::string kind = extension(path);
  if (kind == ".json" || kind == ".csv" || kind == ".html") return kind.substr(1);
  if (kind == ".txt") return "text";
  throw Failure(kUsage,
                fmt::format("--output-report {}: expected a name that ends in .txt, .json, .csv or .html", path));
}

std::string format_on_output(const Options &options, const ProfileOptions &own) {
  return options.json ? "json" : own.csv ? "csv" : own.format;
}

void check_dialect(const Options &options, const ProfileOptions &own) {
  const auto is_csv = [](const std::string &path) { return format_of(path) == "csv"; };
  if (own.csv_dialect.empty() || format_on_output(options, own) == "csv" || std::ranges::any_of(own.reports, is_csv))
    return;
  throw Failure(kUsage, fmt::format("--csv-dialect {}: nothing is written as CSV", own.csv_dialect),
                {"add --csv, or --output-report FILE.csv"});
}

// Refuses wrong names.
std::vector<OutputFile> files_of(const ProfileOptions &own) {
  std::vector<OutputFile> files = {{"--html", own.html}, {"--trace", own.trace}};
  for (const std::string &path : own.reports) {
    format_of(path);
    files.push_back({"--output-report", path});
  }
  for (const OutputFile &file : overlay_files(own.model_explorer)) files.push_back(file);
  return files;
}

Writing write_reports(const ProfileOptions &own, const Measured &measured) {
  const air_text_options plain = {.struct_size = sizeof(plain)};
  Writing writing;
  const auto write = [&](const std::string &path, const std::string &format) {
    if (!path.empty()) writing.attempt(path, [&] { write_file(path, formatted(measured, format, plain)); });
  };
  for (const std::string &path : own.reports) write(path, format_of(path));
  write(own.html, "html");
  write(own.trace, "trace");
  writing.attempt([&] {
    for (const Overlay &overlay :
         overlays(own.model_explorer, *air_get_result_model(measured.result), NodeTimes(*measured.result))) {
      write_file(overlay.path, overlay.json);
      tell_written(overlay.path);
    }
  });
  return writing;
}

// Counters and places are those of nodes.
void check_mode(const ProfileOptions &own, uint32_t mode) {
  check_placement_options(own.placement);
  if ((mode & (AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA)) != 0) return;
  if (!own.counters.empty() || !own.placement.empty())
    throw Failure(kUsage, "--counters, --require and --forbid are about nodes: --mode has to have per-layer");
}

// The backend for boards knows how its firmware is asked.
Options with_counters(Options options, const ProfileOptions &own) {
  if (own.counters.empty()) return options;
  const auto is_counters = [](const std::string &option) { return option.starts_with("counters="); };
  if (std::ranges::any_of(options.backend_options, is_counters))
    throw Failure(kUsage, "--counters and --option counters=... say the same thing: give one of them");
  options.backend_options.push_back(fmt::format("counters={}", fmt::join(own.counters, ",")));
  return options;
}

Connection connect(const Options &options, const ProfileOptions &own) {
  try {
    return Connection(options);
  } catch (Failure &failure) {
    if (!own.counters.empty()) failure.causes.emplace_back("--counters is for boards with an STM32N6");
    throw;
  }
}

}  // namespace

int command_profile(const Options &given, const ProfileOptions &own) {
  if (is_by_whole_runs(own)) return command_regression(given, own);
  const Options options = with_counters(given, own);
  air_invoke_options invoke = options.invoke_options(AIR_MODE_PER_LAYER);
  check_mode(own, invoke.mode);
  invoke.warmup = own.warmup;
  invoke.repeat = own.repeat;
  const std::vector<OutputFile> files = files_of(own);
  check_dialect(options, own);
  check_output_files(files, files_named(options));
  if (!own.program.empty()) {
    print(own.program == "c" ? program_c(options, invoke) : program_python(options, invoke));
    return kOk;
  }
  const Connection connection = connect(options, own);
  check_output_files(files, connection);
  check_overlay(own.model_explorer, {&connection.model()});
  const Execution execution = execute(connection, make_inputs(connection, options), invoke);
  const air_result *result = execution.result.get();
  const air_profile *profile = air_get_profile(result);
  if (execution.failure && (profile == nullptr || profile->n_runs == 0)) throw *execution.failure;
  const Measured measured{result, (profile->mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0,
                          execution.failure ? execution.failure->what() : "", own.csv_dialect == "semicolon"};
  print(formatted(measured, format_on_output(options, own), text_options(options.verbosity > 0)));
  const Writing written = write_reports(own, measured);
  if (execution.failure) throw *execution.failure;
  written.finish();
  const air_model &model = *air_get_result_model(result);
  if (const auto misplaced = placement_failure(own.placement, model, NodeTimes(*result))) throw *misplaced;
  return kOk;
}

}  // namespace air::cli
