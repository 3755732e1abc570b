// SPDX-License-Identifier: BSD-3-Clause
// Option only: which nodes of a graph are run alone, and what crosses the border between them and the others.
#include "runtime/part.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "common/error.h"

namespace air::runtime {
namespace {

uint32_t node_numbered(std::string_view text, size_t n_nodes) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number >= n_nodes)
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option only: '{}' is no node: expected #0 to #{}", text, n_nodes - 1);
  return number;
}

uint32_t node_named(std::string_view text, std::span<const std::string> names) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) {
    constexpr size_t kSome = 20;
    const auto shown = names.first(std::min(names.size(), kSome));
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option only: there is no node '{}'; there is {}{}", text,
         fmt::join(shown, ", "), names.size() > kSome ? fmt::format(" and {} more", names.size() - kSome) : "");
  }
  const auto number = static_cast<uint32_t>(found - names.begin());
  if (std::find(found + 1, names.end(), text) != names.end())
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option only: several nodes are called '{}': the first is #{}", text, number);
  return number;
}

// Nodes that compute from constants alone, by the values that they write.
std::map<uint32_t, uint32_t> constant_writers(std::span<const Wiring> graph) {
  std::map<uint32_t, uint32_t> writers;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Wiring &node = graph[i];
    const auto is_constant = [&](uint32_t value) { return writers.contains(value); };
    const bool reads_any = node.reads_constants || !node.reads.empty();
    if (!node.is_fixed || !reads_any || !std::ranges::all_of(node.reads, is_constant)) continue;
    for (const uint32_t value : node.writes) writers.emplace(value, i);
  }
  return writers;
}

}  // namespace

std::set<uint32_t> nodes_named(std::string_view text, std::span<const std::string> names) {
  if (names.empty()) fail(AIR_ERROR_INVALID_DESCRIPTOR, "option only: the model has no nodes");
  std::set<uint32_t> nodes;
  while (true) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, end);
    nodes.insert(item.starts_with('#') ? node_numbered(item, names.size()) : node_named(item, names));
    if (end == text.size()) return nodes;
    text.remove_prefix(end + 1);
  }
}

Part part_of(std::span<const Wiring> graph, const std::set<uint32_t> &chosen, const std::set<uint32_t> &graph_outputs) {
  Part part{chosen, {}, {}, {}, {}};
  const std::map<uint32_t, uint32_t> constants = constant_writers(graph);
  std::vector<uint32_t> open(chosen.begin(), chosen.end());
  while (!open.empty()) {
    const uint32_t node = open.back();
    open.pop_back();
    for (const uint32_t value : graph[node].reads) {
      const auto writer = constants.find(value);
      if (writer == constants.end() || !part.nodes.insert(writer->second).second) continue;
      part.fixed.insert(writer->second);
      open.push_back(writer->second);
    }
  }
  std::set<uint32_t> known, read_outside, read_inside;
  for (const uint32_t node : part.nodes) known.insert(graph[node].writes.begin(), graph[node].writes.end());
  for (uint32_t i = 0; i < graph.size(); ++i) {
    (part.nodes.contains(i) ? read_inside : read_outside).insert(graph[i].reads.begin(), graph[i].reads.end());
  }
  for (const uint32_t node : part.nodes) {
    for (const uint32_t value : graph[node].reads) {
      if (known.insert(value).second) part.inputs.push_back(value);
    }
  }
  std::set<uint32_t> folded;
  for (const uint32_t node : chosen) {
    for (const uint32_t value : graph[node].reads) {
      const auto writer = constants.find(value);
      const bool is_fixed = writer != constants.end() && part.fixed.contains(writer->second);
      if (is_fixed && folded.insert(value).second) part.constants.push_back(value);
    }
    for (const uint32_t value : graph[node].writes) {
      const bool leaves = graph_outputs.contains(value) || read_outside.contains(value) || !read_inside.contains(value);
      if (leaves) part.outputs.push_back(value);
    }
  }
  return part;
}

}  // namespace air::runtime
