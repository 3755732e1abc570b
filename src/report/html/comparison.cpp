// SPDX-License-Identifier: BSD-3-Clause
// A comparison as a page shows it: the verdict, outputs with their errors, the error from node to node, provenance of both sides.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "report/html/graph.h"
#include "report/html/plot.h"
#include "report/html/sections.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

struct Verdict {
  const char *name;
  const char *meaning;
  int colour;
};
constexpr std::array<Verdict, 8> kVerdicts = {{{"equal", "no value differs", 2},
                                               {"rounding", "within rounding", 5},
                                               {"quantization", "explained by quantization", 0},
                                               {"own error", "more than rounding and quantization explain", 3},
                                               {"diverges", "more than what comes before explains", 3},
                                               {"affected", "behind the first that diverges", 1},
                                               {"no data", "nothing to judge it by", 7},
                                               {"unmatched", "without a partner", 7}}};

const Verdict *verdict_called(const std::string &name) {
  for (const Verdict &known : kVerdicts) {
    if (name == known.name) return &known;
  }
  return nullptr;
}

int colour_of(const std::string &verdict) {
  const Verdict *known = verdict_called(verdict);
  return known == nullptr ? kColours - 1 : known->colour;
}

Html badge(const std::string &text, int colour) {
  return element("span", {{"class", fmt::format("badge b{}", colour)}}, text);
}

// Cosines and the like differ from 1 in their last digits: what is not 1 does not become it.
std::string cosine_text(std::optional<double> value) {
  if (!value) return number_text(value);
  const double rest = 1 - *value;
  return rest > 0 && rest < 1e-6 ? fmt::format("1 \u2212 {:.1g}", rest) : fmt::format("{:.7g}", *value);
}

HtmlCell metric_cell(const JsonView &metrics, const std::string &key) {
  const std::optional<double> number = metrics[key.c_str()].number();
  if (!number) return {"\u2013"};
  return {key == "cos" || key == "nse" ? cosine_text(number) : number_text(number), *number};
}

// Of tensors and nodes; tensors have more.
std::vector<HtmlColumn> metric_columns() {
  return {{.title = "l2r", .number = true},
          {.title = "rmse", .number = true},
          {.title = "largest", .number = true},
          {.title = "in steps", .number = true, .on_wide = true},
          {.title = "cos", .number = true}};
}

void add_metrics(std::vector<HtmlCell> &row, const JsonView &metrics) {
  for (const char *key : {"l2r", "rmse", "max_error", "max_error_quanta", "cos"})
    row.push_back(metric_cell(metrics, key));
}

Html limits_badge(const JsonView &pair) {
  if (pair["passed"].is_null()) return {};
  if (pair["passed"].flag()) return badge("within", 2);
  const std::vector<std::string> broken = pair["broken"].texts();
  return badge(broken.empty() ? "not within" : fmt::format("beyond: {}", fmt::join(broken, ", ")), 3);
}

// Whether the largest value of an output is a class: the comparison says so by giving `acc`. One value alone is always the largest.
bool has_classes(const JsonView &pair) {
  double n_values = 1;
  for (const double dimension : pair["reference"]["shape"].numbers()) n_values *= std::max(dimension, 1.0);
  return pair["metrics"]["acc"].number().has_value() && n_values > 1;
}

Html tensors_table(const std::string &caption, const JsonView &pairs, bool judged) {
  const std::vector<JsonView> tensors = pairs.list();
  const bool with_acc = judged && std::any_of(tensors.begin(), tensors.end(), has_classes);
  std::vector<HtmlColumn> columns = {{.title = "tensor"}, {.title = judged ? "limits" : ""}};
  if (with_acc) columns.push_back({.title = "acc", .number = true});
  for (HtmlColumn &column : metric_columns()) columns.push_back(std::move(column));
  columns.push_back({.title = "nse", .number = true, .on_wide = true});
  columns.push_back({.title = "mae", .number = true, .on_wide = true});
  columns.push_back({.title = "mean error", .number = true, .on_wide = true});
  HtmlTable table(caption, columns);
  for (const JsonView &pair : tensors) {
    const JsonView metrics = pair["metrics"];
    const std::string types = tensor_text(pair["reference"]) + " / " + tensor_text(pair["other"]);
    std::vector<HtmlCell> row = {Html(pair["reference"]["name"].text()) + bare_element("small", types),
                                 limits_badge(pair)};
    if (with_acc) row.push_back(has_classes(pair) ? metric_cell(metrics, "acc") : HtmlCell("\u2013"));
    add_metrics(row, metrics);
    for (const char *key : {"nse", "mae", "mean"}) row.push_back(metric_cell(metrics, key));
    table.add(row);
  }
  if (table.empty()) return {};
  constexpr const char *kAcc =
      "acc: part of the samples whose largest value is at the same place on both sides; for outputs that are one "
      "vector of classes.";
  return table.html() + (with_acc ? bare_element("p", bare_element("small", kAcc)) : Html());
}

Html scatter(const JsonView &pair, const std::string &name) {
  std::vector<double> xs, ys;
  for (const JsonView &point : pair["points"].list()) {
    const std::vector<double> both = point.numbers();
    if (both.size() != 2) point.refuse("a pair of numbers");
    xs.push_back(both[0]);
    ys.push_back(both[1]);
  }
  if (xs.empty()) return {};
  std::vector<double> all = xs;
  all.insert(all.end(), ys.begin(), ys.end());
  Axis x = linear_axis("reference", all), y = linear_axis("other", all);
  Plot plot(x, y);
  plot.diagonal();
  plot.points(xs, ys);
  return plot.figure(fmt::format("{}: value against value", name),
                     fmt::format("{} pairs of values of {}; on the diagonal both sides agree", xs.size(), name));
}

Html error_histogram(const JsonView &pair, const std::string &name) {
  const JsonView histogram = pair["histogram"];
  const std::vector<double> limits = histogram["limits"].numbers(), counts = histogram["counts"].numbers();
  if (counts.empty()) return {};
  const std::string unit = histogram["unit"].text();
  const bool in_ulps = unit == "ulp";
  const double all = std::max(pair["metrics"]["count"].number().value_or(0), 1.0);
  HtmlTable table(
      fmt::format("{}: absolute errors, in steps {}", name,
                  in_ulps ? "between neighbouring float32 numbers" : "of the coarser quantization"),
      {{.title = "up to"}, {.title = "values", .number = true}, {.title = "share", .number = true}, {.title = ""}});
  for (size_t i = 0; i < std::min(limits.size(), counts.size()); ++i) {
    table.add({fmt::format("{:.6g} {}", limits[i], limits[i] == 1 ? "step" : "steps"), number_text(counts[i]),
               percent_text(counts[i] / all), row_bar(counts[i] / all)});
  }
  return table.html();
}

Html pair_figures(const JsonView &pair, const std::string &name) {
  const Html content = scatter(pair, name) + error_histogram(pair, name);
  return content.empty() ? Html() : element("div", {{"class", "figures"}}, content);
}

Html limits_text(const JsonView &limits) {
  std::vector<std::string> texts;
  for (const JsonView &limit : limits.list()) {
    const std::string metric = limit["metric"].text();
    const std::optional<double> min = limit["min"].number(), max = limit["max"].number();
    if (min) texts.push_back(fmt::format("{} at least {}", metric, *min));  // as it was given, no digit less
    if (max) texts.push_back(fmt::format("{} at most {}", metric, *max));
  }
  return texts.empty() ? Html() : bare_element("p", fmt::format("Limits: {}.", fmt::join(texts, ", ")));
}

// Of an output that mixes kinds, the parts with the largest relative error: its own metrics tell of the largest kind only.
Html parts_table(const JsonView &pair) {
  constexpr size_t kShown = 16;
  std::vector<JsonView> parts = pair["parts"]["metrics"].list();
  if (parts.empty()) return {};
  const auto error = [](const JsonView &metrics) { return metrics["l2r"].number().value_or(-1); };
  std::vector<size_t> order(parts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return error(parts[a]) > error(parts[b]); });
  order.resize(std::min(order.size(), kShown));
  HtmlTable table(
      fmt::format("{} mixes kinds along dimension {}: the worst {} of its {} parts", pair["reference"]["name"].text(),
                  pair["parts"]["axis"].count() + 1, order.size(), parts.size()),
      {{.title = "part", .number = true},
       {.title = "l2r", .number = true},
       {.title = "rmse", .number = true},
       {.title = "largest", .number = true},
       {.title = "cos", .number = true}});
  for (const size_t part : order) {
    std::vector<HtmlCell> row = {HtmlCell(fmt::format("{}", part), static_cast<double>(part))};
    for (const char *key : {"l2r", "rmse", "max_error", "cos"}) row.push_back(metric_cell(parts[part], key));
    table.add(row);
  }
  return table.html(true);
}

Html outputs_section(const JsonView &comparison, int level) {
  Html content = tensors_table("Errors of the outputs, other against reference", comparison["outputs"], true) +
                 limits_text(comparison["limits"]);
  for (const JsonView &pair : comparison["outputs"].list())
    content += parts_table(pair) + pair_figures(pair, pair["reference"]["name"].text());
  content += tensors_table("Inputs, as each side was given them", comparison["inputs"], false);
  return section(level, "outputs", "Outputs", content);
}

// The name of a pair of nodes: the reference's where it has one.
std::string name_of(const JsonView &pair) {
  return pair[pair["reference"].is_null() ? "other" : "reference"]["name"].text();
}

// Pairs may have several tensors: the one with the largest error speaks for them.
JsonView worst_tensor(const JsonView &pair) {
  const std::vector<JsonView> tensors = pair["tensors"].list();
  if (tensors.empty()) return pair[""];  // which no document has: null
  return *std::max_element(tensors.begin(), tensors.end(), [](const JsonView &a, const JsonView &b) {
    return a["metrics"]["l2r"].number().value_or(0) < b["metrics"]["l2r"].number().value_or(0);
  });
}

// Nodes may belong together and have no outputs that can be compared.
std::string verdict_of(const JsonView &pair) {
  const bool alone = pair["reference"].is_null() || pair["other"].is_null();
  return alone || !pair["tensors"].list().empty() ? pair["verdict"].text() : "cannot be compared";
}

Html error_plot(const std::vector<JsonView> &pairs, std::optional<uint64_t> first_diverging) {
  std::vector<double> errors, indices;
  for (size_t i = 0; i < pairs.size(); ++i) {
    indices.push_back(static_cast<double>(i));
    errors.push_back(
        pairs[i]["tensors"].list().empty() ? NAN : worst_tensor(pairs[i])["metrics"]["l2r"].number().value_or(NAN));
  }
  Plot plot(linear_axis("node, in the order of execution", indices, true),
            logarithmic_axis("relative error (l2r)", errors));
  if (first_diverging && *first_diverging < pairs.size())
    plot.mark({static_cast<double>(*first_diverging), verdict_of(pairs[*first_diverging])});
  plot.line(indices, errors, kColours - 1);
  bool is_empty = true;
  for (const Verdict &verdict : kVerdicts) {
    std::vector<double> xs, ys;
    std::vector<std::string> titles;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i]["verdict"].text() != verdict.name || std::isnan(errors[i])) continue;
      xs.push_back(indices[i]);
      ys.push_back(errors[i]);
      titles.push_back(fmt::format("{}: {}, {}", name_of(pairs[i]), number_text(errors[i]), verdict.name));
    }
    plot.points(xs, ys, titles, verdict.colour);
    is_empty = is_empty && xs.empty();
  }
  if (is_empty) return {};
  const auto n_errors = std::ranges::count_if(errors, [](double error) { return !std::isnan(error); });
  return plot.figure("Relative error of the nodes; errors of 0 are drawn at the foot",
                     fmt::format("Relative errors of {} pairs of nodes on a logarithmic scale", n_errors));
}

// How many nodes have which verdict: the colours of the plot beside it.
Html verdicts_table(const std::vector<JsonView> &pairs) {
  HtmlTable table("Verdicts", {{.title = "verdict"}, {.title = "nodes", .number = true}, {.title = "meaning"}});
  std::map<std::string, size_t> n_of;
  for (const JsonView &pair : pairs) ++n_of[verdict_of(pair)];
  for (const auto &[name, n] : n_of) {
    const Verdict *known = verdict_called(name);
    table.add({badge(name, colour_of(name)), HtmlCell(fmt::format("{}", n), static_cast<double>(n)),
               known == nullptr ? "" : known->meaning});
  }
  return table.html();
}

Html side_text(const JsonView &node) {
  if (node.is_null()) return "\u2013";
  return numbered(node["index"].number().value_or(0), node["name"].text()) +
         bare_element("small", " " + node["layer_desc"].text());
}

// What the judge found where nothing is predicted has no ratio in a document, which knows no infinity.
std::string ratio_text(std::optional<double> ratio) {
  return ratio ? number_text(ratio) : "\u221E";
}

// With the channel that it is of, and the part of values that is clipped, from one in a hundred on.
HtmlCell ratio_cell(const JsonView &local) {
  if (local.is_null()) return {"\u2013"};
  const std::optional<double> ratio = local["ratio"].number();
  const double channels = local["n_channels"].number().value_or(0), clipped = local["clipped"].number().value_or(0);
  std::vector<std::string> notes;
  if (channels > 1) notes.push_back(fmt::format("{}/{}", local["channel"].number().value_or(0), channels));
  if (clipped >= 0.01) notes.push_back(fmt::format("{:.0f}\u00A0% clipped", 100 * clipped));
  return {Html(ratio_text(ratio)) + bare_element("small", fmt::format("{}", fmt::join(notes, ", "))),
          ratio.value_or(HUGE_VAL)};
}

// "bias lost (ratio 30.1, 0.97 without it)"
Html suggestion_text(const JsonView &local) {
  const JsonView suggestion = local["suggestion"];
  if (suggestion.is_null()) return {};
  return bare_element("small",
                      fmt::format("{} (ratio {}, {} without it)", suggestion["kind"].text(),
                                  ratio_text(local["ratio"].number()), ratio_text(suggestion["ratio"].number())));
}

// As the text report says it.
Html method_note(const JsonView &comparison) {
  const std::string method = comparison["method"].text(), weights = comparison["weights"].text();
  if (method == "free running")
    return bare_element("p",
                        "Judged by what both computed on their own, the weaker method: neither can be given values.");
  if (method != "local error") return {};
  return bare_element(
      "p", fmt::format("Each judged by itself, by the {}; weights: {}. ratio: its error to what rounding and "
                       "quantization explain, of the worst channel; clipped: values beyond what a type can "
                       "represent; the errors after these are what both sides have become.",
                       comparison["judge"].text(), weights));
}

// The node, and why it is taken for the same.
Html partner_text(const JsonView &pair) {
  const std::vector<std::string> reasons = pair["matched_by"].texts();
  if (reasons.empty()) return side_text(pair["other"]);
  const double confidence = pair["confidence"].number().value_or(0);
  return side_text(pair["other"]) +
         bare_element("small", fmt::format("by {} ({:.0f}\u00A0%)", fmt::join(reasons, ", "), 100 * confidence));
}

Html nodes_table(const std::vector<JsonView> &pairs, const HtmlGraph &graph, bool judged) {
  std::vector<HtmlColumn> columns = {{.title = "reference"}, {.title = "other", .name = true}, {.title = "verdict"}};
  if (judged) columns.push_back({.title = "ratio", .number = true});
  for (HtmlColumn &column : metric_columns()) columns.push_back(std::move(column));
  HtmlTable table("Nodes of both sides, in the order of execution", columns);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const JsonView &pair = pairs[i];
    const std::string verdict = verdict_of(pair);
    std::vector<HtmlCell> row = {HtmlCell(graph.row(i, side_text(pair["reference"])), static_cast<double>(i)),
                                 partner_text(pair),
                                 badge(verdict, colour_of(verdict)) + suggestion_text(pair["local"])};
    if (judged) row.push_back(ratio_cell(pair["local"]));
    add_metrics(row, worst_tensor(pair)["metrics"]);
    table.add(row);
  }
  return table.html(true);
}

Html nodes_section(const JsonView &comparison, int level, const std::string &id) {
  const std::vector<JsonView> pairs = comparison["nodes"].list();
  if (pairs.empty()) {
    const char *why = comparison["conclusion"].text() == "none" ? "the sides did not get the same inputs"
                                                                : "at least one side has no data of its nodes";
    return section(level, "nodes", "Nodes", bare_element("p", fmt::format("Nodes were not compared: {}.", why)));
  }
  const std::optional<uint64_t> first = comparison["first_diverging"].size();
  const Html plot = error_plot(pairs, first);
  Html content = plot.empty() ? Html() : element("div", {{"class", "figures"}}, plot + verdicts_table(pairs));
  const HtmlGraph graph = comparison_graph(pairs, id, verdict_of, colour_of);
  const bool judged = comparison["method"].text() == "local error";
  content += method_note(comparison) + graph.figure() + nodes_table(pairs, graph, judged);
  if (first && *first < pairs.size()) {
    const JsonView &pair = pairs[*first];
    content += pair_figures(worst_tensor(pair), name_of(pair));
  }
  return section(level, "nodes", "Nodes", content);
}

Html side_provenance(const JsonView &side, const char *name) {
  HtmlFacts facts;
  facts.add("descriptor", side["descriptor"].text());
  facts.add("backend", side["backend"].text());
  facts.add("begun", side["begin"].text());
  facts.add("host", side["host"].text());
  facts.add("file", side["file"].text());
  facts.add("model", side["info"]["name"].text());
  add_model_facts(facts, side["info"]);
  return bare_element("div", bare_element("p", bare_element("strong", name)) + facts.html("facts"));
}

Html provenance(const JsonView &comparison, int level) {
  HtmlFacts facts;
  facts.add("airunner", comparison["airunner"].text());
  facts.add("document", comparison["schema"].text());
  return section(
      level, "provenance", "Provenance",
      element("div", {{"class", "figures"}},
              side_provenance(comparison["reference"], "Reference") + side_provenance(comparison["other"], "Other")) +
          facts.html("facts"));
}

// The words of the text report.
Html conclusion_badge(const JsonView &comparison) {
  if (comparison["conclusion"].text() == "none") return badge("NONE", 1);
  return comparison["passed"].flag() ? badge("PASS", 2) : badge("FAIL", 3);
}

}  // namespace

Html comparison_section(const JsonView &comparison, int level, const std::string &id) {
  const Html verdict =
      element("p", {{"class", "verdict"}}, conclusion_badge(comparison) + Html(" " + comparison["verdict"].text()));
  HtmlFacts tiles;
  tiles.add("samples", known_count(comparison["n_samples"].size()));
  tiles.add("pairs of nodes", known_count(comparison["n_matched"].size()));
  const std::vector<JsonView> outputs = comparison["outputs"].list();
  if (!outputs.empty()) {
    const JsonView metrics = outputs[0]["metrics"];
    tiles.add("cosine of the first output", cosine_text(metrics["cos"].number()));
    tiles.add("its relative error", number_text(metrics["l2r"].number()));
    tiles.add("its largest error", number_text(metrics["max_error"].number()));
  }
  return verdict + tiles.html("tiles") + outputs_section(comparison, level) + nodes_section(comparison, level, id) +
         provenance(comparison, level);
}

}  // namespace air::report
