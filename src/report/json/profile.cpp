// SPDX-License-Identifier: BSD-3-Clause
// A result as JSON, keys as in the dictionary of ST's profiler, with statistics, times and link beside them.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <string>

#include "report/json/info.h"
#include "report/measured.h"
#include "report/placement.h"
#include "report/profile_summary.h"
#include "report/reads.h"
#include "report/report.h"
#include "report/value_statistics.h"
#include "text/descriptions.h"
#include "text/element_json.h"
#include "text/provenance.h"

namespace air::report {
namespace {

Json statistics_json(const air_statistics &statistics) {
  Json object = Json::object();
  object.add("count", statistics.count);
  object.add("mean", statistics.mean);
  object.add("std", statistics.std);
  object.add("min", statistics.min);
  object.add("max", statistics.max);
  object.add("p50", statistics.p50);
  object.add("p90", statistics.p90);
  object.add("p99", statistics.p99);
  return object;
}

// A count is written as a whole number, however large.
void append_count(std::string &out, double value) {
  constexpr double limit = 18446744073709551616.0;  // 2^64
  const bool whole = value >= 0 && value < limit && std::floor(value) == value;
  whole ? append_number(out, static_cast<uint64_t>(value)) : append_number(out, value);
}

Json count_json(double value) {
  std::string text;
  append_count(text, value);
  return Json::raw(text);
}

// "CPU cycles": what the counters count, each kind once.
std::string counters_type(const air_model &model, const std::vector<uint32_t> &columns) {
  std::vector<std::string> types;
  for (const uint32_t column : columns) {
    const char *text = model.columns[column]->text;
    if (std::find(types.begin(), types.end(), text) == types.end()) types.emplace_back(text);
  }
  return fmt::format("{}", fmt::join(types, ", "));
}

// One inner array per recorded run.
Json counters_json(const air_result *result, uint32_t node) {
  const std::vector<uint32_t> columns = counters(result, node);
  const uint64_t n = columns.empty() ? 0 : series(result, columns[0], node).size();
  Json values = Json::array();
  for (uint64_t run = 0; run < n; ++run) {
    std::string row;
    for (const uint32_t column : columns) {
      row += row.empty() ? '[' : ',';
      append_count(row, series(result, column, node)[run]);
    }
    values.add(Json::raw(row + ']'));
  }
  Json object = Json::object();
  object.add("type", counters_type(*air_get_result_model(result), columns));
  object.add("values", std::move(values));
  return object;
}

// One list of lines per recorded run, if any has a line.
void add_notes(Json &object, const air_result *result, uint32_t node, uint64_t n_runs) {
  Json runs = Json::array();
  bool any = false;
  for (uint64_t run = 0; run < n_runs; ++run) {
    const std::vector<std::string> lines = lines_of(air_get_note(result, node, run));
    any = any || !lines.empty();
    runs.add(texts_json(lines));
  }
  if (any) object.add("extra", std::move(runs));
}

// A flat array; where samples differ in shape, one for each.
Json data_json(const std::vector<Samples> &all, bool differ) {
  Json array = Json::array();
  for (const Samples &samples : all) {
    Json elements = elements_json(samples.data, samples.tensor.dtype, samples.tensor.n_elements, samples.n);
    if (!differ) return elements;
    array.add(std::move(elements));
  }
  return array;
}

// One entry per output tensor. Stored elements need not stand for real values.
void add_data(Json &object, const air_result *result, uint32_t node, bool with_elements) {
  const air_node &told = *air_get_result_model(result)->nodes[node];
  Json statistics = Json::array(), data = Json::array();
  bool any = false;
  for (uint32_t i = 0; i < told.n_outputs; ++i) {
    const std::vector<Samples> samples = node_samples(result, node, i);
    any = any || !samples.empty();
    const bool real = !samples.empty() && has_real_values(*told.outputs[i]);
    statistics.add(real ? value_statistics_json(value_statistics(samples)) : Json(nullptr));
    if (with_elements) data.add(samples.empty() ? Json(nullptr) : data_json(samples, is_open(*told.outputs[i])));
  }
  if (!any) return;
  object.add("tensor_statistics", std::move(statistics));
  if (with_elements) object.add("data", std::move(data));
}

// Values of columns without a key of their own, if there are any.
void add_other_columns(Json &object, const air_result *result, uint32_t node) {
  const std::vector<uint32_t> columns = other_columns(result, node);
  Json values = Json::object();
  for (const uint32_t column : columns) {
    values.add(air_get_result_model(result)->columns[column]->name, Json::numbers(series(result, column, node)));
  }
  if (!columns.empty()) object.add("columns", std::move(values));
}

// A list with one entry per output tensor, as in ST's dictionary.
template <class Entry>
Json per_output(const air_node &node, Entry entry) {
  Json array = Json::array();
  for (const air_tensor *tensor : std::span(node.outputs, node.n_outputs)) array.add(entry(*tensor));
  return array;
}

Json node_json(const air_result *result, const NodeSummary &summary, const Reads &reads, uint64_t n_runs,
               bool with_elements) {
  const uint32_t node = summary.index;
  using Tensor = const air_tensor &;
  const air_model &model = *air_get_result_model(result);
  const air_node &told = *model.nodes[node];
  Json object = Json::object();
  object.add("name", told.name);
  object.add("index", node);
  object.add("m_id", told.layer);
  object.add("layer_type", told.operation_code);
  object.add("layer_desc", told.operation);
  object.add("processor", *told.processor == '\0' ? Json(nullptr) : Json(told.processor));
  object.add("computes_in",
             told.computes_in == AIR_DTYPE_NONE ? Json(nullptr) : Json(air_dtype_name(told.computes_in)));
  object.add("c_durations", Json::numbers(series(result, "time.device", node)));
  object.add("statistics", statistics_json(summary.statistics));
  object.add("share", summary.share);
  if (reads) object.add("reads", Json::numbers(std::span(*reads)));
  if (told.n_covers > 0) object.add("covers", Json::numbers(std::span(told.covers, told.n_covers)));
  if (summary.executor != AIR_WHOLE_RUN) object.add("covered_by", summary.executor);
  object.add("type", per_output(told, [](Tensor t) { return Json(air_dtype_name(t.dtype)); }));
  object.add("shape", per_output(told, [](Tensor t) { return shape_json(shape_of(t)); }));
  object.add("scale", per_output(told, scale_json));
  object.add("zero_point", per_output(told, zero_point_json));
  object.add("io_tensors", per_output(told, [&](Tensor t) { return tensor_json(t, model); }));
  if (!counters(result, node).empty()) object.add("counters", counters_json(result, node));
  add_notes(object, result, node, n_runs);
  add_data(object, result, node, with_elements);
  add_other_columns(object, result, node);
  return object;
}

// Where the nodes ran, in the order of their first nodes.
Json processors_json(const air_result *result, const ProfileSummary &summary) {
  Json list = Json::array();
  for (const ProcessorShare &one : processors(result, summary)) {
    Json object = Json::object();
    object.add("name", one.name.empty() ? Json(nullptr) : Json(one.name));
    object.add("n_nodes", one.n_nodes).add("share", one.share);
    list.add(std::move(object));
  }
  return list;
}

// Nodes that compute in another precision than that of their values, if there are any.
void add_precisions(Json &object, const air_result *result, const ProfileSummary &summary) {
  const std::vector<OtherPrecision> found = other_precisions(result, summary);
  Json list = Json::array();
  for (const OtherPrecision &other : found) {
    Json one = Json::object();
    one.add("computes_in", air_dtype_name(other.computes_in)).add("values", air_dtype_name(other.values));
    one.add("nodes", Json::numbers(std::span(other.nodes))).add("share", other.share);
    list.add(std::move(one));
  }
  if (!found.empty()) object.add("other_precisions", std::move(list));
}

std::vector<NodeSummary> nodes_in_order(const ProfileSummary &summary) {
  std::vector<NodeSummary> nodes;
  std::ranges::merge(summary.executed, summary.covered, std::back_inserter(nodes), {}, &NodeSummary::index,
                     &NodeSummary::index);
  return nodes;
}

// Inputs that were given values that are no numbers, if there are any.
void add_not_finite_inputs(Json &object, const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  const air_profile &profile = *air_get_profile(result);
  Json inputs = Json::array();
  bool any = false;
  for (uint32_t i = 0; i < profile.n_not_finite; ++i) {
    const air_not_finite &found = profile.not_finite[i];
    if (found.n_nan + found.n_infinite == 0) continue;
    any = true;
    Json input = Json::object();
    input.add("name", model.inputs[i]->name).add("n_nan", found.n_nan).add("n_inf", found.n_infinite);
    inputs.add(std::move(input));
  }
  if (any) object.add("inputs", std::move(inputs));
}

Json times_json(const air_result *result) {
  Json object = Json::object();
  object.add("device_ms", device_ms(result));
  object.add("link_ms", link_ms(result));
  object.add("host_ms", air_get_profile(result)->host_ms);
  return object;
}

// 0 without a link. Runs have had equal parts of what was sent for several.
Json link_json(const air_result *result) {
  const auto total = [&](const char *column) {
    const Series values = series(result, column);
    return values.empty() ? Json(0) : count_json(std::round(sum(values)));
  };
  Json object = Json::object();
  object.add("bytes_sent", total("link.sent"));
  object.add("bytes_received", total("link.received"));
  object.add("packets", total("link.packets"));
  object.add("turnarounds", total("link.turnarounds"));
  return object;
}

Json debug_json(const air_result *result) {
  Json object = Json::object();
  object.add("exec_times", Json::numbers(series(result, "time.run")));
  object.add("host_duration", air_get_profile(result)->host_ms);
  object.add("counters", counters_json(result, AIR_WHOLE_RUN));
  object.add("stack_usage", count_json(last(series(result, "memory.stack"))));
  object.add("heap_usage", count_json(last(series(result, "memory.heap"))));
  return object;
}

const char *kind_name(air_kind kind) {
  switch (kind) {
    case AIR_KIND_DURATION:
      return "duration";
    case AIR_KIND_COUNT:
      return "count";
    default:
      return "level";
  }
}

Json column_json(const air_column &column, Series values) {
  Json object = Json::object();
  object.add("unit", column.unit);
  object.add("text", column.text);
  object.add("kind", kind_name(column.kind));
  object.add("values", Json::numbers(values));
  object.add("statistics", statistics_json(statistics(values)));
  return object;
}

// Columns without a key of their own, if there are any.
void add_columns(Json &object, const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  const std::vector<uint32_t> found = other_columns(result);
  Json columns = Json::object();
  for (const uint32_t i : found) columns.add(model.columns[i]->name, column_json(*model.columns[i], series(result, i)));
  if (!found.empty()) object.add("columns", std::move(columns));
}

}  // namespace

std::string result_to_json(const air_result *result, uint32_t flags) {
  const air_model &model = *air_get_result_model(result);
  const air_profile &profile = *air_get_profile(result);
  const ProfileSummary summary = summarize(result);
  Json info = Json::object();
  add_info(info, model);
  const uint64_t runs = n_runs(result);
  const std::vector<Reads> reads = reads_of_nodes(model);
  Json nodes = Json::array();
  for (const NodeSummary &node : nodes_in_order(summary))
    nodes.add(node_json(result, node, reads[node.index], runs, (flags & AIR_JSON_DATA) != 0));
  Json object = document("airunner.profile/1", model);
  add_provenance(object, result);
  object.add("info", std::move(info));
  object.add("mode", texts_json(mode_names(profile.mode)));
  object.add("mode_not_granted", texts_json(missing_modes(profile.asked_mode, profile.mode)));
  object.add("n_samples", profile.n_samples);
  add_not_finite_inputs(object, result);
  object.add("stopped", profile.stopped != 0);
  object.add("c_durations", Json::numbers(series(result, "time.device")));
  object.add("statistics", statistics_json(summary.device));
  object.add("times", times_json(result));
  if (const std::vector<std::string> notes = notes_of_runs(result); !notes.empty())
    object.add("notes", texts_json(notes));
  object.add("link", link_json(result));
  object.add("processors", processors_json(result, summary));
  add_precisions(object, result, summary);
  object.add("c_nodes", std::move(nodes));
  object.add("outside_nodes_ms", summary.outside_ms);
  object.add("debug", debug_json(result));
  add_columns(object, result);
  return object.print((flags & AIR_JSON_COMPACT) != 0);
}

}  // namespace air::report
