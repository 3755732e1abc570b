// SPDX-License-Identifier: BSD-3-Clause
// What comparisons and documents of regressions found, case by case.
#include <fmt/format.h>

#include <cmath>
#include <span>

#include "cli/outputs/findings.h"
#include "cli/outputs/regression_text.h"

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

TestCase case_of(const JsonView &check) {
  const std::string verdict = check["verdict"].text(), node = check["node"].text(), quantity = check["quantity"].text();
  const bool is_open = verdict == "cannot tell" && check["required"].flag();
  return {node.empty() ? quantity : fmt::format("{} of node {} {}", quantity, check["index"].count(), node),
          verdict == "regression" ? Finding::kFailed
          : is_open               ? Finding::kOpen
                                  : Finding::kPassed,
          verdict, check_text(check)};
}

std::string name_of(const air_result *result) {
  return air_get_result_model(result)->descriptor;
}

}  // namespace

TestSuite suite_of(const air_comparison &comparison) {
  TestSuite suite{
      fmt::format("airunner compare {} {}", name_of(comparison.reference), name_of(comparison.other)), "", {}};
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
  suite.text =
      fmt::format("{} of {} outputs are within the limits", comparison.n_outputs - n_failed, comparison.n_outputs);
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
