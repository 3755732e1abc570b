// SPDX-License-Identifier: BSD-3-Clause
// Runs and profiles beside each other: a row each, and their nodes in one table.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/html/plot.h"
#include "report/html/sections.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

// A time with what it may be off by: its place among the values of one document.
struct Time {
  std::optional<double> ms;      // median, or the mean where a document has no more
  double low = NAN, high = NAN;  // 95 % of such medians lie between; NaN: too few values to tell
};

// By the order of the values: no more is known of how they are spread.
Time median_of(const JsonView &statistics, std::vector<double> values) {
  Time time{statistics["p50"].number()};
  const auto n = static_cast<double>(values.size());
  const double reach = 0.98 * std::sqrt(n);  // places: 1.96 standard deviations of a binomial distribution of 1/2
  if (n / 2 - reach < 1) return time;
  std::ranges::sort(values);
  time.low = values[static_cast<size_t>(n / 2 - reach)];
  time.high = values[static_cast<size_t>(n / 2 + reach)];
  return time;
}

// What a document of either kind says of its run; a profile keeps the model in `info`.
struct Run {
  const HtmlSource *source;
  std::string model, device;
  Time time;
  std::optional<double> p99;
  std::optional<uint64_t> samples, weights, activations;
};

Run read_run(const HtmlSource &source) {
  const JsonView &root = source.root;
  if (root["schema"].text() == "airunner.run/1") {
    return {&source,
            root["name"].text(),
            root["device"].text(),
            {root["mean_ms"].number()},
            {},
            root["n_samples"].size(),
            {},
            {}};
  }
  const JsonView info = root["info"];
  return {&source,
          info["name"].text(),
          info["device"]["desc"].text(),
          median_of(root["statistics"], finite(root["c_durations"].numbers())),
          root["statistics"]["p99"].number(),
          root["statistics"]["count"].size(),
          info["weights"].size(),
          info["activations"].size()};
}

HtmlCell time_cell(const TimeUnit &unit, std::optional<double> ms) {
  return ms ? HtmlCell(unit.text(*ms), *ms) : HtmlCell("\u2013", -1);
}

// "+12.5 %" against the first. It is good or bad only where both ranges lie apart: what is within the noise is no change.
HtmlCell change(const Time &first, const Time &time) {
  if (!first.ms || !time.ms || !(*first.ms > 0)) return "\u2013";
  const double part = *time.ms / *first.ms - 1;
  const char *css_class = time.low > first.high ? "worse" : time.high < first.low ? "better" : "same";
  return {element("span", {{"class", css_class}}, fmt::format("{:+.1f}\u00A0%", part * 100)), part};
}

Html explanation() {
  return bare_element("p", bare_element("small",
                                        "p50 is the median; of runs, which keep no more, the mean. A change has a "
                                        "colour where the 95 % ranges of both "
                                        "medians lie apart; what is grey is within the noise, or too few samples tell. "
                                        "Machines also drift from run to "
                                        "run: measure more than once what matters."));
}

bool all_same(const std::vector<Run> &runs, std::string Run::*text) {
  return std::ranges::all_of(runs, [&](const Run &run) { return run.*text == runs.front().*text; });
}

Html runs_table(const std::vector<Run> &runs) {
  double largest = 0;
  for (const Run &run : runs) largest = std::max(largest, run.time.ms.value_or(0));
  const TimeUnit unit = time_unit(largest);
  const bool one_model = all_same(runs, &Run::model), one_device = all_same(runs, &Run::device);
  std::string caption = fmt::format("Time of a sample on the device, {}", unit.name);
  if (one_model) caption += fmt::format("; all of model {}", runs.front().model);
  if (one_device && !runs.front().device.empty()) caption += fmt::format(", on {}", runs.front().device);
  std::vector<HtmlColumn> columns = {{.title = "run"}};
  if (!one_model) columns.push_back({.title = "model"});
  if (!one_device) columns.push_back({.title = "device", .on_wide = true});
  const HtmlColumn rest[] = {{.title = "samples", .number = true, .on_wide = true},
                             {.title = "p50", .number = true},
                             {.title = "to the first", .number = true},
                             {.title = ""},
                             {.title = "p99", .number = true, .on_wide = true},
                             {.title = "weights", .number = true, .on_wide = true},
                             {.title = "activations", .number = true, .on_wide = true}};
  columns.insert(columns.end(), std::begin(rest), std::end(rest));
  HtmlTable table(caption, columns);
  for (size_t i = 0; i < runs.size(); ++i) {
    const Run &run = runs[i];
    std::vector<HtmlCell> row = {HtmlCell(run.source->label, static_cast<double>(i))};
    if (!one_model) row.emplace_back(run.model);
    if (!one_device) row.emplace_back(run.device);
    const double part = largest > 0 ? run.time.ms.value_or(0) / largest : 0;
    const HtmlCell cells[] = {known_count(run.samples),
                              time_cell(unit, run.time.ms),
                              i == 0 ? HtmlCell("") : change(runs[0].time, run.time),
                              row_bar(part, static_cast<int>(i)),
                              time_cell(unit, run.p99),
                              known_count(run.weights),
                              known_count(run.activations)};
    row.insert(row.end(), std::begin(cells), std::end(cells));
    table.add(row);
  }
  return table.html(true);
}

// The times of the nodes that go by one name, one entry per profile.
struct NodeRow {
  std::string name, operation;
  std::vector<Time> times;
};

Time time_of(const JsonView &node) {
  return median_of(node["statistics"], finite(node["c_durations"].numbers()));
}

// Nodes belong together by their name; the same name again means the next one of that name.
std::vector<NodeRow> by_name(const std::vector<std::vector<JsonView>> &nodes) {
  std::vector<NodeRow> rows;
  std::map<std::pair<std::string, size_t>, size_t> known;
  for (size_t profile = 0; profile < nodes.size(); ++profile) {
    std::map<std::string, size_t> seen;
    for (const JsonView &node : nodes[profile]) {
      const std::string name = node["name"].text();
      const auto [found, is_new] = known.try_emplace({name, seen[name]++}, rows.size());
      if (is_new) rows.push_back({name, node["layer_desc"].text(), std::vector<Time>(nodes.size())});
      rows[found->second].times[profile] = time_of(node);
    }
  }
  return rows;
}

// For models whose names have nothing in common, but that have as many nodes each.
std::vector<NodeRow> by_order(const std::vector<std::vector<JsonView>> &nodes) {
  std::vector<NodeRow> rows;
  for (size_t i = 0; i < nodes[0].size(); ++i) {
    NodeRow row{nodes[0][i]["name"].text(), nodes[0][i]["layer_desc"].text(), {}};
    for (const std::vector<JsonView> &of_profile : nodes) row.times.push_back(time_of(of_profile[i]));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<NodeRow> matched(const std::vector<std::vector<JsonView>> &nodes) {
  std::vector<NodeRow> rows = by_name(nodes);
  size_t total = 0;
  bool same_count = true;
  for (const std::vector<JsonView> &of_profile : nodes) {
    total += of_profile.size();
    same_count = same_count && of_profile.size() == nodes[0].size();
  }
  return rows.size() == total && same_count ? by_order(nodes) : rows;
}

TimeUnit unit_of(const std::vector<NodeRow> &rows) {
  double largest = 0;
  for (const NodeRow &row : rows) {
    for (const Time &time : row.times) largest = std::max(largest, time.ms.value_or(0));
  }
  return time_unit(largest);
}

Html bars(const NodeRow &row, double largest) {
  Html result;
  for (size_t i = 0; i < row.times.size(); ++i) {
    if (row.times[i].ms) result += row_bar(largest > 0 ? *row.times[i].ms / largest : 0, static_cast<int>(i));
  }
  return result;
}

// A column for each profile.
Html nodes_table(const std::vector<const HtmlSource *> &profiles, const std::vector<NodeRow> &rows) {
  double largest = 0;
  for (const NodeRow &row : rows) {
    for (const Time &time : row.times) largest = std::max(largest, time.ms.value_or(0));
  }
  const TimeUnit unit = unit_of(rows);
  std::vector<HtmlColumn> columns = {{.title = "node"}, {.title = "operation", .on_wide = true}};
  for (size_t i = 0; i < profiles.size(); ++i) {
    columns.push_back({.title = profiles[i]->label, .number = true});
    if (i > 0) columns.push_back({.title = "to the first", .number = true});
  }
  columns.push_back({.title = ""});
  HtmlTable table(fmt::format("Median time of the nodes, {}", unit.name), columns);
  for (const NodeRow &row : rows) {
    std::vector<HtmlCell> cells = {row.name, row.operation};
    for (size_t i = 0; i < row.times.size(); ++i) {
      cells.push_back(time_cell(unit, row.times[i].ms));
      if (i > 0) cells.push_back(change(row.times[0], row.times[i]));
    }
    cells.emplace_back(bars(row, largest));
    table.add(cells);
  }
  return table.html(true);
}

// Of many profiles no reader compares columns: where the node began, what it came to, and all between as a picture.
Html history_table(const std::vector<NodeRow> &rows) {
  const TimeUnit unit = unit_of(rows);
  HtmlTable table(fmt::format("Median time of the nodes over all profiles, {}", unit.name),
                  {{.title = "node"},
                   {.title = "operation", .on_wide = true},
                   {.title = "first", .number = true},
                   {.title = "least", .number = true, .on_wide = true},
                   {.title = "most", .number = true, .on_wide = true},
                   {.title = "last", .number = true},
                   {.title = "last to the first", .number = true},
                   {.title = "from the first to the last"}});
  for (const NodeRow &row : rows) {
    std::optional<double> least, most;
    std::vector<double> heights;
    for (const Time &time : row.times) {
      heights.push_back(time.ms.value_or(0));
      if (!time.ms) continue;
      least = std::min(least.value_or(*time.ms), *time.ms);
      most = std::max(most.value_or(*time.ms), *time.ms);
    }
    const Time &first = row.times.front(), &last = row.times.back();
    table.add({row.name, row.operation, time_cell(unit, first.ms), time_cell(unit, least), time_cell(unit, most),
               time_cell(unit, last.ms), change(first, last),
               row_histogram(heights, fmt::format("times of {} in {} profiles", row.name, heights.size()))});
  }
  return table.html(true);
}

}  // namespace

Html overview_section(std::span<const HtmlSource> sources) {
  std::vector<Run> runs;
  std::vector<const HtmlSource *> profiles;
  std::vector<std::vector<JsonView>> nodes;
  for (const HtmlSource &source : sources) {
    const std::string schema = source.root["schema"].text();
    if (schema != "airunner.run/1" && schema != "airunner.profile/1") continue;
    runs.push_back(read_run(source));
    std::vector<JsonView> own = source.root["c_nodes"].list();
    if (own.empty()) continue;
    profiles.push_back(&source);
    nodes.push_back(std::move(own));
  }
  if (runs.size() < 2) return {};
  constexpr size_t kMostColumns = 4;
  Html content = runs_table(runs) + explanation();
  if (profiles.size() > kMostColumns) {
    content += history_table(matched(nodes));
  } else if (profiles.size() > 1) {
    content += nodes_table(profiles, matched(nodes));
  }
  return section(2, "overview", "Side by side", content);
}

}  // namespace air::report
