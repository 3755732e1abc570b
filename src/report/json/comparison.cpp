// SPDX-License-Identifier: BSD-3-Clause
// A comparison as JSON.
#include <limits>

#include "report/comparison_verdict.h"
#include "report/json/info.h"
#include "report/reads.h"
#include "report/report.h"
#include "text/descriptions.h"
#include "text/provenance.h"

namespace air::report {
namespace {

Json side_json(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  const char *file = property(model, "file");
  Json info = Json::object();
  add_info(info, model);
  Json object = Json::object();
  object.add("descriptor", model.descriptor);
  object.add("backend", model.backend);
  object.add("begin", time_stamp(air_get_profile(result)->begin_unix_ms)).add("host", property(model, "host"));
  object.add("file", *file == '\0' ? Json(nullptr) : Json(file));
  object.add("info", std::move(info));
  return object;
}

Json limit_json(const air_limit &limit) {
  Json object = Json::object();
  object.add("metric", air_metric_name(limit.metric)).add("min", limit.min).add("max", limit.max);
  return object;
}

// NaN, for a metric that does not apply, becomes null.
Json metrics_json(const air_tensor_pair &pair) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  const double step = pair.quantum > 0 ? pair.quantum : unknown;
  Json object = Json::object();
  object.add("count", pair.n_values).add("n_not_finite", pair.n_not_finite);
  for (uint32_t i = 0; i < pair.n_metrics; ++i) {
    object.add(air_metric_name(static_cast<air_metric>(i)), pair.metrics[i]);
  }
  object.add("max_error_index", pair.max_error_index);
  object.add("quantum", step);
  object.add("rmse_quanta", pair.metrics[AIR_METRIC_RMSE] / step);
  object.add("max_error_quanta", pair.metrics[AIR_METRIC_MAX_ERROR] / step);
  return object;
}

Json values_json(const air_value_summary &values) {
  Json object = Json::object();
  object.add("min", values.min).add("max", values.max).add("mean", values.mean).add("std", values.std);
  object.add("n_nan", values.n_nan).add("n_inf", values.n_inf);
  return object;
}

Json histogram_json(const air_tensor_pair &pair) {
  size_t n_bins = pair.n_bins;
  while (n_bins > 1 && pair.bins[n_bins - 1] == 0) --n_bins;
  Json object = Json::object();
  object.add("unit", pair.error_unit == AIR_UNIT_QUANTUM ? "quantum" : "ulp");
  object.add("limits", Json::numbers(std::span(pair.bin_limits, n_bins)));
  object.add("counts", Json::numbers(std::span(pair.bins, n_bins)));
  return object;
}

const char *layout_name(air_layout layout) {
  switch (layout) {
    case AIR_LAYOUT_FROM_CHANNEL_FIRST:
      return "nchw_to_nhwc";
    case AIR_LAYOUT_FROM_CHANNEL_LAST:
      return "nhwc_to_nchw";
    default:
      return "same";
  }
}

// Metrics of the parts of an output that mixes kinds.
Json parts_json(const air_tensor_pair &pair) {
  if (pair.n_mixed == 0) return nullptr;
  Json list = Json::array();
  for (uint32_t part = 0; part < pair.n_mixed; ++part) {
    Json metrics = Json::object();
    for (uint32_t i = 0; i < pair.n_metrics; ++i) {
      if (i != AIR_METRIC_ACC)
        metrics.add(air_metric_name(static_cast<air_metric>(i)), pair.mixed_metrics[part * pair.n_metrics + i]);
    }
    list.add(std::move(metrics));
  }
  Json object = Json::object();
  object.add("axis", pair.mixed_axis).add("metrics", std::move(list));
  return object;
}

enum class Role { kInput, kOutput, kNode };  // limits hold for outputs

// What the tensors belong to.
struct Sides {
  const air_model &reference, &other;
  std::vector<Reads> reference_reads = reads_of_nodes(reference), other_reads = reads_of_nodes(other);
};

Json quantizer_json(const air_tensor_pair &input) {
  if (input.quantizer == nullptr) return {nullptr};
  Json object = Json::object();
  object.add("node", input.quantizer->name).add("error", input.quantizer_error);
  object.add("min", input.quantizer_min).add("max", input.quantizer_max);
  return object;
}

Json pair_json(const air_tensor_pair &pair, const Sides &sides, Role role) {
  Json points = Json::array();
  for (uint64_t i = 0; i < pair.n_points; ++i) points.add(Json::numbers(std::span(pair.points + 2 * i, 2)));
  Json object = Json::object();
  object.add("reference", tensor_json(*pair.reference, sides.reference));
  object.add("other", tensor_json(*pair.other, sides.other));
  object.add("layout", layout_name(pair.layout));
  object.add("metrics", metrics_json(pair));
  object.add("reference_values", values_json(pair.reference_values));
  object.add("other_values", values_json(pair.other_values));
  object.add("histogram", histogram_json(pair));
  object.add("points", std::move(points));
  if (role == Role::kInput) object.add("clipped", pair.clipped).add("quantizer", quantizer_json(pair));
  if (role == Role::kOutput)
    object.add("n_lost", pair.n_lost)
        .add("n_parts", pair.n_parts)
        .add("lost_axis", pair.n_lost > 0 ? Json(pair.lost_axis) : Json(nullptr))
        .add("parts", parts_json(pair));
  object.add("passed", role == Role::kOutput ? Json(is_within(pair)) : Json(nullptr));
  object.add("broken", texts_json(broken_names(pair)));
  return object;
}

Json pairs_json(const air_tensor_pair *const *pairs, uint32_t n_pairs, const Sides &sides, Role role) {
  Json array = Json::array();
  for (const air_tensor_pair *pair : std::span(pairs, n_pairs)) array.add(pair_json(*pair, sides, role));
  return array;
}

Json node_json(const air_node *node, uint32_t index, const std::vector<Reads> &reads) {
  if (node == nullptr) return nullptr;
  Json object = Json::object();
  object.add("name", node->name).add("index", index).add("m_id", node->layer);
  object.add("layer_type", node->operation_code).add("layer_desc", node->operation);
  if (reads[index]) object.add("reads", Json::numbers(std::span(*reads[index])));
  return object;
}

Json suggestion_json(const air_local_error &error) {
  if (error.suggestion == nullptr) return nullptr;
  Json object = Json::object();
  object.add("kind", error.suggestion).add("ratio", error.suggestion_ratio);
  return object;
}

Json local_json(const air_local_error *error) {
  if (error == nullptr) return nullptr;
  Json object = Json::object();
  object.add("ratio", error->ratio).add("channel", error->channel).add("n_channels", error->n_channels);
  object.add("whole", error->whole_ratio).add("threshold", error->threshold);
  object.add("rmse", error->rmse).add("predicted", error->predicted).add("n_values", error->n_values);
  object.add("clipped", error->clipped).add("n_not_finite", error->n_not_finite);
  object.add("suggestion", suggestion_json(*error));
  return object;
}

Json node_pair_json(const air_node_pair &pair, const Sides &sides) {
  Json object = Json::object();
  object.add("reference", node_json(pair.reference, pair.reference_index, sides.reference_reads));
  object.add("other", node_json(pair.other, pair.other_index, sides.other_reads));
  object.add("verdict", air_verdict_name(pair.verdict));
  object.add("confidence", pair.confidence);
  object.add("matched_by", texts_json(match_names(pair.matched_by)));
  const bool judged_freely = pair.n_tensors > 0 && pair.local == nullptr && pair.verdict != AIR_VERDICT_NO_DATA;
  object.add("allowed_rmse", judged_freely ? Json(pair.allowed_rmse) : Json(nullptr));
  object.add("local", local_json(pair.local));
  object.add("tensors", pairs_json(pair.tensors, pair.n_tensors, sides, Role::kNode));
  return object;
}

const char *conclusion_name(air_conclusion conclusion) {
  switch (conclusion) {
    case AIR_CONCLUSION_AGREES:
      return "agrees";
    case AIR_CONCLUSION_DIFFERS:
      return "differs";
    default:
      return "none";
  }
}

Json method_name(const air_comparison &comparison) {
  if (comparison.n_nodes == 0) return nullptr;
  return comparison.judge_side == AIR_SIDE_NONE ? "free running" : "local error";
}

Json judge_name(const air_comparison &comparison) {
  if (comparison.judge_side == AIR_SIDE_NONE) return nullptr;
  return comparison.judge_side == AIR_SIDE_REFERENCE ? "reference" : "other";
}

}  // namespace

std::string comparison_to_json(const air_comparison &comparison, uint32_t flags) {
  const Sides sides{*air_get_result_model(comparison.reference), *air_get_result_model(comparison.other)};
  Json limits = Json::array();
  for (const air_limit &limit : std::span(comparison.limits, comparison.n_limits)) limits.add(limit_json(limit));
  Json nodes = Json::array();
  for (const air_node_pair *pair : std::span(comparison.nodes, comparison.n_nodes)) {
    nodes.add(node_pair_json(*pair, sides));
  }
  Json object = Json::object();
  object.add("schema", "airunner.comparison/1");
  object.add("airunner", air_version());
  object.add("passed", comparison.passed != 0).add("conclusion", conclusion_name(comparison.conclusion));
  object.add("verdict", verdict_text(comparison));
  object.add("method", method_name(comparison)).add("judge", judge_name(comparison));
  object.add("weights", comparison.weights == nullptr ? Json(nullptr) : Json(comparison.weights));
  object.add("n_samples", comparison.n_samples);
  object.add("reference", side_json(comparison.reference));
  object.add("other", side_json(comparison.other));
  object.add("limits", std::move(limits));
  object.add("inputs", pairs_json(comparison.inputs, comparison.n_inputs, sides, Role::kInput));
  object.add("outputs", pairs_json(comparison.outputs, comparison.n_outputs, sides, Role::kOutput));
  object.add("nodes", std::move(nodes));
  object.add("n_matched", comparison.n_matched);
  object.add("n_own_errors", comparison.n_own_errors);
  object.add("first_diverging", comparison.first_diverging < 0 ? Json(nullptr) : Json(comparison.first_diverging));
  return object.print((flags & AIR_JSON_COMPACT) != 0);
}

}  // namespace air::report
