// SPDX-License-Identifier: BSD-3-Clause
// A profile as JSON, keys as in the dictionary of ST's profiler, with statistics, times and link beside them.
#include <algorithm>
#include <string_view>

#include "circumstances.h"
#include "elements.h"
#include "info_json.h"
#include "profile_summary.h"
#include "texts.h"

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

// One inner array per recorded run.
Json counters_json(const char *type, const uint64_t *counters, uint32_t n_counters, uint64_t n_durations) {
  Json values = Json::array();
  for (uint64_t i = 0; n_counters > 0 && i < n_durations; ++i) {
    values.add(Json::numbers(std::span(counters + i * n_counters, n_counters)));
  }
  Json object = Json::object();
  object.add("type", type);
  object.add("values", std::move(values));
  return object;
}

// One list of lines per recorded run.
Json extra_json(const char *const *texts, uint64_t n_durations) {
  Json runs = Json::array();
  for (const char *text : std::span(texts, n_durations)) {
    Json lines = Json::array();
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      lines.add(std::string(line));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    runs.add(std::move(lines));
  }
  return runs;
}

// One flat array per output tensor.
Json data_json(const air_node_profile &node, uint64_t n_samples) {
  Json array = Json::array();
  for (uint32_t i = 0; i < node.info->n_outputs; ++i) {
    const air_tensor_info &tensor = *node.info->outputs[i];
    if (node.data[i] == nullptr) {
      array.add(nullptr);
    } else {
      array.add(elements_json(node.data[i], tensor.dtype, n_samples * tensor.n_elements));
    }
  }
  return array;
}

Json value_statistics_json(const air_tensor_info &tensor, uint64_t n_samples, const void *storage) {
  air_value_statistics values{};
  // A dtype may have no real values.
  if (storage == nullptr || air_get_value_statistics(&tensor, n_samples, storage, &values) != AIR_OK) return nullptr;
  return report::value_statistics_json(values);
}

// One summary per output tensor.
Json tensor_statistics_json(const air_node_profile &node, uint64_t n_samples) {
  Json array = Json::array();
  for (uint32_t i = 0; i < node.info->n_outputs; ++i) {
    array.add(value_statistics_json(*node.info->outputs[i], n_samples, node.data[i]));
  }
  return array;
}

// A list with one entry per output tensor, as in ST's dictionary.
template <class Entry>
Json per_output(const air_node_info &node, Entry entry) {
  Json array = Json::array();
  for (const air_tensor_info *tensor : std::span(node.outputs, node.n_outputs)) array.add(entry(*tensor));
  return array;
}

Json node_json(const air_profile &profile, const air_node_profile &node, const NodeSummary &summary, bool with_data) {
  using Tensor = const air_tensor_info &;
  const air_node_info &info = *node.info;
  Json object = Json::object();
  object.add("name", info.name);
  object.add("index", info.index);
  object.add("m_id", info.id);
  object.add("layer_type", info.type);
  object.add("layer_desc", info.description);
  object.add("c_durations", Json::numbers(std::span(node.durations_ms, profile.n_durations)));
  object.add("statistics", statistics_json(summary.statistics));
  object.add("share", summary.share);
  object.add("type", per_output(info, [](Tensor t) { return Json(air_dtype_name(t.dtype)); }));
  object.add("shape", per_output(info, [](Tensor t) { return Json::numbers(std::span(t.shape, t.rank)); }));
  object.add("scale", per_output(info, [](Tensor t) { return t.n_scales > 0 ? Json(t.scales[0]) : Json(nullptr); }));
  object.add("zero_point", per_output(info, [](Tensor t) { return Json(t.n_scales > 0 ? t.zero_points[0] : 0); }));
  object.add("io_tensors", per_output(info, tensor_json));
  if (node.n_counters > 0) {
    object.add("counters", counters_json(node.counter_type, node.counters, node.n_counters, profile.n_durations));
  }
  if (node.statistics != nullptr) object.add("extra", extra_json(node.statistics, profile.n_durations));
  if (node.data != nullptr) object.add("tensor_statistics", tensor_statistics_json(node, profile.n_samples));
  if (with_data && node.data != nullptr) object.add("data", data_json(node, profile.n_samples));
  return object;
}

Json given_json(const air_tensor_info &tensor, const NotFinite &found) {
  Json object = Json::object();
  object.add("name", tensor.name);
  object.add("n_nan", found.n_nan);
  object.add("n_inf", found.n_inf);
  return object;
}

Json times_json(const air_profile &profile) {
  Json object = Json::object();
  object.add("device_ms", profile.device_ms);
  object.add("link_ms", profile.link_ms);
  object.add("host_ms", profile.host_ms);
  return object;
}

Json link_json(const air_profile &profile) {
  Json object = Json::object();
  object.add("bytes_sent", profile.link_bytes_sent);
  object.add("bytes_received", profile.link_bytes_received);
  object.add("packets", profile.link_packets);
  object.add("turnarounds", profile.link_turnarounds);
  return object;
}

Json debug_json(const air_profile &profile) {
  Json object = Json::object();
  object.add("exec_times", Json::numbers(std::span(profile.exec_times_ms, profile.n_durations)));
  object.add("host_duration", profile.host_ms);
  object.add("counters",
             counters_json(profile.counter_type, profile.counters, profile.n_counters, profile.n_durations));
  object.add("stack_usage", profile.stack_bytes < 0 ? Json(nullptr) : Json(profile.stack_bytes));
  object.add("heap_usage", profile.heap_bytes < 0 ? Json(nullptr) : Json(profile.heap_bytes));
  return object;
}

}  // namespace

std::string profile_to_json(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner,
                            uint32_t flags, NotFiniteInputs inputs) {
  const ProfileSummary summary = summarize(profile);
  Json model = Json::object();
  add_info(model, info);
  Json nodes = Json::array();
  for (uint32_t i = 0; i < profile.n_nodes; ++i) {
    nodes.add(node_json(profile, *profile.nodes[i], summary.nodes[i], (flags & AIR_JSON_DATA) != 0));
  }
  Json given = Json::array();
  bool any_not_finite = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].any()) continue;
    any_not_finite = true;
    given.add(given_json(*info.inputs[i], inputs[i]));
  }
  Json object = document("airunner.profile/1", runner);
  add_circumstances(object, profile);
  object.add("info", std::move(model));
  object.add("mode", texts_json(mode_names(profile.mode)));
  object.add("mode_not_granted", texts_json(missing_modes(runner.asked_mode, profile.mode)));
  object.add("n_samples", profile.n_samples);
  if (any_not_finite) object.add("inputs", std::move(given));
  object.add("stopped", profile.stopped != 0);
  object.add("c_durations", Json::numbers(std::span(profile.durations_ms, profile.n_durations)));
  object.add("statistics", statistics_json(summary.device));
  object.add("times", times_json(profile));
  object.add("link", link_json(profile));
  object.add("c_nodes", std::move(nodes));
  object.add("outside_nodes_ms", summary.outside_ms);
  object.add("debug", debug_json(profile));
  return object.print((flags & AIR_JSON_COMPACT) != 0);
}

}  // namespace air::report
