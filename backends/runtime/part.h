// SPDX-License-Identifier: BSD-3-Clause
// Option only: which nodes of a graph are run alone, and what crosses the border between them and the others.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace air::runtime {

// What a node reads and writes. Values are known by numbers that the backend gives them, constants have none.
struct Wiring {
  std::vector<uint32_t> reads;
  std::vector<uint32_t> writes;
  bool reads_constants = false;  // too
  bool is_fixed = true;          // computes the same from the same, without bodies
};

struct Part {
  std::set<uint32_t> nodes;         // in the order of the graph
  std::set<uint32_t> fixed;         // those of them that came along: they compute constants
  std::vector<uint32_t> constants;  // values that these compute for the others
  std::vector<uint32_t> inputs;   // values that others compute, or that are inputs of the graph, as they are first read
  std::vector<uint32_t> outputs;  // values that leave it: read by others, outputs of the graph, or read by nobody
};

// The places of the nodes that option only names: by name, or as "#<number>" counted from 0. Throws INVALID_DESCRIPTOR.
std::set<uint32_t> nodes_named(std::string_view text, std::span<const std::string> names);

// These nodes, and with them those that compute from constants alone what they read: such values are no inputs.
Part part_of(std::span<const Wiring> graph, const std::set<uint32_t> &chosen, const std::set<uint32_t> &graph_outputs);

}  // namespace air::runtime
