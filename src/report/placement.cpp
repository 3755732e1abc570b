// SPDX-License-Identifier: BSD-3-Clause
// Where the nodes of a result ran, and in which precision.
#include "report/placement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "common/dtype.h"

namespace air::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Divides sums of medians, by which all shares go; NaN among them where a time is not known.
double time_of_nodes(const ProfileSummary &summary) {
  double sum = 0;
  for (const NodeSummary &node : summary.executed) sum += node.statistics.p50;
  return sum > 0 ? sum : kNaN;
}

// Of the node's plain values, AIR_DTYPE_NONE where there are none or the node computes in the type of one of them.
air_dtype other_type_than(const air_node &node) {
  air_dtype other = AIR_DTYPE_NONE;
  const auto look_at = [&](const air_tensor *const *tensors, uint32_t count) {
    for (const air_tensor *tensor : std::span(tensors, count)) {
      if (tensor->dtype == node.computes_in) return false;
      if (other == AIR_DTYPE_NONE && is_floating(tensor->dtype)) other = tensor->dtype;
    }
    return true;
  };
  const bool differs =
      is_floating(node.computes_in) && look_at(node.outputs, node.n_outputs) && look_at(node.inputs, node.n_inputs);
  return differs ? other : AIR_DTYPE_NONE;
}

std::string share_text(double share, const char *of = "") {
  return std::isfinite(share) ? fmt::format("{:.1f} %{}", share * 100, of) : "";
}

}  // namespace

std::vector<ProcessorShare> processors(const air_result *result, const ProfileSummary &summary) {
  const double whole = time_of_nodes(summary);
  std::vector<ProcessorShare> found;
  for (const NodeSummary &node : summary.executed) {
    const char *name = air_get_result_model(result)->nodes[node.index]->processor;
    auto known = std::ranges::find(found, name, &ProcessorShare::name);
    if (known == found.end()) known = found.insert(known, {name, 0, 0});
    known->n_nodes += 1;
    known->share += node.statistics.p50 / whole;
  }
  return found;
}

std::vector<OtherPrecision> other_precisions(const air_result *result, const ProfileSummary &summary) {
  const double whole = time_of_nodes(summary);
  std::vector<OtherPrecision> found;
  for (const NodeSummary &summarized : summary.executed) {
    const air_node &node = *air_get_result_model(result)->nodes[summarized.index];
    const air_dtype values = other_type_than(node);
    if (values == AIR_DTYPE_NONE) continue;
    auto known = std::ranges::find_if(found, [&](const OtherPrecision &other) {
      return other.computes_in == node.computes_in && other.values == values;
    });
    if (known == found.end()) known = found.insert(known, {node.computes_in, values, {}, 0});
    known->nodes.push_back(summarized.index);
    known->share += summarized.statistics.p50 / whole;
  }
  return found;
}

std::string place_text(const air_node &node) {
  if (node.computes_in == AIR_DTYPE_NONE) return node.processor;
  return fmt::format("{}{}{}", node.processor, *node.processor == '\0' ? "" : " ", air_dtype_name(node.computes_in));
}

std::string processors_text(const std::vector<ProcessorShare> &processors) {
  if (std::ranges::all_of(processors, [](const ProcessorShare &one) { return one.name.empty(); })) return "";
  std::vector<std::string> texts;
  for (const ProcessorShare &one : processors) {
    const std::string name = one.name.empty() ? "not told" : one.name;
    const std::string share = share_text(one.share, texts.empty() ? " of the time of nodes" : "");
    texts.push_back(fmt::format("{}{}{} ({} {})", name, share.empty() ? "" : " ", share, one.n_nodes,
                                one.n_nodes == 1 ? "node" : "nodes"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string precision_text(const air_model &model, const OtherPrecision &precision) {
  constexpr size_t kMost = 6;
  std::vector<std::string> names;
  for (const uint32_t node : std::span(precision.nodes).first(std::min(precision.nodes.size(), kMost)))
    names.emplace_back(model.nodes[node]->name);
  if (precision.nodes.size() > kMost) names.push_back(fmt::format("{} more", precision.nodes.size() - kMost));
  const std::string share = share_text(precision.share, " of the time of nodes");
  return fmt::format("{} where values are {}: {}{}", air_dtype_name(precision.computes_in),
                     air_dtype_name(precision.values), fmt::join(names, ", "), share.empty() ? "" : " (" + share + ")");
}

}  // namespace air::report
