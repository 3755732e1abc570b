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

// What a document of either kind says of its run; a profile keeps the model in `info`.
struct Run {
  const HtmlSource *source;
  std::string model, device;
  std::optional<double> mean, p99;
  std::optional<uint64_t> samples, weights, activations;
};

Run read_run(const HtmlSource &source) {
  const JsonView &root = source.root;
  if (root["schema"].text() == "airunner.run/1") {
    return {
        &source, root["name"].text(), root["device"].text(), root["mean_ms"].number(), {}, root["n_samples"].size(), {},
        {}};
  }
  const JsonView info = root["info"];
  return {&source,
          info["name"].text(),
          info["device"]["desc"].text(),
          root["statistics"]["mean"].number(),
          root["statistics"]["p99"].number(),
          root["statistics"]["count"].size(),
          info["weights"].size(),
          info["activations"].size()};
}

std::string time_cell(const TimeUnit &unit, std::optional<double> ms) {
  return ms ? unit.text(*ms) : "\u2013";
}

// "+12.5 %" against the first; "" for the first itself and where there is nothing to compare.
HtmlCell change(std::optional<double> first, std::optional<double> value) {
  if (!first || !value || !(*first > 0)) return "\u2013";
  const double part = *value / *first - 1;
  const char *css_class = part > 0.005 ? "worse" : part < -0.005 ? "better" : "same";
  return {element("span", {{"class", css_class}}, fmt::format("{:+.1f}\u00A0%", part * 100)), part};
}

Html runs_table(const std::vector<Run> &runs) {
  double largest = 0;
  for (const Run &run : runs) largest = std::max(largest, run.mean.value_or(0));
  const TimeUnit unit = time_unit(largest);
  HtmlTable table(fmt::format("Time of a sample on the device, {}", unit.name),
                  {{.title = "run"},
                   {.title = "model"},
                   {.title = "device", .on_wide = true},
                   {.title = "samples", .number = true, .on_wide = true},
                   {.title = "mean", .number = true},
                   {.title = "to the first", .number = true},
                   {.title = ""},
                   {.title = "p99", .number = true, .on_wide = true},
                   {.title = "weights", .number = true, .on_wide = true},
                   {.title = "activations", .number = true, .on_wide = true}});
  for (size_t i = 0; i < runs.size(); ++i) {
    const Run &run = runs[i];
    table.add({run.source->label, run.model, run.device, known_count(run.samples), time_cell(unit, run.mean),
               i == 0 ? HtmlCell("") : change(runs[0].mean, run.mean),
               row_bar(largest > 0 ? run.mean.value_or(0) / largest : 0, static_cast<int>(i)), time_cell(unit, run.p99),
               known_count(run.weights), known_count(run.activations)});
  }
  return table.html();
}

// The mean times of the nodes that go by one name, one entry per profile.
struct NodeRow {
  std::string name, operation;
  std::vector<std::optional<double>> means;
};

// Nodes belong together by their name; the same name again means the next one of that name.
std::vector<NodeRow> by_name(const std::vector<std::vector<JsonView>> &nodes) {
  std::vector<NodeRow> rows;
  std::map<std::pair<std::string, size_t>, size_t> known;
  for (size_t profile = 0; profile < nodes.size(); ++profile) {
    std::map<std::string, size_t> seen;
    for (const JsonView &node : nodes[profile]) {
      const std::string name = node["name"].text();
      const auto [found, is_new] = known.try_emplace({name, seen[name]++}, rows.size());
      if (is_new) rows.push_back({name, node["layer_desc"].text(), std::vector<std::optional<double>>(nodes.size())});
      rows[found->second].means[profile] = node["statistics"]["mean"].number();
    }
  }
  return rows;
}

// For models whose names have nothing in common, but that have as many nodes each.
std::vector<NodeRow> by_order(const std::vector<std::vector<JsonView>> &nodes) {
  std::vector<NodeRow> rows;
  for (size_t i = 0; i < nodes[0].size(); ++i) {
    NodeRow row{nodes[0][i]["name"].text(), nodes[0][i]["layer_desc"].text(), {}};
    for (const std::vector<JsonView> &of_profile : nodes)
      row.means.push_back(of_profile[i]["statistics"]["mean"].number());
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

Html bars(const NodeRow &row, double largest) {
  Html result;
  for (size_t i = 0; i < row.means.size(); ++i) {
    if (row.means[i]) result += row_bar(largest > 0 ? *row.means[i] / largest : 0, static_cast<int>(i));
  }
  return result;
}

Html nodes_table(const std::vector<const HtmlSource *> &profiles, const std::vector<NodeRow> &rows) {
  double largest = 0;
  for (const NodeRow &row : rows) {
    for (const std::optional<double> &mean : row.means) largest = std::max(largest, mean.value_or(0));
  }
  const TimeUnit unit = time_unit(largest);
  std::vector<HtmlColumn> columns = {{.title = "node"}, {.title = "operation", .on_wide = true}};
  for (size_t i = 0; i < profiles.size(); ++i) {
    columns.push_back({.title = profiles[i]->label, .number = true});
    if (i > 0) columns.push_back({.title = "to the first", .number = true});
  }
  columns.push_back({.title = ""});
  HtmlTable table(fmt::format("Mean time of the nodes, {}", unit.name), columns);
  for (const NodeRow &row : rows) {
    std::vector<HtmlCell> cells = {row.name, row.operation};
    for (size_t i = 0; i < row.means.size(); ++i) {
      cells.emplace_back(Html(time_cell(unit, row.means[i])), row.means[i].value_or(-1));
      if (i > 0) cells.push_back(change(row.means[0], row.means[i]));
    }
    cells.emplace_back(bars(row, largest));
    table.add(cells);
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
  Html content = runs_table(runs);
  if (profiles.size() > 1) content += nodes_table(profiles, matched(nodes));
  return section(2, "overview", "Side by side", content);
}

}  // namespace air::report
