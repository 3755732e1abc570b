// SPDX-License-Identifier: BSD-3-Clause
// The graph of a model as a picture whose nodes lead to their rows in the table of nodes, and the rows to them, without a script.
#pragma once

#include <string>
#include <vector>

#include "common/json.h"
#include "report/html/markup.h"

namespace air::report {

// One node of the picture. Its place in the order is that of `row()`.
struct GraphNode {
  std::string kind, name, value;   // what it does, what it is called, and what the colour stands for
  int colour = 0;                  // as in plot.h
  double strength = 0;             // of the colour, 0 to 1
  std::vector<size_t> reads = {};  // those before it that it reads
};

class HtmlGraph {
 public:
  // `id`: no other graph of the page has it. Without a single edge there is nothing to draw.
  HtmlGraph(std::string id, std::vector<GraphNode> nodes, std::string caption);

  Html figure() const;
  Html row(size_t node, const Html &head) const;  // the head of a node's row

 private:
  bool is_drawn() const;
  Html drawn_node(size_t node, double x, double y) const;

  std::string id_, caption_;
  std::vector<GraphNode> nodes_;
  size_t n_edges_ = 0;
};

// Of the nodes of a profile that were executed, coloured by their median time; their rows are in the same order.
HtmlGraph profile_graph(const JsonView &profile, const std::string &id);

// Of pairs of nodes, coloured by their verdict as the table has it.
HtmlGraph comparison_graph(const std::vector<JsonView> &pairs, const std::string &id,
                           std::string (*verdict_of)(const JsonView &pair),
                           int (*colour_of)(const std::string &verdict));

extern const char *const kGraphStyle;  // belongs to the style of the page

}  // namespace air::report
