// SPDX-License-Identifier: BSD-3-Clause
// A result as tables for people: what was strange, times with percentiles, then nodes with share and cumulated share.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <span>

#include "common/utf8.h"
#include "report/clock.h"
#include "report/measured.h"
#include "report/placement.h"
#include "report/profile_summary.h"
#include "report/report.h"
#include "report/text/node_columns.h"
#include "text/descriptions.h"
#include "text/table.h"

namespace air::report {
namespace {

constexpr double kHotShare = 0.25;
constexpr double kWarmShare = 0.10;
constexpr double kLeastShare = 0.0005;  // what shows as more than 0.0 %
constexpr size_t kBarColumns = 10;

// A bar of eighths of a column.
std::string bar(double share) {
  constexpr std::array<const char *, 8> partial = {"",       "\u258F", "\u258E", "\u258D",
                                                   "\u258C", "\u258B", "\u258A", "\u2589"};
  if (!std::isfinite(share)) return "";
  const auto eighths = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kBarColumns * 8));
  std::string text;
  for (size_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  return text + partial.at(eighths % 8);
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.1f}%", share * 100) : "-";
}

Style heat(double share) {
  if (share >= kHotShare) return Style::kHot;
  return share >= kWarmShare ? Style::kWarm : Style::kPlain;
}

// "812 samples/s", "" where it cannot be told.
std::string rate_text(double sample_ms) {
  const double rate = 1000 / sample_ms;
  if (!(rate > 0 && rate < 1e15)) return "";
  const std::string text =
      rate < 100 ? fmt::format("{:.2f}", rate) : count_text(static_cast<uint64_t>(std::llround(rate)));
  return text + " samples/s";
}

std::string run_text(const air_profile &profile) {
  std::string text = fmt::format("{} samples", count_text(profile.n_samples));
  if (profile.n_runs != profile.n_samples) text += fmt::format(", {} runs", count_text(profile.n_runs));
  text += fmt::format(", {}", fmt::join(mode_names(profile.mode), "|"));
  return profile.stopped != 0 ? text + ", stopped by a callback" : text;
}

std::string device_text(const air_result *result, const ProfileSummary &summary) {
  const std::string time = time_text(device_ms(result)), rate = rate_text(summary.device.p50);
  return rate.empty() ? time : fmt::format("{}, {}", time, rate);
}

std::string not_finite_text(const air_tensor &tensor, const air_not_finite &found) {
  return fmt::format("{} was given {} NaN and {} infinite values: what is computed from them says little", tensor.name,
                     count_text(found.n_nan), count_text(found.n_infinite));
}

// Samples that took far longer than most, and what it was in the worst of them: "" where there is none.
std::string outliers_text(const air_result *result, const ProfileSummary &summary) {
  const std::optional<Outliers> found = outliers(result, summary);
  if (!found) return "";
  std::string text = fmt::format("{} of {} samples took more than {} times the median: {} against {}",
                                 count_text(found->n), count_text(summary.device.count), kOutlierTimes,
                                 time_text(found->worst_ms), time_text(summary.device.p50));
  if (found->node != AIR_WHOLE_RUN) {
    text += fmt::format(", most of it in #{} {}", found->node, node_name(*air_get_result_model(result), found->node));
  }
  return text;
}

// What one sample takes of the processor, where the firmware counts or its clock is told: "24,803 a sample, 5.1 per MACC".
std::string cycles_text(const air_result *result, const ProfileSummary &summary) {
  const std::optional<double> cycles = cycles_of_sample(result, summary);
  if (!cycles) return "";
  std::string text = count_text(static_cast<uint64_t>(std::llround(*cycles))) + " a sample";
  const uint64_t macc = air_get_result_model(result)->macc;
  if (macc != kUnknown && macc > 0) {
    text += fmt::format(", {:.2f} per MACC ({} MACC)", *cycles / static_cast<double>(macc), count_text(macc));
  }
  return text;
}

// A count that was measured, "-" when not known.
std::string known_text(double value, std::string (*text)(uint64_t) = count_text) {
  return value >= 0 && value < 0x1p64 ? text(static_cast<uint64_t>(std::round(value))) : "-";
}

std::string link_text(const air_result *result) {
  const auto total = [&](const char *column) { return known_text(sum(series(result, column))); };
  return fmt::format("{}, {} B sent, {} B received, {} packets, {} turnarounds", time_text(link_ms(result)),
                     total("link.sent"), total("link.received"), total("link.packets"), total("link.turnarounds"));
}

// "energy of the core: mean 12.5 uJ, min 12, max 13"
std::string column_text(const air_column &column, Series values) {
  const air_statistics s = statistics(values);
  const char *name = *column.text == '\0' ? column.name : column.text;
  if (s.count == 0) return fmt::format("{}: -", name);
  const char *gap = *column.unit == '\0' ? "" : " ";
  return fmt::format("{}: mean {:.6g}{}{}, min {:.6g}, max {:.6g}", name, s.mean, gap, column.unit, s.min, s.max);
}

// Of those that are known; 0 for none.
double largest_of(std::initializer_list<double> values) {
  double largest = 0;
  for (const double value : values) largest = std::isfinite(value) ? std::max(largest, value) : largest;
  return largest;
}

std::string times_table(const ProfileSummary &summary, const air_text_options &options) {
  const TimeUnit unit = time_unit(largest_of({summary.device.p50, summary.whole.p50}));
  Table table({{.title = fmt::format("time of a sample, {}", unit.name), .min_width = 14},
               {.title = "p50", .right = true},
               {.title = "mean", .right = true, .rank = 1},
               {.title = "std", .right = true, .rank = 2},
               {.title = "min", .right = true, .rank = 3},
               {.title = "p90", .right = true, .rank = 5},
               {.title = "p99", .right = true, .rank = 4},
               {.title = "max", .right = true, .rank = 3}});
  const auto add = [&](const char *name, const air_statistics &s) {
    table.add({{name},
               {unit.text(s.p50), Style::kBold},
               {unit.text(s.mean)},
               {unit.text(s.std)},
               {unit.text(s.min)},
               {unit.text(s.p90)},
               {unit.text(s.p99)},
               {unit.text(s.max)}});
  };
  add("on the device", summary.device);
  add("whole run", summary.whole);
  return table.render(options.width, options.colour != 0);
}

// As in a comparison of profiles, where one tick is no change.
std::string clock_text(const air_result *result, const ProfileSummary &summary) {
  std::set<double> times;
  std::vector<double> medians;
  for (const NodeSummary &node : summary.executed) {
    medians.push_back(node.statistics.p50);
    for (const double time : series(result, "time.device", node.index)) {
      if (std::isfinite(time) && time != 0) times.insert(time);
    }
  }
  return coarse_clock_text(times, medians);
}

// The first of them: each run may have said something else.
template <class Field>
void add_notes(const Field &field, const std::vector<std::string> &notes) {
  constexpr size_t kMost = 10;
  for (const std::string &note : std::span(notes).first(std::min(notes.size(), kMost))) field("note", printable(note));
  if (notes.size() > kMost) field("note", fmt::format("and {} more, see the JSON document", notes.size() - kMost));
}

std::string outputs_text(const air_node &node) {
  if (node.n_outputs == 0) return "";
  std::string text = tensor_text(*node.outputs[0]);
  return node.n_outputs == 1 ? text : fmt::format("{} +{}", text, node.n_outputs - 1);
}

// Medians over the recorded runs of each counter of a node.
std::string counters_text(const air_result *result, uint32_t node) {
  std::vector<std::string> medians;
  for (const uint32_t column : counters(result, node)) {
    medians.push_back(known_text(statistics(series(result, column, node)).p50));
  }
  return fmt::format("{}", fmt::join(medians, " "));
}

// What the counters of the nodes count, as the target tells it: "CPU cycles", "3 counters: CPU cycles, NPU counters".
std::string counters_title(const air_result *result, const ProfileSummary &summary) {
  const air_model &model = *air_get_result_model(result);
  std::vector<uint32_t> most;
  for (const NodeSummary &node : summary.executed) {
    std::vector<uint32_t> own = counters(result, node.index);
    if (own.size() > most.size()) most = std::move(own);
  }
  std::vector<std::string> kinds;
  for (const uint32_t column : most) {
    const char *text = *model.columns[column]->text == '\0' ? "counter" : model.columns[column]->text;
    if (std::ranges::find(kinds, text) == kinds.end()) kinds.emplace_back(text);
  }
  const std::string title = fmt::format("{}", fmt::join(kinds, ", "));
  return most.size() > kinds.size() ? fmt::format("{} x {}", most.size(), title) : title;
}

void add_node(Table &table, const TimeUnit &unit, const air_result *result, const NodeSummary &summary) {
  const air_model &model = *air_get_result_model(result);
  const air_node &node = *model.nodes[summary.index];
  table.add({{fmt::format("{}", summary.index), Style::kDim},
             {node.layer < 0 ? "-" : fmt::format("{}", node.layer), Style::kDim},
             {node_name(model, summary.index)},
             {operation_kind(node.operation)},
             {outputs_text(node)},
             {place_text(node)},
             {unit.text(summary.statistics.p50), Style::kBold},
             {unit.text(summary.statistics.mean)},
             {unit.text(summary.statistics.p90)},
             {percent(summary.share), heat(summary.share)},
             {percent(summary.cumulated)},
             {bar(summary.share), Style::kAccent},
             {counters_text(result, summary.index)}});
}

void add_outside(Table &table, const TimeUnit &unit, const ProfileSummary &summary) {
  table.add({{},
             {},
             {"outside nodes"},
             {},
             {},
             {},
             {unit.text(summary.outside_ms), Style::kBold},
             {},
             {},
             {percent(summary.outside_share), heat(summary.outside_share)},
             {percent(1)},
             {bar(summary.outside_share), Style::kAccent}});
}

std::string nodes_table(const air_result *result, const ProfileSummary &summary, const air_text_options &options) {
  constexpr size_t kWidestText = 60;  // also where the table may be as wide as it likes
  double largest = 0;
  bool has_places = false;
  for (const NodeSummary &node : summary.executed) {
    largest = largest_of({largest, node.statistics.p50});
    has_places = has_places || !place_text(*air_get_result_model(result)->nodes[node.index]).empty();
  }
  // Most nodes take far less than the largest: a unit in which they still have digits.
  const TimeUnit unit = time_unit(largest < 10 ? std::min(largest, 0.5) : largest);
  Table table({{.title = "#", .right = true},
               {.title = "m_id", .right = true, .rank = 7},
               {.title = "node", .min_width = 16, .max_width = kWidestText, .cut = Cut::kBegin},
               {.title = "operation", .min_width = 12, .max_width = kWidestText, .rank = 3},
               {.title = "output", .min_width = 16, .max_width = kWidestText, .rank = 4},
               {.title = has_places ? "on" : "", .rank = 7},
               {.title = fmt::format("p50 {}", unit.name), .right = true},
               {.title = "mean", .right = true, .rank = 5},
               {.title = "p90", .right = true, .rank = 6},
               {.title = "share", .right = true},
               {.title = "cumul.", .right = true, .rank = 2},
               {.title = "", .rank = 8},
               {.title = counters_title(result, summary), .right = true, .rank = 9}});
  for (const NodeSummary &node : summary.executed) add_node(table, unit, result, node);
  if (summary.outside_share >= kLeastShare) add_outside(table, unit, summary);
  return table.render(options.width, options.colour != 0);
}

}  // namespace

std::string result_to_text(const air_result *result, const air_text_options &options) {
  const air_model &model = *air_get_result_model(result);
  const air_profile &profile = *air_get_profile(result);
  const ProfileSummary summary = summarize(result);
  const bool colour = options.colour != 0;
  std::string text = title_line(fmt::format("Profile of {}", model.name), options.width, colour);
  const auto field = [&](const char *label, const std::string &value) {
    if (!value.empty()) text += labelled_text(label, value, options.width, colour);
  };
  for (uint32_t i = 0; i < profile.n_not_finite; ++i) {
    const air_not_finite &found = profile.not_finite[i];
    if (found.n_nan + found.n_infinite > 0) field("inputs", not_finite_text(*model.inputs[i], found));
  }
  text += labelled_line("descriptor", model.descriptor, options.width, colour);
  field("run", run_text(profile));
  if (const std::string missing = missing_modes_text(profile.asked_mode, profile.mode); !missing.empty()) {
    field("mode", missing + ": the target or runtime does not give it");
  }
  field("device", device_text(result, summary));
  field("cycles", cycles_text(result, summary));
  field("outliers", outliers_text(result, summary));
  if (sum(series(result, "link.packets")) > 0) field("link", link_text(result));
  field("host", time_text(profile.host_ms) + " for the whole call");
  if (const std::string where = processors_text(processors(result, summary)); !where.empty()) field("ran on", where);
  for (const OtherPrecision &other : other_precisions(result, summary))
    field("precision", precision_text(model, other));
  for (const char *memory : {"stack", "heap"}) {
    const double used = last(series(result, fmt::format("memory.{}", memory).c_str()));
    if (used >= 0) field(memory, known_text(used, bytes_text));
  }
  for (const uint32_t i : other_columns(result, AIR_WHOLE_RUN)) {
    if (!is_at_nodes(result, summary, i)) field("measured", column_text(*model.columns[i], series(result, i)));
  }
  add_notes(field, notes_of_runs(result));
  field("note", clock_text(result, summary));
  if (n_runs(result) > 0) text += '\n' + times_table(summary, options);
  if (n_runs(result) > 0 && !summary.executed.empty()) text += '\n' + nodes_table(result, summary, options);
  text += node_columns_tables(result, summary, options);
  return text;
}

}  // namespace air::report
