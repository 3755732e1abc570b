// SPDX-License-Identifier: BSD-3-Clause
// The graph of a model: which nodes read which, where they are drawn, and how picture and table lead to each other.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

#include "report/html/graph.h"
#include "report/html/graph_layout.h"
#include "report/reads.h"

using namespace air::report;

namespace {

constexpr GraphSizes kSizes{100, 20};

// No two nodes overlap, each is below all that it reads, and edges begin and end where their nodes are.
void check_layout(const std::vector<std::vector<size_t>> &reads, const GraphLayout &layout) {
  REQUIRE(layout.nodes.size() == reads.size());
  std::vector<GraphPoint> sorted = layout.nodes;
  std::ranges::sort(sorted, {}, [](const GraphPoint &point) { return std::pair(point.y, point.x); });
  for (size_t i = 1; i < sorted.size(); ++i)
    CHECK((sorted[i].y > sorted[i - 1].y || sorted[i].x >= sorted[i - 1].x + kSizes.node_width));
  for (size_t i = 0; i < reads.size(); ++i) {
    const GraphPoint &node = layout.nodes[i];
    CHECK(node.x >= kSizes.node_width / 2);
    CHECK(node.x + kSizes.node_width / 2 <= layout.width);
    CHECK(node.y + kSizes.node_height <= layout.height);
    REQUIRE(layout.edges[i].size() == reads[i].size());
    for (size_t k = 0; k < reads[i].size(); ++k) {
      const auto &points = layout.edges[i][k];
      REQUIRE(points.size() >= 2);
      CHECK(points.size() % 2 == 0);
      CHECK(points.front().x == layout.nodes[reads[i][k]].x);
      CHECK(points.front().y == layout.nodes[reads[i][k]].y + kSizes.node_height);
      CHECK(points.back().x == node.x);
      CHECK(points.back().y == node.y);
      CHECK(std::ranges::is_sorted(points, {}, &GraphPoint::y));
    }
  }
}

// Whether a path goes through a box that is not at its ends.
bool passes_a_node(const GraphLayout &layout, const std::vector<GraphPoint> &points) {
  for (size_t i = 1; i + 1 < points.size(); i += 2) {
    for (const GraphPoint &node : layout.nodes) {
      if (node.y == points[i].y && std::abs(node.x - points[i].x) < kSizes.node_width / 2) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("nodes lie below what they read, and edges go around nodes") {
  // Two branches, and a connection that skips both.
  const std::vector<std::vector<size_t>> reads = {{}, {0}, {1}, {0}, {2, 3}, {4, 0}};
  const GraphLayout layout = layered_layout(reads, kSizes);
  check_layout(reads, layout);
  CHECK(layout.nodes[1].y == layout.nodes[3].y);
  CHECK(layout.edges[5][1].size() == 8);
  CHECK_FALSE(passes_a_node(layout, layout.edges[5][1]));
  CHECK_FALSE(passes_a_node(layout, layout.edges[4][1]));
  // What reads nothing comes down to its reader.
  const GraphLayout weights = layered_layout({{}, {0}, {1}, {}, {2, 3}}, kSizes);
  CHECK(weights.nodes[3].y == weights.nodes[2].y);
  // Nodes of which nothing is known make no row.
  std::vector<std::vector<size_t>> apart(100);
  apart.push_back({50});
  check_layout(apart, layered_layout(apart, kSizes));
  CHECK(layered_layout(apart, kSizes).width < 4 * kSizes.node_width);
  CHECK(layered_layout({}, kSizes).nodes.empty());
}

TEST_CASE("what repeats does not drift away, and edges over very many layers are one curve") {
  std::vector<std::vector<size_t>> reads = {{}};
  for (int block = 0; block < 300; ++block) {
    const size_t last = reads.size() - 1;
    for (int i = 0; i < 3; ++i) reads.push_back({last});
    reads.push_back({last + 1, last + 2});
    reads.push_back({last + 3, last + 4, last});
  }
  reads.push_back({0, reads.size() - 1});
  const GraphLayout layout = layered_layout(reads, kSizes);
  check_layout(reads, layout);
  CHECK(layout.width < 20 * kSizes.node_width);
  CHECK(layout.edges.back()[0].size() == 2);
}

TEST_CASE("any graph has a layout") {
  std::mt19937 random(1);
  for (const size_t n : {1u, 2u, 30u, 400u}) {
    std::vector<std::vector<size_t>> reads(n);
    for (size_t i = 1; i < n; ++i) {
      for (size_t k = random() % 4; k > 0; --k) reads[i].push_back(random() % i);
    }
    check_layout(reads, layered_layout(reads, kSizes));
  }
}

TEST_CASE("nodes read what the tensors tell: by their tags, or the latest of a name") {
  const air_tensor input{.name = "x", .tag = "I.0"}, first{.name = "t", .tag = "N.0.0"},
      again{.name = "t", .tag = "N.1.0"}, by_name{.name = "t", .tag = "N.2.I0"}, by_tag{.name = "", .tag = "N.0.0"},
      model_input{.name = "x", .tag = "N.2.I1"}, strange{.name = "nobody's", .tag = "N.4.I0"};
  const std::array<const air_tensor *, 1> inputs{&input}, of_0{&first}, of_1{&again}, of_3{&strange};
  const std::array<const air_tensor *, 4> of_2{&by_name, &by_tag, &model_input, &by_tag};
  const air_node nodes[] = {{.n_inputs = 1, .n_outputs = 1, .inputs = inputs.data(), .outputs = of_0.data()},
                            {.n_inputs = 1, .n_outputs = 1, .inputs = of_0.data(), .outputs = of_1.data()},
                            {.n_inputs = 4, .inputs = of_2.data()},
                            {.n_inputs = 1, .inputs = of_3.data()},
                            {}};
  const std::array<const air_node *, 5> pointers{&nodes[0], &nodes[1], &nodes[2], &nodes[3], &nodes[4]};
  const air_model model{.n_inputs = 1, .inputs = inputs.data(), .n_nodes = 5, .nodes = pointers.data()};
  const std::vector<Reads> reads = reads_of_nodes(model);
  const std::vector<Reads> expected = {
      std::vector<uint32_t>{}, std::vector<uint32_t>{0}, std::vector<uint32_t>{0, 1}, {}, {}};
  CHECK(reads == expected);
}

TEST_CASE("a node leads to its row, and the row to its node") {
  std::vector<GraphNode> nodes = {{"Conv", "first", "1 ms"},
                                  {"Relu", std::string(40, 'a') + "\u00E9nd", "", 3, 1, {0, 1, 7}}};
  const HtmlGraph graph("document-2", nodes, "caption");
  const std::string figure = graph.figure().str();
  CHECK(figure.find("id=\"document-2-node-1\" href=\"#document-2-row-1\"") != std::string::npos);
  CHECK(graph.row(1, Html("x")).str().find("id=\"document-2-row-1\" href=\"#document-2-node-1\"") != std::string::npos);
  CHECK(figure.find("aa\u00E9nd</text>") != std::string::npos);
  CHECK(figure.find("\u2026") != std::string::npos);
  // What is no earlier node is not read.
  const auto first = figure.find("<path");
  REQUIRE(first != std::string::npos);
  CHECK(figure.find("<path", first + 1) == std::string::npos);
}

TEST_CASE("without edges there is no graph, and too large a one is not drawn") {
  const HtmlGraph bare("d", std::vector<GraphNode>(3), "");
  CHECK(bare.figure().empty());
  CHECK(bare.row(0, Html("x")).str() == "x");
  std::vector<GraphNode> nodes(10001);
  nodes[1].reads = {0};
  const HtmlGraph large("d", nodes, "");
  CHECK(large.figure().str().find("10001 nodes") != std::string::npos);
  CHECK(large.row(0, Html("x")).str() == "x");
  std::vector<GraphNode> dense(400);
  for (size_t i = 1; i < dense.size(); ++i) {
    for (size_t read = 0; read < i; ++read) dense[i].reads.insert(dense[i].reads.end(), {read, read});
  }
  CHECK(HtmlGraph("d", dense, "").figure().str().find("400 nodes with 79800 edges") != std::string::npos);
}
