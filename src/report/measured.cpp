// SPDX-License-Identifier: BSD-3-Clause
// What a result measured, found by the names of columns.
#include "report/measured.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "report/boundary.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool is_counter(std::string_view name) {
  return name.starts_with("counter.");
}

// A place of its own in every report.
bool has_place(std::string_view name, uint32_t node) {
  if (is_counter(name) || name == "time.device") return true;
  constexpr std::string_view names[] = {"time.run",     "time.link",        "link.sent",    "link.received",
                                        "link.packets", "link.turnarounds", "memory.stack", "memory.heap"};
  return node == AIR_WHOLE_RUN && std::find(std::begin(names), std::end(names), name) != std::end(names);
}

template <class Wanted>
std::vector<uint32_t> columns(const air_result *result, uint32_t node, Wanted wanted) {
  const air_model &model = *air_get_result_model(result);
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < model.n_columns; ++i) {
    if (wanted(model.columns[i]->name) && !series(result, i, node).empty()) found.push_back(i);
  }
  return found;
}

bool has_values(const air_result *result, uint32_t node) {
  for (uint32_t i = 0; i < air_get_result_model(result)->n_columns; ++i) {
    if (!series(result, i, node).empty()) return true;
  }
  return false;
}

// Without data where the result does not hold it.
air_view view_of(const air_result *result, uint32_t node, uint32_t index, uint64_t sample) {
  air_view view{};
  check(air_get_tensor(result, AIR_PLACE_NODE, node, index, sample, &view));
  return view;
}

// A tensor of one sample whose shape is its own.
Samples one_sample(air_tensor tensor, const air_view &view) {
  tensor.rank = view.rank;
  tensor.shape = tensor.storage_shape = view.shape;
  tensor.n_elements = 1;
  for (const int64_t dimension : shape_of(tensor)) tensor.n_elements *= static_cast<uint64_t>(dimension);
  tensor.size_bytes = view.size_bytes;
  return {tensor, 1, view.data};
}

}  // namespace

Series series(const air_result *result, uint32_t column, uint32_t node) {
  const double *values = air_get_values(result, column, node);
  return values == nullptr ? Series() : Series(values, air_get_profile(result)->n_runs);
}

Series series(const air_result *result, const char *column, uint32_t node) {
  return series(result, air_find_column(air_get_result_model(result), column), node);
}

double device_ms(const air_result *result) {
  const air_profile &profile = *air_get_profile(result);
  const bool known = profile.n_runs == 0 || !std::isnan(sum(series(result, "time.device")));
  return known ? profile.device_ms : kNaN;
}

double link_ms(const air_result *result) {
  const Series values = series(result, "time.link");
  return values.empty() || !std::isnan(sum(values)) ? air_get_profile(result)->link_ms : kNaN;
}

double sum(Series values) {
  double sum = kNaN;
  for (const double value : values) {
    if (!std::isnan(value)) sum = std::isnan(sum) ? value : sum + value;
  }
  return sum;
}

double last(Series values) {
  const auto found = std::find_if_not(values.rbegin(), values.rend(), [](double value) { return std::isnan(value); });
  return found == values.rend() ? kNaN : *found;
}

std::vector<uint32_t> counters(const air_result *result, uint32_t node) {
  return columns(result, node, is_counter);
}

std::vector<uint32_t> other_columns(const air_result *result, uint32_t node) {
  return columns(result, node, [&](std::string_view name) { return !has_place(name, node); });
}

std::vector<uint32_t> other_columns(const air_result *result) {
  std::vector<uint32_t> nodes = measured_nodes(result);
  nodes.push_back(AIR_WHOLE_RUN);
  std::set<uint32_t> found;
  for (const uint32_t node : nodes) {
    const std::vector<uint32_t> columns = other_columns(result, node);
    found.insert(columns.begin(), columns.end());
  }
  return {found.begin(), found.end()};
}

std::vector<uint32_t> measured_nodes(const air_result *result) {
  std::vector<uint32_t> nodes;
  for (uint32_t node = 0; node < air_get_result_model(result)->n_nodes; ++node) {
    if (has_values(result, node) || has_data(result, node)) nodes.push_back(node);
  }
  return nodes;
}

std::vector<uint32_t> executors(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  std::vector<uint32_t> by_node(model.n_nodes, AIR_WHOLE_RUN);
  for (uint32_t node = 0; node < model.n_nodes; ++node) {
    const std::span covers(model.nodes[node]->covers, model.nodes[node]->n_covers);
    if (covers.empty() || !has_values(result, node)) continue;
    for (const uint32_t covered : covers) {
      if (!has_values(result, covered)) by_node[covered] = node;
    }
  }
  return by_node;
}

std::string node_name(const air_model &model, uint32_t node) {
  constexpr uint32_t kMost = 3;
  const air_node &told = *model.nodes[node];
  const bool by_output = only_counts(told.name) && told.n_outputs > 0 && !only_counts(told.outputs[0]->name);
  std::string name = by_output ? told.outputs[0]->name : told.name;
  if (told.n_covers == 0) return name;
  std::vector<std::string> covered;
  for (const uint32_t index : std::span(told.covers, std::min(told.n_covers, kMost))) {
    covered.emplace_back(model.nodes[index]->name);
  }
  if (told.n_covers > kMost) covered.push_back(fmt::format("{} more", told.n_covers - kMost));
  return fmt::format("{} = {}", name, fmt::join(covered, " + "));
}

std::vector<std::string> notes_of_runs(const air_result *result) {
  std::vector<std::string> notes;
  std::set<std::string> seen;
  for (uint64_t run = 0, n = n_runs(result); run < n; ++run) {
    for (const std::string &line : lines_of(air_get_note(result, AIR_WHOLE_RUN, run))) {
      if (seen.insert(line).second) notes.push_back(line);
    }
  }
  return notes;
}

uint64_t n_runs(const air_result *result) {
  bool measured = has_values(result, AIR_WHOLE_RUN);
  for (uint32_t i = 0; !measured && i < air_get_result_model(result)->n_nodes; ++i) measured = has_values(result, i);
  return measured ? air_get_profile(result)->n_runs : 0;
}

std::vector<Samples> node_samples(const air_result *result, uint32_t node, uint32_t index) {
  const air_tensor &tensor = *air_get_result_model(result)->nodes[node]->outputs[index];
  const uint64_t n = air_get_profile(result)->n_samples;
  std::vector<Samples> all;
  if (!is_open(tensor)) {
    const air_view view = n == 0 ? air_view{} : view_of(result, node, index, AIR_ALL_SAMPLES);
    if (view.data != nullptr) all.push_back({tensor, n, view.data});
    return all;
  }
  for (uint64_t sample = 0; sample < n; ++sample) {
    const air_view view = view_of(result, node, index, sample);
    if (view.data == nullptr) break;
    all.push_back(one_sample(tensor, view));
  }
  return all;
}

bool has_data(const air_result *result, uint32_t node) {
  if (air_get_profile(result)->n_samples == 0) return false;
  for (uint32_t i = 0; i < air_get_result_model(result)->nodes[node]->n_outputs; ++i) {
    if (view_of(result, node, i, 0).data != nullptr) return true;
  }
  return false;
}

}  // namespace air::report
