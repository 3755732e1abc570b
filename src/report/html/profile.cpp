// SPDX-License-Identifier: BSD-3-Clause
// A profile as a page shows it: summary, times, nodes, memory, tensors, provenance.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "report/clock.h"
#include "report/html/graph.h"
#include "report/html/plot.h"
#include "report/html/sections.h"
#include "report/html/times.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

// Times are NaN where they are not known.
struct Node {
  JsonView view;
  bool is_executed;
  std::string name, operation, kind;  // kind: the operation without its number
  double index, mean, p50, p90, share;
  int colour = kColours - 1;
};

// " = conv + relu", of the nodes that one executes; "" for none.
std::string covered_names(const std::vector<Node> &nodes, const std::vector<double> &covers) {
  std::string names;
  for (const double index : covers) {
    const auto found = std::ranges::find(nodes, index, &Node::index);
    if (found == nodes.end()) continue;
    names += names.empty() ? " = " : " + ";
    names += found->name;
  }
  return names;
}

std::vector<Node> read_nodes(const JsonView &profile) {
  std::vector<Node> nodes;
  for (const JsonView &view : profile["c_nodes"].list()) {
    const JsonView statistics = view["statistics"];
    const std::string operation = view["layer_desc"].text();
    nodes.push_back({.view = view,
                     .is_executed = view["covered_by"].is_null(),
                     .name = node_name(view),
                     .operation = operation,
                     .kind = operation.empty() ? "unnamed" : operation_kind(operation),
                     .index = view["index"].number().value_or(0),
                     .mean = statistics["mean"].number().value_or(NAN),
                     .p50 = statistics["p50"].number().value_or(NAN),
                     .p90 = statistics["p90"].number().value_or(NAN),
                     .share = view["share"].number().value_or(NAN)});
  }
  for (Node &node : nodes) node.operation += covered_names(nodes, node.view["covers"].numbers());
  return nodes;
}

struct Kind {
  std::string name;
  size_t n_nodes = 0;
  double p50 = 0, share = 0;

  double rank() const { return std::isnan(p50) ? -1 : p50; }
};

HtmlCell time_cell(const TimeUnit &unit, double ms) {
  return std::isnan(ms) ? HtmlCell("\u2013") : HtmlCell(unit.text(ms), ms);
}

HtmlCell percent_cell(double part) {
  return std::isnan(part) ? HtmlCell(percent_text(part)) : HtmlCell(percent_text(part), part);
}

// The kinds of operations, the one that takes most time first; gives the nodes their colours.
std::vector<Kind> kinds_of(std::vector<Node> &nodes) {
  std::map<std::string, Kind> by_name;
  for (const Node &node : nodes) {
    Kind &kind = by_name[node.kind];
    kind.name = node.kind;
    kind.n_nodes += 1;
    kind.p50 += node.p50;
    kind.share += node.share;
  }
  std::vector<Kind> kinds;
  for (auto &[name, kind] : by_name) kinds.push_back(std::move(kind));
  std::stable_sort(kinds.begin(), kinds.end(), [](const Kind &a, const Kind &b) { return a.rank() > b.rank(); });
  std::map<std::string, int> colours;
  for (size_t i = 0; i < kinds.size() && i + 1 < kColours; ++i) colours[kinds[i].name] = static_cast<int>(i);
  for (Node &node : nodes) {
    if (const auto found = colours.find(node.kind); found != colours.end()) node.colour = found->second;
  }
  return kinds;
}

Html order_figure(const std::vector<Node> &nodes, const TimeUnit &unit) {
  std::vector<Part> parts;
  for (const Node &node : nodes) {
    parts.push_back({fmt::format("{} {}: {} {}, {}", node.index, node.operation.empty() ? node.name : node.operation,
                                 unit.text(node.p50), unit.name, percent_text(node.share)),
                     node.p50, node.colour});
  }
  return element(
      "figure", {{"class", "full"}},
      stacked_bar(parts, fmt::format("Median times of {} nodes, from the first to the last", nodes.size())) +
          bare_element("figcaption",
                       "Median time of the nodes, in the order of execution; colours as in the table below"));
}

Html kinds_table(const std::vector<Kind> &kinds, const TimeUnit &unit) {
  HtmlTable table("Time by kind of operation", {{.title = "operation"},
                                                {.title = "nodes", .number = true, .on_wide = true},
                                                {.title = fmt::format("p50, {}", unit.name), .number = true},
                                                {.title = "share", .number = true},
                                                {.title = ""}});
  for (size_t i = 0; i < kinds.size(); ++i) {
    const int colour = static_cast<int>(std::min<size_t>(i, kColours - 1));
    const Kind &kind = kinds[i];
    table.add({kind.name, HtmlCell(fmt::format("{}", kind.n_nodes), static_cast<double>(kind.n_nodes)),
               time_cell(unit, kind.p50), percent_cell(kind.share), row_bar(kind.share, colour)});
  }
  return table.html(true);
}

std::string number_of(double value) {
  return std::isnan(value) ? "\u2013" : fmt::format("{:.6g}", value);
}

// "NPU", "CPU float32"; "" where nothing is told.
std::string place_text(const JsonView &node) {
  const std::string processor = node["processor"].text(), type = node["computes_in"].text();
  return processor.empty() || type.empty() ? processor + type : processor + " " + type;
}

// Means over the recorded runs of each counter of a node.
std::string counters_text(const JsonView &counters) {
  std::vector<double> sums;
  const std::vector<JsonView> runs = counters["values"].list();
  for (const JsonView &run : runs) {
    const std::vector<double> values = run.numbers();
    sums.resize(std::max(sums.size(), values.size()));
    for (size_t i = 0; i < values.size(); ++i) sums[i] += values[i];
  }
  std::vector<std::string> texts;
  for (const double sum : sums) texts.push_back(number_of(sum / static_cast<double>(runs.size())));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// What they count, as the target tells it.
std::string counters_title(const std::vector<Node> &nodes) {
  for (const Node &node : nodes) {
    const std::string type = node.view["counters"]["type"].text();
    if (!node.view["counters"].is_null()) return type.empty() ? "counters" : type;
  }
  return "";
}

std::string outputs_text(const JsonView &node) {
  std::vector<std::string> texts;
  for (const JsonView &tensor : node["io_tensors"].list()) texts.push_back(tensor_text(tensor));
  return fmt::format("{}", fmt::join(texts, " + "));
}

// What its own column says where there is room for one.
Html on_narrow(const std::string &text) {
  return element("small", {{"class", "narrow"}}, text);
}

Html nodes_table(const std::vector<Node> &nodes, double outside_ms, const TimeUnit &unit, const HtmlGraph &graph) {
  const bool has_places =
      std::any_of(nodes.begin(), nodes.end(), [](const Node &node) { return !place_text(node.view).empty(); });
  HtmlTable table(fmt::format("Nodes in the order of execution, times in {}", unit.name),
                  {{.title = "node"},
                   {.title = "operation", .on_wide = true},
                   {.title = "output", .on_wide = true},
                   {.title = has_places ? "on" : "", .on_wide = true},
                   {.title = "p50", .number = true},
                   {.title = "mean", .number = true, .on_wide = true},
                   {.title = "p90", .number = true, .on_wide = true},
                   {.title = "share", .number = true},
                   {.title = "sum", .number = true, .on_wide = true},
                   {.title = ""},
                   {.title = counters_title(nodes), .on_wide = true}});
  double cumulated = 0, whole = outside_ms;
  for (const Node &node : nodes) whole += node.p50;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Node &node = nodes[i];
    cumulated += node.share;
    table.add({HtmlCell(graph.row(i, numbered(node.index, node.name)) + on_narrow(node.operation), node.index),
               node.operation, outputs_text(node.view), place_text(node.view), time_cell(unit, node.p50),
               time_cell(unit, node.mean), time_cell(unit, node.p90), percent_cell(node.share), percent_cell(cumulated),
               row_bar(node.share, node.colour), counters_text(node.view["counters"])});
  }
  const double outside_share = whole > 0 ? outside_ms / whole : 0;
  if (outside_share >= 0.0005) {
    table.add_last({"outside nodes", "", "", "", unit.text(outside_ms), "", "", percent_text(outside_share),
                    percent_text(1), row_bar(outside_share, kColours - 1), ""});
  }
  return table.html(true);
}

// Which processor took which part, and where precision is another than that of the values.
Html places_list(const JsonView &profile) {
  HtmlFacts facts;
  bool any = false;
  const auto add = [&](const std::string &name, const std::string &value) {
    facts.add(name.c_str(), value);
    any = true;
  };
  const auto share = [](const JsonView &one) {
    return percent_text(one["share"].number().value_or(NAN)) + " of the time of nodes";
  };
  for (const JsonView &one : profile["processors"].list()) {
    const std::string name = one["name"].text();
    if (!name.empty()) add("on " + name, fmt::format("{} nodes, {}", known_count(one["n_nodes"].size()), share(one)));
  }
  for (const JsonView &other : profile["other_precisions"].list()) {
    add("precision", fmt::format("{} nodes, {}, compute in {} where values are {}", other["nodes"].numbers().size(),
                                 share(other), other["computes_in"].text(), other["values"].text()));
  }
  return any ? facts.html("facts") : Html();
}

// As the text report says it.
Html clock_note(const std::vector<Node> &nodes) {
  std::set<double> times;
  std::vector<double> medians;
  for (const Node &node : nodes) {
    medians.push_back(node.p50);
    for (const double time : finite(node.view["c_durations"].numbers())) {
      if (time != 0) times.insert(time);
    }
  }
  const std::string text = coarse_clock_text(times, medians);
  return text.empty() ? Html() : note("The clock is coarse: " + text + ".");
}

Html nodes_section(const JsonView &profile, std::vector<Node> &nodes, int level, const std::string &id) {
  const std::string missing = fmt::format("{}", fmt::join(profile["mode_not_granted"].texts(), ", "));
  if (nodes.empty()) {
    const std::string why = missing.empty()
                                ? "the mode was without per-layer, or the runtime does not tell them."
                                : fmt::format("{} was asked for, and the target or runtime does not give it.", missing);
    return section(level, "nodes", "Nodes", bare_element("p", "This profile has no nodes: " + why));
  }
  double largest = 0;
  for (const Node &node : nodes) largest = std::fmax(largest, node.p50);
  const TimeUnit unit = time_unit(largest);
  const std::vector<Kind> kinds = kinds_of(nodes);
  const HtmlGraph graph = profile_graph(profile, id);
  return section(level, "nodes", "Nodes",
                 clock_note(nodes) + places_list(profile) + order_figure(nodes, unit) + kinds_table(kinds, unit) +
                     graph.figure() +
                     nodes_table(nodes, profile["outside_nodes_ms"].number().value_or(NAN), unit, graph));
}

void add_tensors(HtmlTable &table, const Node &node) {
  const std::vector<JsonView> tensors = node.view["io_tensors"].list();
  const std::vector<JsonView> statistics = node.view["tensor_statistics"].list();
  for (size_t i = 0; i < std::min(tensors.size(), statistics.size()); ++i) {
    const JsonView &tensor = tensors[i];
    std::vector<HtmlCell> row = {HtmlCell(numbered(node.index, tensor["name"].text()), node.index), tensor_text(tensor),
                                 quantization_text(tensor)};
    for (HtmlCell &cell : value_cells(statistics[i])) row.push_back(std::move(cell));
    table.add(row);
  }
}

Html values_section(const std::vector<Node> &nodes, int level) {
  std::vector<HtmlColumn> columns = {
      {.title = "tensor"}, {.title = "type and shape", .on_wide = true}, {.title = "quantization", .on_wide = true}};
  for (HtmlColumn &column : value_columns()) columns.push_back(std::move(column));
  HtmlTable table("Real values of the tensors that nodes compute, over all samples", columns);
  for (const Node &node : nodes) add_tensors(table, node);
  if (!table.empty()) return section(level, "values", "Values", table.html(true));
  if (nodes.empty()) return {};
  return section(
      level, "values", "Values",
      bare_element("p",
                   "A profile made with --mode per-layer-with-data shows the values of the tensors, with histograms."));
}

Html tiles(const JsonView &profile) {
  const JsonView info = profile["info"];
  const double median = profile["statistics"]["p50"].number().value_or(NAN);
  const double p99 = profile["statistics"]["p99"].number().value_or(NAN);
  HtmlFacts facts;
  facts.add("median time per sample", std::isnan(median) ? "\u2013" : time_text(median));
  facts.add("99 % of samples within", std::isnan(p99) ? "\u2013" : time_text(p99));
  facts.add("samples per second", rate_text(median));
  facts.add("samples measured", known_count(profile["statistics"]["count"].size()));
  facts.add("nodes", known_count(info["n_nodes"].size()));
  facts.add("multiply-accumulates", known_count(info["macc"].size()));
  facts.add("weights", known_size(info["weights"].size()));
  facts.add("activations", known_size(info["activations"].size()));
  const JsonView debug = profile["debug"];
  facts.add("stack", debug["stack_usage"].is_null() ? "" : known_size(debug["stack_usage"].size()));
  facts.add("heap", debug["heap_usage"].is_null() ? "" : known_size(debug["heap_usage"].size()));
  return facts.html("tiles");
}

Html times_section(const JsonView &profile, int level) {
  const JsonView link = profile["link"];
  Html content = three_times(profile["times"]);
  for (const std::string &note : profile["notes"].texts()) content += bare_element("p", "Told of the run: " + note);
  if (link["packets"].count() > 0) {
    content += bare_element(
        "p", fmt::format(
                 "Over the link went {} bytes to the device and {} back, in {} packets with {} changes of direction.",
                 known_count(link["bytes_sent"].size()), known_count(link["bytes_received"].size()),
                 known_count(link["packets"].size()), known_count(link["turnarounds"].size())));
  }
  content +=
      spread_of_times(finite(profile["c_durations"].numbers()), finite(profile["debug"]["exec_times"].numbers()));
  return section(level, "times", "Times", content);
}

// What was measured beside times: columns that a runtime or target has of its own.
Html columns_section(const JsonView &columns, int level) {
  HtmlTable table("Of single runs", {{.title = "measured"},
                                     {.title = "unit"},
                                     {.title = "mean", .number = true},
                                     {.title = "min", .number = true},
                                     {.title = "p50", .number = true, .on_wide = true},
                                     {.title = "p99", .number = true, .on_wide = true},
                                     {.title = "max", .number = true}});
  for (const auto &[name, column] : columns.members()) {
    const std::string text = column["text"].text();
    std::vector<HtmlCell> row = {text.empty() ? name : text, column["unit"].text()};
    for (const char *what : {"mean", "min", "p50", "p99", "max"}) {
      row.emplace_back(number_text(column["statistics"][what].number()));
    }
    table.add(row);
  }
  return table.empty() ? Html() : section(level, "columns", "Measurements", table.html());
}

}  // namespace

Html profile_section(const JsonView &profile, int level, const std::string &id) {
  const std::vector<Node> nodes = read_nodes(profile);
  std::vector<Node> executed = nodes;
  std::erase_if(executed, [](const Node &node) { return !node.is_executed; });  // others have their times
  Html notes = not_finite_notes(profile["inputs"]);
  if (profile["stopped"].flag()) notes += note("A callback ended this run before all samples were done.");
  if (const std::string why = profile["interrupted"].text(); !why.empty())
    notes += note("This run was interrupted: " + why);
  const JsonView info = profile["info"];
  return notes + tiles(profile) + times_section(profile, level) + columns_section(profile["columns"], level) +
         nodes_section(profile, executed, level, id) + memory_section(info, level) + tensors_section(info, level) +
         values_section(nodes, level) + provenance_section(profile, info, level);
}

}  // namespace air::report
