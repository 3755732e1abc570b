// SPDX-License-Identifier: BSD-3-Clause
// A comparison for people: the verdict, the outputs, then the nodes with the first diverging one marked.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "report/comparison_verdict.h"
#include "report/measured.h"
#include "report/report.h"
#include "text/descriptions.h"
#include "text/table.h"

namespace air::report {
namespace {

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{:.3g}", value) : "-";
}

// Enough digits to tell 0.99 from 0.9999, and never a 1 that is none.
std::string cosine_text(double value) {
  if (!std::isfinite(value)) return "-";
  if (value < -1) return fmt::format("{:.3g}", value);
  const std::string text = fmt::format("{:.6f}", value);
  return value < 1 && text == "1.000000" ? "0.999999+" : text;
}

std::string percent(double part) {
  return std::isfinite(part) ? fmt::format("{:.2f}%", 100 * part) : "-";
}

// "0.31", in quanta
std::string steps_text(const air_tensor_pair &pair, air_metric metric) {
  return pair.quantum > 0 ? number(pair.metrics[metric] / pair.quantum) : "-";
}

// `n`: nodes with data.
std::string side_text(const air_result *result, uint32_t n) {
  const air_model &model = *air_get_result_model(result);
  const std::string_view file = property(model, "file");
  return fmt::format("{}  ({} by {}, {} node{} with data)", file.empty() ? model.descriptor : file, model.name,
                     model.backend, n, n == 1 ? "" : "s");
}

// Arrays of another program that say nothing of their inputs have those of the other side, which nobody can compare.
bool borrows_inputs(const air_result *result) {
  const std::vector<std::string> told = lines_of(property(*air_get_result_model(result), "arrays"));
  return !told.empty() &&
         std::ranges::none_of(told, [](const std::string &line) { return line.starts_with("input "); });
}

// "36.9 quanta; clipped: 120 of 4,900 values, ...": what rounding alone never does has a reason.
std::string conversion_text(const air_tensor_pair &input) {
  std::vector<std::string> reasons;
  if (input.quantum > 0) reasons.push_back(fmt::format("{} quanta", steps_text(input, AIR_METRIC_MAX_ERROR)));
  const auto n_values = static_cast<double>(input.n_values);
  const auto n_clipped = static_cast<uint64_t>(std::llround(input.clipped * n_values));
  if (n_clipped > 0 && input.quantizer == nullptr) {
    reasons.push_back(fmt::format("clipped: {} of {} values, which the other side cannot represent",
                                  count_text(n_clipped), count_text(input.n_values)));
  }
  return reasons.empty() ? "" : fmt::format(" ({})", fmt::join(reasons, "; "));
}

std::string inputs_text(const air_comparison &comparison) {
  if (borrows_inputs(comparison.reference)) return "those of the other: the reference holds none";
  if (borrows_inputs(comparison.other)) return "those of the reference: the other holds none";
  std::string text;
  for (const air_tensor_pair *pair : std::span(comparison.inputs, comparison.n_inputs)) {
    const double error = pair->metrics[AIR_METRIC_MAX_ERROR];
    const std::string found = is_incomparable(*pair) ? "cannot be compared: a quantization is not known"
                              : error > 0            ? fmt::format("converted with errors up to {}", number(error))
                                                     : "equal";
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", pair->reference->name, found);
    if (error > 0) text += conversion_text(*pair);
  }
  return text;
}

std::string limits_text(const air_comparison &comparison) {
  std::string text;
  for (const air_limit &limit : std::span(comparison.limits, comparison.n_limits)) {
    text += (text.empty() ? "" : ", ") + limit_text(limit);
  }
  return text;
}

// Why an output is not within the limits; "" if it is.
std::string flaw_text(const air_tensor_pair &output) {
  if (is_within(output)) return "";
  if (is_incomparable(output)) return "cannot be compared";
  if (output.n_not_finite > 0) return fmt::format("NaN or infinity at {}", count_text(output.n_not_finite));
  if (n_unmeasured(output) > 0)
    return fmt::format("differs at {} of {}", count_text(n_unmeasured(output)), count_text(output.n_values));
  return output.n_values == 0 ? "no finite value" : fmt::format("beyond {}", fmt::join(broken_names(output), ", "));
}

constexpr size_t kWidestName = 60;  // also where a table may be as wide as it likes

std::string outputs_table(const air_comparison &comparison, const air_text_options &options) {
  Table table({{.title = "output", .min_width = 8, .max_width = kWidestName, .cut = Cut::kBegin},
               {.title = "reference", .min_width = 12, .max_width = kWidestName, .rank = 2},
               {.title = "other", .min_width = 12, .max_width = kWidestName, .rank = 3},
               {.title = "acc", .right = true},
               {.title = "cos", .right = true},
               {.title = "rmse", .right = true},
               {.title = "mae", .right = true, .rank = 5},
               {.title = "l2r", .right = true},
               {.title = "mean", .right = true, .rank = 7},
               {.title = "std", .right = true, .rank = 8},
               {.title = "nse", .right = true, .rank = 6},
               {.title = "max error", .right = true},
               {.title = "in quanta", .right = true, .rank = 4},
               {.title = ""}});
  for (const air_tensor_pair *pair : std::span(comparison.outputs, comparison.n_outputs)) {
    const auto cell = [&](air_metric metric, const std::string &text) {
      return Cell{text, (pair->broken >> metric & 1U) != 0 ? Style::kHot : Style::kPlain};
    };
    const auto plain = [&](air_metric metric) { return cell(metric, number(pair->metrics[metric])); };
    table.add({{pair->reference->name},
               {tensor_text(*pair->reference)},
               {tensor_text(*pair->other)},
               cell(AIR_METRIC_ACC, percent(pair->metrics[AIR_METRIC_ACC])),
               cell(AIR_METRIC_COS, cosine_text(pair->metrics[AIR_METRIC_COS])),
               plain(AIR_METRIC_RMSE),
               plain(AIR_METRIC_MAE),
               plain(AIR_METRIC_L2R),
               plain(AIR_METRIC_MEAN),
               plain(AIR_METRIC_STD),
               cell(AIR_METRIC_NSE, cosine_text(pair->metrics[AIR_METRIC_NSE])),
               plain(AIR_METRIC_MAX_ERROR),
               {steps_text(*pair, AIR_METRIC_MAX_ERROR)},
               {flaw_text(*pair), Style::kHot}});
  }
  return table.render(options.width, options.colour != 0);
}

// The parts of an output, those with the largest relative error first.
std::vector<uint32_t> worst_parts(const air_tensor_pair &output) {
  std::vector<uint32_t> parts(output.n_mixed);
  std::iota(parts.begin(), parts.end(), 0U);
  const auto error = [&](uint32_t part) {
    const double value = output.mixed_metrics[part * output.n_metrics + AIR_METRIC_L2R];
    return std::isnan(value) ? -1 : value;
  };
  std::stable_sort(parts.begin(), parts.end(), [&](uint32_t a, uint32_t b) { return error(a) > error(b); });
  return parts;
}

// Of an output that mixes kinds: its metrics tell of the largest kind only.
std::string parts_table(const air_tensor_pair &output, const air_text_options &options) {
  constexpr size_t kShown = 5;
  std::vector<uint32_t> parts = worst_parts(output);
  if (options.verbose == 0 && parts.size() > kShown) parts.resize(kShown);
  Table table({{.title = "part", .right = true},
               {.title = "cos", .right = true},
               {.title = "rmse", .right = true},
               {.title = "l2r", .right = true},
               {.title = "mean", .right = true, .rank = 2},
               {.title = "max error", .right = true}});
  for (const uint32_t part : parts) {
    const double *metrics = output.mixed_metrics + static_cast<size_t>(part) * output.n_metrics;
    table.add({{count_text(part)},
               {cosine_text(metrics[AIR_METRIC_COS])},
               {number(metrics[AIR_METRIC_RMSE])},
               {number(metrics[AIR_METRIC_L2R])},
               {number(metrics[AIR_METRIC_MEAN])},
               {number(metrics[AIR_METRIC_MAX_ERROR])}});
  }
  const std::string which = parts.size() == output.n_mixed ? "all" : fmt::format("the worst {}", parts.size());
  return fmt::format("\n  output {} mixes kinds along dimension {}: {} of its {} parts, by l2r\n{}",
                     output.reference->name, output.mixed_axis + 1, which, output.n_mixed,
                     table.render(options.width, options.colour != 0));
}

constexpr size_t kNodeColumns = 15;

Style style_of(air_verdict verdict) {
  switch (verdict) {
    case AIR_VERDICT_DIVERGES:
    case AIR_VERDICT_OWN_ERROR:
      return Style::kHot;
    case AIR_VERDICT_AFFECTED:
      return Style::kWarm;
    case AIR_VERDICT_UNMATCHED:
    case AIR_VERDICT_NO_DATA:
      return Style::kDim;
    default:
      return Style::kPlain;
  }
}

// What nobody can measure is more than what can be.
double distance(const air_tensor_pair &pair) {
  return n_unmeasured(pair) > 0 ? HUGE_VAL : pair.metrics[AIR_METRIC_L2R];
}

std::string largest_error(const air_tensor_pair &pair) {
  if (n_unmeasured(pair) == 0) return number(pair.metrics[AIR_METRIC_MAX_ERROR]);
  return fmt::format("{} of {} differ", count_text(n_unmeasured(pair)), count_text(pair.n_values));
}

// The tensor of a node that is furthest off.
const air_tensor_pair *worst_tensor(const air_node_pair &node) {
  const air_tensor_pair *worst = nullptr;
  for (const air_tensor_pair *pair : std::span(node.tensors, node.n_tensors)) {
    const bool worse = worst == nullptr || distance(*pair) > distance(*worst);
    if (worse) worst = pair;
  }
  return worst;
}

std::string verdict_of(const air_node_pair &node) {
  if (is_incomparable(node)) return "cannot be compared";
  if (node.verdict == AIR_VERDICT_DIVERGES) return "DIVERGES";
  if (node.verdict != AIR_VERDICT_OWN_ERROR) return air_verdict_name(node.verdict);
  return node.local->suggestion == nullptr ? "OWN ERROR" : fmt::format("OWN ERROR: {}", node.local->suggestion);
}

// "0.97", or "0.97 (12% clipped)"
std::string ratio_text(const air_node_pair &node) {
  if (node.local == nullptr) return "";
  const double clipped = node.local->clipped;
  return number(node.local->ratio) + (clipped >= 0.01 ? fmt::format(" ({:.0f}% clipped)", 100 * clipped) : "");
}

std::string channel_text(const air_node_pair &node) {
  if (node.local == nullptr || node.local->n_channels < 2) return "";
  return fmt::format("{}/{}", node.local->channel, node.local->n_channels);
}

void add_node(Table &table, const air_node_pair &node) {
  const air_tensor_pair *pair = worst_tensor(node);
  const Style style = style_of(node.verdict);
  const bool first = node.verdict == AIR_VERDICT_DIVERGES || node.verdict == AIR_VERDICT_OWN_ERROR;
  const auto text = [&](air_metric metric) { return pair == nullptr ? "" : number(pair->metrics[metric]); };
  const air_node &shown = node.reference != nullptr ? *node.reference : *node.other;
  const bool is_free = pair != nullptr && node.local == nullptr && node.verdict != AIR_VERDICT_NO_DATA;
  table.add({{first ? ">" : "", style},
             {node.reference == nullptr ? "" : count_text(node.reference_index), style},
             {node.reference == nullptr ? "-" : node_text(*node.reference), style},
             {node.other == nullptr ? "-" : node_text(*node.other), style},
             {shown.operation, Style::kDim},
             {pair == nullptr ? "" : fmt::format("{:.2f}", node.confidence)},
             {pair == nullptr ? "" : fmt::format("{}", fmt::join(match_names(node.matched_by), " ")), Style::kDim},
             {is_free ? number(node.allowed_rmse) : ratio_text(node), style},
             {channel_text(node), Style::kDim},
             {pair == nullptr ? "" : cosine_text(pair->metrics[AIR_METRIC_COS]), style},
             {text(AIR_METRIC_L2R), style},
             {text(AIR_METRIC_RMSE)},
             {pair == nullptr ? "" : largest_error(*pair)},
             {pair == nullptr ? "" : steps_text(*pair, AIR_METRIC_MAX_ERROR)},
             {verdict_of(node), style}});
}

// Nodes in a row that have no partner, as where one side quantizes in steps of its own, in one line.
void add_unmatched(Table &table, std::span<const air_node_pair *const> nodes) {
  const auto count = [&](bool of_reference) {
    const auto n = std::count_if(nodes.begin(), nodes.end(), [&](const air_node_pair *node) {
      return (node->reference != nullptr) == of_reference;
    });
    return n == 0 ? "-" : fmt::format("{} node{}", n, n == 1 ? "" : "s");
  };
  std::vector<Cell> row(kNodeColumns);
  row[2] = {count(true), Style::kDim};
  row[3] = {count(false), Style::kDim};
  row.back() = {air_verdict_name(AIR_VERDICT_UNMATCHED), Style::kDim};
  table.add(std::move(row));
}

std::string nodes_table(const air_comparison &comparison, const air_text_options &options) {
  const bool judged = comparison.judge_side != AIR_SIDE_NONE;
  Table table({{.title = ""},
               {.title = "#", .right = true},
               {.title = "reference", .min_width = 20, .max_width = kWidestName, .cut = Cut::kBegin},
               {.title = "other", .min_width = 20, .max_width = kWidestName, .cut = Cut::kBegin},
               {.title = "operator", .min_width = 8, .max_width = kWidestName, .rank = 6},
               {.title = "match", .right = true, .rank = 3},
               {.title = "by", .rank = 9},
               {.title = judged ? "ratio" : "allowed", .right = true, .rank = judged ? 0 : 5},
               {.title = judged ? "channel" : "", .right = true, .rank = 8},
               {.title = "cos", .right = true, .rank = 2},
               {.title = "l2r", .right = true},
               {.title = "rmse", .right = true, .rank = 4},
               {.title = "max error", .right = true, .rank = 7},
               {.title = "in quanta", .right = true, .rank = 8},
               {.title = "verdict"}});
  const std::span nodes(comparison.nodes, comparison.n_nodes);
  const auto alone = [](const air_node_pair *node) { return node->reference == nullptr || node->other == nullptr; };
  for (auto at = nodes.begin(); at != nodes.end();) {
    const auto end = options.verbose != 0 ? at : std::find_if_not(at, nodes.end(), alone);
    if (end - at > 1) {
      add_unmatched(table, {at, end});
      at = end;
    } else {
      add_node(table, **at++);
    }
  }
  return table.render(options.width, options.colour != 0);
}

// A node may be equal behind a fault, and what it computes far off.
std::string columns_text(const air_comparison &comparison, const air_text_options &options) {
  if (comparison.judge_side == AIR_SIDE_NONE) return "";
  return labelled_text(
      "nodes", "ratio, verdict: what each computes from the same inputs; cos, l2r, rmse: what all errors have become",
      options.width, options.colour != 0);
}

const char *conclusion_text(air_conclusion conclusion) {
  switch (conclusion) {
    case AIR_CONCLUSION_AGREES:
      return "PASS";
    case AIR_CONCLUSION_DIFFERS:
      return "FAIL";
    default:
      return "NONE";
  }
}

std::string method_text(const air_comparison &comparison) {
  if (comparison.judge_side == AIR_SIDE_NONE)
    return fmt::format("judged by what both computed on their own, the weaker method: {}",
                       comparison.weights == nullptr
                           ? "neither can be given values here"
                           : "each is quantized in its own way; compare both with the model before quantization");
  return fmt::format("each judged by itself, by the {}; weights: {}",
                     comparison.judge_side == AIR_SIDE_REFERENCE ? "reference" : "other", comparison.weights);
}

}  // namespace

std::string comparison_to_text(const air_comparison &comparison, const air_text_options &options) {
  const bool colour = options.colour != 0;
  const auto field = [&](const char *label, const std::string &value) {
    return labelled_line(label, value, options.width, colour);
  };
  const auto sentence = [&](const char *label, const std::string &value) {
    return labelled_text(label, value, options.width, colour);
  };
  std::string text = title_text(fmt::format("{}: {}", conclusion_text(comparison.conclusion), verdict_text(comparison)),
                                options.width, colour);
  text += field("reference", side_text(comparison.reference, comparison.n_reference_with_data));
  text += field("other", side_text(comparison.other, comparison.n_other_with_data));
  text += field("samples", count_text(comparison.n_samples));
  text += sentence("inputs", inputs_text(comparison));
  text += sentence("limits", limits_text(comparison));
  if (comparison.n_nodes > 0) text += sentence("layers", method_text(comparison));
  for (const air_tensor_pair *output : std::span(comparison.outputs, comparison.n_outputs)) {
    if (output->n_lost > 0) text += sentence("note", lost_text(*output));
  }
  if (comparison.n_nodes == 0 && comparison.conclusion == AIR_CONCLUSION_NONE)
    text += sentence("layers", "not compared: the sides did not get the same inputs");
  else if (comparison.n_nodes == 0) {
    const char *side = comparison.n_reference_with_data == 0 ? "reference" : "other";
    text += sentence("layers", fmt::format("not compared: the {} has no data of nodes", side));
  }
  text += '\n' + outputs_table(comparison, options);
  for (const air_tensor_pair *output : std::span(comparison.outputs, comparison.n_outputs)) {
    if (output->n_mixed > 0) text += parts_table(*output, options);
  }
  if (comparison.n_nodes > 0) text += '\n' + columns_text(comparison, options) + nodes_table(comparison, options);
  return text;
}

}  // namespace air::report
