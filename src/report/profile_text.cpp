// SPDX-License-Identifier: BSD-3-Clause
// A profile as tables for people: times with percentiles, then nodes with share and cumulated share.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "profile_summary.h"
#include "report.h"
#include "table.h"
#include "texts.h"

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
  const auto eighths = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kBarColumns * 8));
  std::string text;
  for (size_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  return text + partial.at(eighths % 8);
}

std::string percent(double share) {
  return fmt::format("{:.1f}%", share * 100);
}

Style heat(double share) {
  if (share >= kHotShare) return Style::kHot;
  return share >= kWarmShare ? Style::kWarm : Style::kPlain;
}

std::string rate_text(double mean_ms) {
  const double rate = 1000 / mean_ms;
  return rate < 100 ? fmt::format("{:.2f}", rate) : count_text(static_cast<uint64_t>(std::llround(rate)));
}

std::string run_text(const air_profile &profile) {
  std::string text = fmt::format("{} samples", count_text(profile.n_samples));
  if (profile.n_durations != profile.n_samples) text += fmt::format(", {} runs", count_text(profile.n_durations));
  text += fmt::format(", {}", fmt::join(mode_names(profile.mode), "|"));
  return profile.stopped != 0 ? text + ", stopped by a callback" : text;
}

std::string device_text(const air_profile &profile, const ProfileSummary &summary) {
  const std::string text = time_text(profile.device_ms);
  return summary.device.mean > 0 ? fmt::format("{}, {} samples/s", text, rate_text(summary.device.mean)) : text;
}

std::string not_finite_text(const air_tensor_info &tensor, const NotFinite &found) {
  return fmt::format("{} was given {} NaN and {} infinite values", tensor.name, count_text(found.n_nan),
                     count_text(found.n_inf));
}

std::string link_text(const air_profile &profile) {
  return fmt::format("{}, {} B sent, {} B received, {} packets, {} turnarounds", time_text(profile.link_ms),
                     count_text(profile.link_bytes_sent), count_text(profile.link_bytes_received),
                     count_text(profile.link_packets), count_text(profile.link_turnarounds));
}

std::string times_table(const ProfileSummary &summary, const air_text_options &options) {
  const TimeUnit unit = time_unit(std::max(summary.device.max, summary.whole.max));
  Table table({{.title = fmt::format("time of a sample, {}", unit.name), .min_width = 14},
               {.title = "mean", .right = true},
               {.title = "std", .right = true, .rank = 2},
               {.title = "min", .right = true, .rank = 3},
               {.title = "p50", .right = true, .rank = 1},
               {.title = "p90", .right = true, .rank = 5},
               {.title = "p99", .right = true, .rank = 4},
               {.title = "max", .right = true, .rank = 3}});
  const auto add = [&](const char *name, const air_statistics &s) {
    table.add({{name},
               {unit.text(s.mean), Style::kBold},
               {unit.text(s.std)},
               {unit.text(s.min)},
               {unit.text(s.p50)},
               {unit.text(s.p90)},
               {unit.text(s.p99)},
               {unit.text(s.max)}});
  };
  add("on the device", summary.device);
  add("whole run", summary.whole);
  return table.render(options.width, options.colour != 0);
}

std::string outputs_text(const air_node_info &node) {
  if (node.n_outputs == 0) return "";
  std::string text = tensor_text(*node.outputs[0]);
  return node.n_outputs == 1 ? text : fmt::format("{} +{}", text, node.n_outputs - 1);
}

// Means over the recorded runs of each counter of a node.
std::string counters_text(const air_node_profile &node, uint64_t n_durations) {
  std::vector<uint64_t> means;
  for (uint32_t k = 0; k < node.n_counters && n_durations > 0; ++k) {
    double sum = 0;
    for (uint64_t i = 0; i < n_durations; ++i) sum += static_cast<double>(node.counters[i * node.n_counters + k]);
    means.push_back(static_cast<uint64_t>(std::llround(sum / static_cast<double>(n_durations))));
  }
  return fmt::format("{}", fmt::join(means, " "));
}

void add_node(Table &table, const TimeUnit &unit, const air_profile &profile, const air_node_profile &node,
              const NodeSummary &summary) {
  const air_node_info &info = *node.info;
  table.add({{fmt::format("{}", info.index), Style::kDim},
             {info.id < 0 ? "-" : fmt::format("{}", info.id), Style::kDim},
             {*info.description != '\0' ? info.description : info.name},
             {outputs_text(info)},
             {unit.text(summary.statistics.mean), Style::kBold},
             {unit.text(summary.statistics.p50)},
             {unit.text(summary.statistics.p90)},
             {percent(summary.share), heat(summary.share)},
             {percent(summary.cumulated)},
             {bar(summary.share), Style::kAccent},
             {counters_text(node, profile.n_durations)}});
}

std::string nodes_table(const air_profile &profile, const ProfileSummary &summary, const air_text_options &options) {
  double largest = 0;
  bool has_counters = false;
  for (uint32_t i = 0; i < profile.n_nodes; ++i) {
    largest = std::max(largest, summary.nodes[i].statistics.p90);
    has_counters = has_counters || profile.nodes[i]->n_counters > 0;
  }
  const TimeUnit unit = time_unit(largest);
  Table table({{.title = "#", .right = true},
               {.title = "m_id", .right = true, .rank = 6},
               {.title = "node", .min_width = 16},
               {.title = "output", .min_width = 16, .rank = 3},
               {.title = fmt::format("mean {}", unit.name), .right = true},
               {.title = "p50", .right = true, .rank = 4},
               {.title = "p90", .right = true, .rank = 5},
               {.title = "share", .right = true},
               {.title = "cumul.", .right = true, .rank = 2},
               {.title = "", .rank = 7},
               {.title = has_counters ? "counters" : "", .rank = 8}});
  for (uint32_t i = 0; i < profile.n_nodes; ++i) {
    add_node(table, unit, profile, *profile.nodes[i], summary.nodes[i]);
  }
  if (summary.outside_share >= kLeastShare) {
    table.add({{},
               {},
               {"outside nodes"},
               {},
               {unit.text(summary.outside_ms), Style::kBold},
               {},
               {},
               {percent(summary.outside_share), heat(summary.outside_share)},
               {percent(1)},
               {bar(summary.outside_share), Style::kAccent}});
  }
  return table.render(options.width, options.colour != 0);
}

}  // namespace

std::string profile_to_text(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner,
                            const air_text_options &options, NotFiniteInputs inputs) {
  const bool colour = options.colour != 0;
  const auto field = [&](const char *label, const std::string &value) {
    return labelled_line(label, value, options.width, colour);
  };
  const ProfileSummary summary = summarize(profile);
  std::string text = title_line(fmt::format("Profile of {}", info.name), options.width, colour);
  text += field("descriptor", runner.descriptor);
  text += field("run", run_text(profile));
  if (const std::string missing = missing_modes_text(runner.asked_mode, profile.mode); !missing.empty()) {
    text += field("mode", missing + ": the target or runtime does not give it");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].any()) text += field("inputs", not_finite_text(*info.inputs[i], inputs[i]));
  }
  text += field("device", device_text(profile, summary));
  if (profile.link_packets > 0) text += field("link", link_text(profile));
  text += field("host", time_text(profile.host_ms) + " for the whole call");
  if (profile.stack_bytes >= 0) text += field("stack", bytes_text(static_cast<uint64_t>(profile.stack_bytes)));
  if (profile.heap_bytes >= 0) text += field("heap", bytes_text(static_cast<uint64_t>(profile.heap_bytes)));
  if (profile.n_durations > 0) text += '\n' + times_table(summary, options);
  if (profile.n_nodes > 0 && profile.n_durations > 0) text += '\n' + nodes_table(profile, summary, options);
  return text;
}

}  // namespace air::report
