// SPDX-License-Identifier: BSD-3-Clause
// The description in a file of results, written.
#include <cmath>
#include <span>

#include "compare/document.h"
#include "report/json/info.h"
#include "text/provenance.h"

namespace air {
namespace {

Json tensors_json(std::span<const air_tensor *const> tensors, const air_model &model) {
  Json list = Json::array();
  for (const air_tensor *tensor : tensors) list.add(report::tensor_json(*tensor, model, report::Detail::kFile));
  return list;
}

Json node_json(const air_model &model, uint32_t index) {
  const air_node &node = *model.nodes[index];
  Json object = Json::object();
  object.add("name", node.name).add("index", index).add("m_id", node.layer);
  object.add("layer_type", node.operation_code).add("layer_desc", node.operation);
  const bool has_name = node.computes_in == AIR_DTYPE_NONE || air_dtype_bits(node.computes_in) > 0;
  object.add("computes_in", has_name ? Json(air_dtype_name(node.computes_in)) : Json(uint32_t{node.computes_in}));
  object.add("processor", node.processor).add("covers", Json::numbers(std::span(node.covers, node.n_covers)));
  object.add("inputs", tensors_json({node.inputs, node.n_inputs}, model));
  object.add("io_tensors", tensors_json({node.outputs, node.n_outputs}, model));
  return object;
}

Json column_json(const air_column &column) {
  Json object = Json::object();
  object.add("name", column.name).add("unit", column.unit).add("text", column.text);
  object.add("kind", column.kind < kKinds.size() ? Json(kKinds.at(column.kind)) : Json(uint32_t{column.kind}));
  object.add("per_node", column.per_node != 0);
  return object;
}

Json properties_json(const air_model &model) {
  Json object = Json::object();
  for (const air_option &property : std::span(model.properties, model.n_properties)) {
    if (std::string_view(property.key) != kFile) object.add(property.key, property.value);
  }
  return object;
}

// JSON has no infinite numbers.
Json time_json(double ms) {
  return std::isinf(ms) ? Json(fmt::format("{}", ms)) : Json(ms);
}

// What release 0.1 did not keep.
Json profile_json(const air_profile &profile) {
  Json not_finite = Json::array();
  for (const air_not_finite &found : std::span(profile.not_finite, profile.n_not_finite)) {
    Json object = Json::object();
    object.add("n_nan", found.n_nan).add("n_inf", found.n_infinite);
    not_finite.add(std::move(object));
  }
  Json object = Json::object();
  object.add("n_runs", profile.n_runs).add("mode", profile.mode).add("asked_mode", profile.asked_mode);
  object.add("io_mode", profile.io_mode);
  object.add("stopped", profile.stopped != 0).add("begin_unix_ms", profile.begin_unix_ms);
  object.add("host_ms", time_json(profile.host_ms)).add("not_finite", std::move(not_finite));
  return object;
}

}  // namespace

std::string describe(const air_result &result, const std::set<std::string> &arrays) {
  const air_model &model = *air_get_result_model(&result);
  const air_profile &profile = *air_get_profile(&result);
  Json info = Json::object();
  report::add_info(info, model, report::Detail::kFile);
  Json nodes = Json::array();
  for (uint32_t n = 0; n < model.n_nodes; ++n) nodes.add(node_json(model, n));
  Json columns = Json::array();
  for (const air_column *column : std::span(model.columns, model.n_columns)) columns.add(column_json(*column));
  Json object = report::document(kSchema, model);
  add_provenance(object, &result);
  object.add("n_samples", profile.n_samples);
  object.add("info", std::move(info));
  object.add("nodes", std::move(nodes));
  object.add("columns", std::move(columns));
  object.add("properties", properties_json(model));
  object.add("capabilities", model.capabilities);
  object.add("profile", profile_json(profile));
  object.add("arrays", texts_json(arrays));
  return object.print(false);
}

}  // namespace air
