// SPDX-License-Identifier: BSD-3-Clause
// Where the nodes of a graph are drawn: in layers from top to bottom, so that nodes come below all that they read.
#pragma once

#include <cstddef>
#include <vector>

namespace air::report {

struct GraphPoint {
  double x, y;
};

struct GraphLayout {
  std::vector<GraphPoint> nodes;  // the middle of their upper edges
  // One for each that a node reads, in that order: a curve between the first two points, a line down to the third, a curve to the fourth and
  // so on. Those that pass very many layers are one curve.
  std::vector<std::vector<std::vector<GraphPoint>>> edges;
  double width = 0, height = 0;
};

struct GraphSizes {
  double node_width, node_height;
};

// `reads`: for each node those before it that it reads, as indices smaller than its own.
GraphLayout layered_layout(const std::vector<std::vector<size_t>> &reads, const GraphSizes &sizes);

}  // namespace air::report
