// SPDX-License-Identifier: BSD-3-Clause
// `airunner compare`: the same inputs through two deployments, and where they part.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "airunner_report.h"
#include "cli/commands/commands.h"
#include "cli/inputs/golden.h"
#include "cli/inputs/input_file.h"
#include "cli/outputs/file_kinds.h"
#include "cli/outputs/findings.h"
#include "cli/outputs/html.h"
#include "cli/outputs/model_explorer.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/outputs/writing.h"
#include "cli/reproducer/reproducer.h"
#include "cli/running/interrupt.h"
#include "cli/running/node_times.h"
#include "cli/running/parts.h"
#include "cli/running/placement.h"
#include "cli/running/recording.h"
#include "platform/files/new_file.h"
#include "text/metric_range.h"

namespace air::cli {
namespace {

constexpr const char *kTooDifferent = "the outputs differ by more than the limits allow";

constexpr const char *kUndecided = "nothing can be said of the network with these inputs";

using Comparison = Held<air_comparison, air_retain_comparison, air_release_comparison>;

bool is_called_capture(const std::string &path) {
  return extension(path) == ".npz";
}

bool is_capture(const std::string &side) {
  return (is_called_capture(side) || is_archive(side)) && !is_golden(side);
}

HeldResult load(const std::string &path) {
  HeldResult loaded;
  check(air_load_result(path.c_str(), loaded.out()), kBadInput);
  return loaded;
}

void connect(Side &side, const std::string &descriptor, const std::string &name, const Options &options) {
  Options own = options;
  own.descriptor = descriptor;
  own.model = name;
  side.connection.emplace(own);
}

air_metric metric_called(const std::string &name, const std::string &text) {
  std::string known;
  for (int i = 0; const char *candidate = air_metric_name(static_cast<air_metric>(i)); ++i) {
    if (name == candidate) return static_cast<air_metric>(i);
    known += (known.empty() ? "" : ", ") + std::string(candidate);
  }
  throw Failure(kUsage, fmt::format("limit {}: there is no metric {}; there are: {}", text, name, known));
}

// "cos=0.99"
void add_limit(std::vector<air_limit> &limits, const std::string &text, bool is_min) {
  const size_t equals = text.find('=');
  const air_metric metric = metric_called(text.substr(0, equals), text);
  double value = 0;
  try {
    size_t used = 0;
    value = std::stod(text.substr(equals + 1), &used);
    if (used != text.size() - equals - 1 || !std::isfinite(value)) throw std::invalid_argument(text);
  } catch (const std::logic_error &) {
    throw Failure(kUsage, fmt::format("limit {}: expected a number after =", text));
  }
  if (const std::string wrong = impossible_for(metric, value); !wrong.empty())
    throw Failure(kUsage, fmt::format("limit {}: {} is never {:g}, {}", text, air_metric_name(metric), value, wrong));
  const double endless = std::numeric_limits<double>::infinity();
  const air_limit limit = {metric, 0, is_min ? value : -endless, is_min ? endless : value};
  if (const std::string wrong = wrong_way(limit); !wrong.empty())
    throw Failure(kUsage, fmt::format("{} {}: {}: {} {}?", is_min ? "--min" : "--max", text, wrong,
                                      is_min ? "--max" : "--min", text));
  limits.push_back(limit);
}

std::vector<air_limit> limits_of(const CompareOptions &own) {
  std::vector<air_limit> limits;
  for (const std::string &text : own.min_limits) add_limit(limits, text, true);
  for (const std::string &text : own.max_limits) add_limit(limits, text, false);
  if (const std::string wrong = contradiction(limits); !wrong.empty())
    throw Failure(kUsage, "--min and --max cannot be met together: " + wrong);
  return limits;
}

std::string formatted(const air_comparison *comparison, const std::string &format, const air_text_options &layout) {
  char *text = nullptr;
  check(format == "txt" ? air_comparison_to_text(comparison, &layout, &text)
                        : air_comparison_to_json(comparison, 0, &text),
        kFailed);
  if (format != "html") return take(text);
  const Document document = {"", take(text)};
  return html_page(std::span(&document, 1));
}

// The format that the name of a report's file asks for.
std::string format_of(const std::string &path) {
  const std::string kind = extension(path);
  if (kind != ".json" && kind != ".txt" && kind != ".html") {
    throw Failure(kUsage, fmt::format("--output-report {}: expected a name that ends in .txt, .json or .html", path));
  }
  return kind.substr(1);
}

std::vector<std::string> captures_of(const CompareOptions &own) {
  std::vector<std::string> paths;
  std::copy_if(own.sides.begin(), own.sides.end(), std::back_inserter(paths), is_capture);
  return paths;
}

// Refuses wrong names.
std::vector<OutputFile> files_of(const CompareOptions &own) {
  std::vector<OutputFile> files = {{"--html", own.html}, {"--junit", own.junit}};
  for (const std::string &path : own.saves) {
    if (!is_called_capture(path))
      throw Failure(kUsage, fmt::format("--save {}: expected a name that ends in .npz", path));
    files.push_back({"--save", path});
  }
  for (const std::string &path : own.reports) {
    format_of(path);
    files.push_back({"--output-report", path});
  }
  for (const OutputFile &file : overlay_files(own.model_explorer)) files.push_back(file);
  return files;
}

void check_sides(const Options &options, const CompareOptions &own) {
  if (own.sides.size() > 2) {
    throw Failure(kUsage,
                  fmt::format("unexpected '{}': compare takes two sides; inputs are given with -i", own.sides[2]));
  }
  if (own.sides.size() == 1 && (own.saves.empty() || is_capture(own.sides.front()) || is_golden(own.sides.front()))) {
    throw Failure(kUsage, "compare needs two sides, or one descriptor and --save FILE.npz to record it");
  }
  if (own.sides.size() == 1 && !own.layout.empty())
    throw Failure(kUsage, "--layout needs two sides: it tells how the one lies to the other");
  if (own.sides.size() == 1 && own.min_limits.size() + own.max_limits.size() > 0)
    throw Failure(kUsage, "--min and --max need two sides: they limit how far the one is from the other");
  const bool has_report = options.json || !own.reports.empty() || !own.html.empty() || !own.model_explorer.empty() ||
                          !own.junit.empty() || own.github;
  if (own.sides.size() == 1 && has_report) {
    throw Failure(
        kUsage,
        "--json, --html, --output-report, --model-explorer, --junit and --github need two sides: one alone has no "
        "comparison");
  }
  if (own.outputs_only && !own.model_explorer.empty())
    throw Failure(kUsage, "--model-explorer shows nodes, which --outputs-only leaves out");
  if (own.outputs_only && !own.placement.empty()) {
    throw Failure(kUsage, "--require and --forbid are about nodes, which --outputs-only leaves out");
  }
  if (own.saves.size() > own.sides.size()) {
    throw Failure(kUsage, "--save is given more often than there are sides: the first is for A, the second for B");
  }
  if (own.names.size() > own.sides.size()) {
    throw Failure(kUsage, "--name is given more often than there are sides: one is for both, of two the first for A");
  }
}

void check_golden(const Options &options, const CompareOptions &own, const std::vector<Side> &sides) {
  const auto n_golden = std::ranges::count_if(sides, [](const Side &side) { return side.golden.has_value(); });
  if (n_golden == 2) {
    throw Failure(kUsage,
                  fmt::format("{} and {} are both arrays of other programs: one side has to be a descriptor or a "
                              "capture, which tells what they are",
                              own.sides[0], own.sides[1]));
  }
  if (n_golden == 1 && options.draws()) {
    throw Failure(kUsage, "--seed and --range draw inputs, and the outputs in a file were computed from others");
  }
  if (n_golden == 1 && !options.key.empty() && options.inputs.empty()) {
    throw Failure(kUsage, "--key without --input: it chooses an array of inputs in an .npz");
  }
}

// The sides, with the captures among them loaded: one that cannot be is told before what does not go with it.
std::vector<Side> load_sides(const Options &options, const CompareOptions &own) {
  std::vector<Side> sides(own.sides.size());
  for (size_t i = 0; i < sides.size(); ++i) {
    if (is_capture(own.sides[i])) sides[i].result = load(own.sides[i]);
    if (is_golden(own.sides[i])) sides[i].golden.emplace(own.sides[i], options.batch);
  }
  check_golden(options, own, sides);
  const bool has_inputs = !options.inputs.empty() || !options.key.empty() || options.batch || options.draws();
  if (has_inputs && !captures_of(own).empty()) {
    throw Failure(kUsage,
                  "--input, --key, --batch, --seed and --range do not go with a capture: it has inputs of its own");
  }
  return sides;
}

void save(Writing &writing, const CompareOptions &own, const std::vector<Side> &sides) {
  for (size_t i = 0; i < own.saves.size(); ++i) {
    const std::string &path = own.saves[i];
    writing.attempt(path, [&] { check(air_save_result(sides[i].result.get(), path.c_str()), kFailed); });
  }
}

bool has_data(const air_result *result, uint32_t node) {
  const uint32_t n_outputs = air_get_result_model(result)->nodes[node]->n_outputs;
  for (uint32_t i = 0; i < n_outputs; ++i) {
    air_view values{};
    check(air_get_tensor(result, AIR_PLACE_NODE, node, i, 0, &values), kFailed);
    if (values.data == nullptr) return false;
  }
  return n_outputs > 0;
}

uint32_t count_nodes_with_data(const air_result *result) {
  uint32_t count = 0;
  for (uint32_t node = 0; node < air_get_result_model(result)->n_nodes; ++node) count += has_data(result, node) ? 1 : 0;
  return count;
}

std::string saved_line(const std::string &path, const Side &side, const std::string &role) {
  return fmt::format("{}: {}{} samples, {} nodes with data\n", path, role, side.n_samples(),
                     count_nodes_with_data(side.result.get()));
}

void print_saved(const CompareOptions &own, const std::vector<Side> &sides) {
  if (sides.size() == 1) return print(saved_line(own.saves.front(), sides.front(), ""));
  std::string text;
  for (size_t i = 0; i < own.saves.size(); ++i) {
    text += saved_line(own.saves[i], sides[i], i == 0 ? "the reference, " : "the other side, ");
  }
  if (!text.empty()) print("\n" + text);
}

void print_golden(const std::vector<Side> &sides) {
  for (const Side &side : sides) {
    if (side.golden) print("\n" + places_line(side.result.get()));
  }
}

// What a metric needs that no output has.
const char *need_of(air_metric metric) {
  switch (metric) {
    case AIR_METRIC_ACC:
      return "outputs that are one vector, and of another size than the inputs";
    case AIR_METRIC_L2R:
      return "a reference that is not all 0";
    case AIR_METRIC_NSE:
      return "a reference whose values are not all the same";
    default:
      return "values that are finite";
  }
}

// A limit that no output could break decides nothing, and whoever gave it relies on it.
void check_applied(const air_comparison &comparison) {
  for (uint32_t i = 0; i < comparison.n_limits; ++i) {
    const air_limit &limit = comparison.limits[i];
    const auto applies = [&](const air_tensor_pair *output) { return !std::isnan(output->metrics[limit.metric]); };
    if (std::any_of(comparison.outputs, comparison.outputs + comparison.n_outputs, applies)) continue;
    const char *name = air_metric_name(limit.metric);
    const bool is_min = std::isfinite(limit.min);
    throw Failure(kBadInput,
                  fmt::format("limit {} {} {:g} applies to no output: {} needs {}", name,
                              is_min ? ">=" : "<=", is_min ? limit.min : limit.max, name, need_of(limit.metric)),
                  {"leave the limit out, or give one of another metric"});
  }
}

air_session *session_of(const Side &side) {
  return side.connection ? side.connection->session() : nullptr;
}

Comparison compared(const Options &options, const CompareOptions &own, const Side &a, const Side &b,
                    PartsThatFollow *following) {
  const std::vector<air_limit> limits = limits_of(own);
  const SearchOptions search(options);
  const air_invoke_options invoke = options.invoke_options(AIR_MODE_IO_ONLY);
  air_compare_options compare = {};
  compare.struct_size = sizeof compare;
  compare.n_limits = static_cast<uint32_t>(limits.size());
  compare.limits = limits.data();
  compare.reference_session = session_of(a);
  compare.other_session = session_of(b);
  compare.timeout_ms = invoke.timeout_ms;
  compare.token = invoke.token;
  compare.connect = search.get();
  const bool drawn = a.connection && b.connection && options.inputs.empty() && options.range.empty();
  compare.random_inputs = drawn ? 1 : 0;
  if (following != nullptr) {
    compare.next = &PartsThatFollow::next;
    compare.user = following;
    compare.n_samples = following->parts.n_samples();
  }
  if (!own.layout.empty())
    compare.layout = static_cast<uint32_t>(1 + (std::ranges::find(kLayouts, own.layout) - kLayouts.begin()));
  Comparison comparison;
  const Waiting waiting;
  const air_status status = air_compare(a.result.get(), b.result.get(), &compare, comparison.out());
  if (following != nullptr && following->failure) std::rethrow_exception(following->failure);
  check(status, kBadInput);
  return comparison;
}

// Over all samples: a comparison in parts holds the last results alone.
NodeTimes times_of(const Side &side, const PartsThatFollow *following) {
  return following != nullptr ? following->times_of_other() : NodeTimes(*side.result);
}

void report(Writing &writing, const Options &options, const CompareOptions &own, const air_comparison *result,
            const NodeTimes &times) {
  const air_text_options plain = {.struct_size = sizeof(plain)};
  print(formatted(result, options.json ? "json" : "txt", text_options(options.verbosity > 0)));
  const auto write = [&](const std::string &path, const std::string &format) {
    if (!path.empty()) writing.attempt(path, [&] { write_file(path, formatted(result, format, plain)); });
  };
  for (const std::string &path : own.reports) write(path, format_of(path));
  write(own.html, "html");
  writing.attempt([&] {
    for (const Overlay &overlay : overlays(own.model_explorer, *result, times)) {
      write_file(overlay.path, overlay.json);
      tell_written(overlay.path);
    }
  });
  writing.attempt([&] { write_findings(suite_of(*result), own.junit, own.github); });
}

// Those that are neither captures nor arrays.
void connect_sides(const Options &options, const CompareOptions &own, const std::vector<OutputFile> &files,
                   std::vector<Side> &sides) {
  for (size_t i = 0; i < sides.size(); ++i) {
    if (sides[i].result || sides[i].golden) continue;
    connect(sides[i], own.sides[i], own.names.empty() ? "" : own.names[std::min(i, own.names.size() - 1)], options);
    check_output_files(files, *sides[i].connection);
  }
  check_overlay(own.model_explorer, {sides.front().model(), sides.back().model()});
}

// Captures have inputs of their own.
bool options_of_inputs_go_with(const std::vector<Side> &sides) {
  return std::ranges::all_of(sides, [](const Side &side) { return side.connection || side.golden; });
}

// What may lead to a verdict where these inputs do not.
std::string next_step(const Options &options, const std::vector<Side> &sides) {
  const bool runs = std::ranges::all_of(sides, [](const Side &side) { return side.connection.has_value(); });
  if (!runs && !options_of_inputs_go_with(sides))
    return "record the capture again with inputs that both sides can represent: real ones with -i, or from a --range";
  if (!runs || !options.inputs.empty()) return "give inputs that both sides can represent, such as real ones";
  return "give real inputs with -i, or with --range the values that the network was made for";
}

}  // namespace

int command_compare(const Options &options, const CompareOptions &own) {
  check_sides(options, own);
  check_reproducer(own);
  const std::vector<OutputFile> files = files_of(own);
  ReadFiles read = files_named(options);
  const ReadFiles sides_read = files_in(own.sides);
  read.insert(read.end(), sides_read.begin(), sides_read.end());
  check_output_files(files, read);
  limits_of(own);  // refuses wrong limits before the run
  check_placement_options(own.placement);
  std::vector<Side> sides = load_sides(options, own);
  Recording recording(options, own);
  connect_sides(options, own, files, sides);
  recording.record(sides);
  const std::string &drawn = recording.drawn();
  Writing writing;
  save(writing, own, sides);
  Comparison comparison;
  if (sides.size() == 2) {
    comparison = compared(options, own, sides.front(), sides.back(), recording.following());
    if (own.min_limits.size() + own.max_limits.size() > 0) check_applied(*comparison);
    report(writing, options, own, comparison.get(), times_of(sides.back(), recording.following()));
    writing.attempt([&] { write_reproducer(options, own, *comparison); });
  }
  const bool undecided = comparison && comparison->conclusion == AIR_CONCLUSION_NONE;
  const bool differs = comparison && comparison->conclusion == AIR_CONCLUSION_DIFFERS;
  std::optional<Failure> unsaved = writing.failure();
  if (unsaved && differs) unsaved->causes.push_back(std::string("besides, ") + kTooDifferent);
  if (unsaved && undecided) unsaved->causes.push_back(std::string("besides, ") + kUndecided);
  if (unsaved) throw *unsaved;
  if (!options.json && !drawn.empty()) print(fmt::format("\ninputs are {}\n", drawn));
  if (!options.json) print_golden(sides);
  if (!options.json) print_saved(own, sides);
  if (undecided) throw Failure(kNoVerdict, kUndecided, {next_step(options, sides)});
  const air_model &placed = *air_get_result_model(comparison ? comparison->other : sides.back().result.get());
  const NodeTimes times = times_of(sides.back(), recording.following());
  const std::optional<Failure> misplaced = placement_failure(own.placement, placed, times);
  if (differs && misplaced) throw Failure(kDiffers, kTooDifferent, {fmt::format("besides, {}", misplaced->what())});
  if (differs) throw Failure(kDiffers, kTooDifferent);
  if (misplaced) throw *misplaced;
  return kOk;
}

}  // namespace air::cli
