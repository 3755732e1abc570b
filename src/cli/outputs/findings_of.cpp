// SPDX-License-Identifier: BSD-3-Clause
// What comparisons and documents of regressions found, case by case.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "cli/outputs/findings.h"
#include "cli/outputs/printing.h"
#include "cli/outputs/regression_text.h"
#include "cli/running/failure.h"

namespace air::cli {
namespace {

std::string limit_text(const air_limit &limit) {
  const bool is_min = std::isfinite(limit.min);
  return fmt::format("limit {} {:g}", is_min ? ">=" : "<=", is_min ? limit.min : limit.max);
}

// "cos is 0.43, limit >= 0.99; ..." for the limits that hold or are broken.
std::string metrics_text(const air_comparison &comparison, const air_tensor_pair &output) {
  std::string text;
  for (const air_limit &limit : std::span(comparison.limits, comparison.n_limits)) {
    if (limit.metric >= output.n_metrics || std::isnan(output.metrics[limit.metric])) continue;
    text += fmt::format("{}{} is {:.6g}, {}", text.empty() ? "" : "; ", air_metric_name(limit.metric),
                        output.metrics[limit.metric], limit_text(limit));
  }
  if (output.n_not_finite > 0)
    text +=
        fmt::format("{}{} values are NaN or infinite on one side only", text.empty() ? "" : "; ", output.n_not_finite);
  return text.empty() ? "no limit applies" : text;
}

std::string first_node_text(const air_comparison &comparison) {
  if (comparison.first_diverging < 0) return "";
  const air_node_pair &pair = *comparison.nodes[comparison.first_diverging];
  const air_node *node = pair.reference == nullptr ? pair.other : pair.reference;
  return fmt::format("; the first node that differs by more than explained: {} ({})", node->name, node->operation);
}

// Values of an input that are no numbers: the first to know of.
std::optional<TestCase> not_finite_case(const air_tensor_pair &input) {
  const air_value_summary &ours = input.reference_values, &theirs = input.other_values;
  const uint64_t n_nan = std::max(ours.n_nan, theirs.n_nan), n_inf = std::max(ours.n_inf, theirs.n_inf);
  if (n_nan + n_inf == 0) return {};
  return TestCase{fmt::format("input {}", input.reference->name), Finding::kOpen, "not finite",
                  fmt::format("{} NaN and {} infinite values: what is computed from them says little", n_nan, n_inf)};
}

// "own error: ratio 30.1 in channel 3 of 16, at most 3.5; 12% clipped; bias lost, 0.97 without it"
std::string node_verdict_text(const air_node_pair &pair) {
  std::string text = air_verdict_name(pair.verdict);
  const air_local_error *local = pair.local;
  if (local == nullptr) return text + fmt::format(": rmse of at most {:.3g} is explained", pair.allowed_rmse);
  const bool by_ratio = local->ratio > local->threshold;
  if (by_ratio || pair.verdict != AIR_VERDICT_OWN_ERROR) {
    text += fmt::format(": ratio {:.3g} in channel {} of {}, at most {:.3g}", local->ratio, local->channel,
                        local->n_channels, local->threshold);
  }
  if (local->clipped >= 0.01)
    text += fmt::format("{} {:.0f}% of the values are beyond what a type can represent", by_ratio ? ";" : ":",
                        100 * local->clipped);
  if (local->n_not_finite > 0)
    text += fmt::format("; {} values are NaN or infinite on one side only", local->n_not_finite);
  if (local->suggestion != nullptr)
    text += fmt::format("; {}, {:.3g} without it", local->suggestion, local->suggestion_ratio);
  return text;
}

bool is_own_error(const air_node_pair &pair) {
  return pair.verdict == AIR_VERDICT_OWN_ERROR || pair.verdict == AIR_VERDICT_DIVERGES;
}

// Of nodes that were judged: not behind one that diverges, nor where there is nothing to judge by. As the exit code, they fail only with outputs.
std::optional<TestCase> node_case(const air_node_pair &pair, bool outputs_differ) {
  const air_verdict verdict = pair.verdict;
  if (verdict == AIR_VERDICT_UNMATCHED || verdict == AIR_VERDICT_NO_DATA || verdict == AIR_VERDICT_AFFECTED) return {};
  const Finding finding = !is_own_error(pair) ? Finding::kPassed : outputs_differ ? Finding::kFailed : Finding::kNoted;
  return TestCase{fmt::format("node {} {} ({})", pair.reference_index, pair.reference->name, pair.reference->operation),
                  finding, air_verdict_name(verdict), node_verdict_text(pair)};
}

TestCase case_of(const JsonView &check) {
  const std::string verdict = check["verdict"].text(), node = check["node"].text(), quantity = check["quantity"].text();
  const bool is_open = verdict == "cannot tell" && check["required"].flag();
  std::string text = check_text(check);
  if (is_open) {
    text = "cannot tell: " + text;
    if (!check["runs_needed"].is_null())
      text += fmt::format("; {} runs of each side can", check["runs_needed"].count());
  }
  return {node.empty() ? quantity : fmt::format("{} of node {} {}", quantity, check["index"].count(), node),
          verdict == "regression" ? Finding::kFailed
          : is_open               ? Finding::kOpen
                                  : Finding::kPassed,
          verdict, text};
}

std::string name_of(const air_result *result) {
  return air_get_result_model(result)->descriptor;
}

// The first line of the report: "NONE: ...".
std::string headline_of(const air_comparison &comparison) {
  char *text = nullptr;
  check(air_comparison_to_text(&comparison, nullptr, &text), kFailed);
  const std::string report = take(text);
  return report.substr(0, report.find('\n'));
}

// Their cases, and how many of them are well.
std::string add_outputs(TestSuite &suite, const air_comparison &comparison) {
  size_t n_failed = 0;
  for (const air_tensor_pair *output : std::span(comparison.outputs, comparison.n_outputs)) {
    const bool passed = output->broken == 0 && output->n_not_finite == 0 && output->n_values > 0;
    n_failed += passed ? 0 : 1;
    suite.cases.push_back({fmt::format("output {}", output->reference->name),
                           passed ? Finding::kPassed : Finding::kFailed, "differs",
                           metrics_text(comparison, *output) + (passed ? "" : first_node_text(comparison))});
  }
  // What the comparison says counts, whatever its outputs look like.
  if (comparison.passed == 0 && n_failed == 0)
    suite.cases.push_back({"outputs", Finding::kFailed, "differs", "the comparison did not pass"});
  return fmt::format("{} of {} outputs are within the limits", comparison.n_outputs - n_failed, comparison.n_outputs);
}

std::string add_nodes(TestSuite &suite, const air_comparison &comparison) {
  const bool outputs_differ = comparison.conclusion == AIR_CONCLUSION_DIFFERS;
  size_t n_judged = 0, n_wrong = 0;
  for (const air_node_pair *pair : std::span(comparison.nodes, comparison.n_nodes)) {
    const auto found = node_case(*pair, outputs_differ);
    if (!found) continue;
    ++n_judged;
    n_wrong += is_own_error(*pair) ? 1 : 0;
    suite.cases.push_back(*found);
  }
  return n_judged == 0 ? "" : fmt::format(", the errors of {} of {} nodes are explained", n_judged - n_wrong, n_judged);
}

}  // namespace

TestSuite suite_of(const air_comparison &comparison) {
  TestSuite suite{
      fmt::format("airunner compare {} {}", name_of(comparison.reference), name_of(comparison.other)), "", {}};
  for (const air_tensor_pair *input : std::span(comparison.inputs, comparison.n_inputs)) {
    if (const auto found = not_finite_case(*input)) suite.cases.push_back(*found);
  }
  suite.text = add_outputs(suite, comparison) + add_nodes(suite, comparison);
  if (comparison.conclusion != AIR_CONCLUSION_NONE) return suite;
  // What outputs and nodes look like tells nothing then.
  suite.text = headline_of(comparison);
  suite.cases = {{"inputs", Finding::kOpen, "no verdict", suite.text}};
  return suite;
}

TestSuite suite_of(const JsonView &regression) {
  TestSuite suite{"airunner profile " + regression["current"]["name"].text(), regression["text"].text(), {}};
  for (const JsonView &check : regression["checks"].list()) {
    if (!check["limit"].is_null()) suite.cases.push_back(case_of(check));
  }
  return suite;
}

}  // namespace air::cli
