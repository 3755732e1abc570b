// SPDX-License-Identifier: BSD-3-Clause
// The graph of a model as a picture.
#include "report/html/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/utf8.h"
#include "report/html/graph_layout.h"
#include "report/html/sections.h"
#include "text/descriptions.h"
#include "text/width.h"

namespace air::report {
namespace {

constexpr GraphSizes kSizes{196, 38};
constexpr size_t kMostNodes = 10000;  // browsers draw these in a second or two
constexpr size_t kMostEdges = 40000;
constexpr size_t kLine = 25;  // characters of a node's line

// The end of a name, where names of a model differ.
std::string end_of(const std::string &name) {
  if (display_width(cut(name, 4 * kLine)) <= kLine && name.size() <= 4 * kLine) return name;
  std::string_view end = name;
  end.remove_prefix(end.size() - std::min<size_t>(end.size(), 4 * kLine));
  const auto is_inside = [](std::string_view text) {
    return !text.empty() && (static_cast<unsigned char>(text[0]) & 0xC0) == 0x80;
  };
  while (is_inside(end) || display_width(end) >= kLine) end.remove_prefix(1);
  return fmt::format("\u2026{}", end);
}

std::string path_of(const std::vector<GraphPoint> &points) {
  std::string path;
  for (size_t i = 0; i + 1 < points.size(); i += 2) {
    const GraphPoint &from = points[i], &to = points[i + 1];
    const std::string middle = decimal((from.y + to.y) / 2);
    path += i == 0 ? fmt::format("M{} {}", decimal(from.x), decimal(from.y)) : fmt::format("V{}", decimal(from.y));
    path += from.x == to.x
                ? fmt::format("V{}", decimal(to.y))
                : fmt::format("C{0} {1} {2} {1} {2} {3}", decimal(from.x), middle, decimal(to.x), decimal(to.y));
  }
  return path;
}

std::string kind_of(const JsonView &node) {
  return operation_kind(node["layer_desc"].text());
}

std::optional<double> median(const JsonView &node) {
  return node["statistics"]["p50"].number();
}

}  // namespace

HtmlGraph::HtmlGraph(std::string id, std::vector<GraphNode> nodes, std::string caption)
    : id_(std::move(id)), caption_(std::move(caption)), nodes_(std::move(nodes)) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    std::vector<size_t> &reads = nodes_[i].reads;
    std::erase_if(reads, [i](size_t read) { return read >= i; });
    std::ranges::sort(reads);
    reads.erase(std::unique(reads.begin(), reads.end()), reads.end());
    n_edges_ += reads.size();
  }
}

bool HtmlGraph::is_drawn() const {
  return n_edges_ > 0 && nodes_.size() <= kMostNodes && n_edges_ <= kMostEdges;
}

Html HtmlGraph::row(size_t node, const Html &head) const {
  if (!is_drawn()) return head;
  return element(
      "a",
      {{"class", "row"}, {"id", fmt::format("{}-row-{}", id_, node)}, {"href", fmt::format("#{}-node-{}", id_, node)}},
      head);
}

Html HtmlGraph::drawn_node(size_t node, double x, double y) const {
  const GraphNode &told = nodes_[node];
  const double left = x - kSizes.node_width / 2;
  const size_t room = kLine - std::min(kLine - 1, display_width(told.value));
  const auto line = [&](const char *css_class, double at, double dy, const std::string &text) {
    return element("text", {{"class", css_class}, {"x", decimal(at)}, {"y", decimal(y + dy)}}, text);
  };
  const Html box = element("rect", {{"class", fmt::format("f{0} s{0}", told.colour)},
                                    {"x", decimal(left)},
                                    {"y", decimal(y)},
                                    {"width", decimal(kSizes.node_width)},
                                    {"height", decimal(kSizes.node_height)},
                                    {"rx", "4"},
                                    {"fill-opacity", decimal(told.strength / 2)}});
  return element("a", {{"id", fmt::format("{}-node-{}", id_, node)}, {"href", fmt::format("#{}-row-{}", id_, node)}},
                 bare_element("title", fmt::format("{}: {}{}{}", told.name, told.kind, told.value.empty() ? "" : ", ",
                                                   told.value)) +
                     box + line("kind", left + 8, 15, shortened(told.kind, room)) +
                     line("value", left + kSizes.node_width - 8, 15, told.value) +
                     line("name", left + 8, 31, end_of(told.name))) +
         Html::markup("\n");
}

Html HtmlGraph::figure() const {
  if (n_edges_ == 0) return {};
  if (!is_drawn()) {
    return bare_element(
        "p",
        fmt::format(
            "The graph is not drawn: {} nodes with {} edges are too many for a page, which has room for {} and {}.",
            nodes_.size(), n_edges_, kMostNodes, kMostEdges));
  }
  std::vector<std::vector<size_t>> reads;
  for (const GraphNode &node : nodes_) reads.push_back(node.reads);
  const GraphLayout layout = layered_layout(reads, kSizes);
  Html edges, boxes;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    for (const auto &points : layout.edges[i]) edges += element("path", {{"d", path_of(points)}});
    boxes += drawn_node(i, layout.nodes[i].x, layout.nodes[i].y);
  }
  const std::string width = decimal(layout.width), height = decimal(layout.height);
  const Html picture =
      element("svg",
              {{"role", "group"},
               {"aria-label", fmt::format("Graph of {} nodes, which lead to their rows", nodes_.size())},
               {"width", width},
               {"height", height},
               {"viewBox", fmt::format("0 0 {} {}", width, height)}},
              edges + boxes);
  const Html window =
      element("div", {{"class", "window"}, {"role", "region"}, {"aria-label", caption_}, {"tabindex", "0"}}, picture);
  return element("figure", {{"class", "full graph"}}, window + bare_element("figcaption", caption_));
}

HtmlGraph profile_graph(const JsonView &profile, const std::string &id) {
  const std::vector<JsonView> all = profile["c_nodes"].list();
  std::map<uint64_t, uint64_t> executor;  // of those that another one executes
  std::map<uint64_t, size_t> places;      // of those that are executed, by their index
  double longest = 0;
  for (const JsonView &view : all) {
    const uint64_t index = view["index"].count();
    if (const std::optional<uint64_t> by = view["covered_by"].size()) {
      executor[index] = *by;
    } else {
      places.emplace(index, places.size());
    }
    longest = std::fmax(longest, median(view).value_or(0));
  }
  const auto place_of = [&](uint64_t index) {
    const auto covered = executor.find(index);
    const auto found = places.find(covered == executor.end() ? index : covered->second);
    return found == places.end() ? SIZE_MAX : found->second;
  };
  std::vector<GraphNode> nodes(places.size());
  for (const JsonView &view : all) {
    const uint64_t index = view["index"].count();
    const size_t place = place_of(index);
    if (place == SIZE_MAX) continue;
    for (const uint64_t read : view["reads"].integers<uint64_t>()) nodes[place].reads.push_back(place_of(read));
    if (executor.contains(index)) continue;
    const std::optional<double> time = median(view);
    nodes[place].kind = kind_of(view);
    nodes[place].name = node_name(view);
    nodes[place].value = time ? time_text(*time) : "";
    nodes[place].colour = 1;
    nodes[place].strength = time && longest > 0 ? *time / longest : 0;
  }
  return {id, std::move(nodes),
          "The graph: the more time a node takes, the fuller its colour. A click on a node leads to its row, one on "
          "the name in a row to its node."};
}

HtmlGraph comparison_graph(const std::vector<JsonView> &pairs, const std::string &id,
                           std::string (*verdict_of)(const JsonView &pair),
                           int (*colour_of)(const std::string &verdict)) {
  std::map<uint64_t, size_t> of_reference, of_other;  // places by index
  std::vector<GraphNode> nodes;
  for (const JsonView &pair : pairs) {
    const JsonView reference = pair["reference"], other = pair["other"];
    const bool is_told_by_reference = !reference["reads"].is_null();
    const JsonView &told = reference.is_null() ? other : reference;
    GraphNode &node = nodes.emplace_back();
    node.kind = kind_of(told);
    node.name = told["name"].text();
    node.value = verdict_of(pair);
    node.colour = colour_of(node.value);
    node.strength = 1;
    const auto &places = is_told_by_reference ? of_reference : of_other;
    for (const uint64_t read : (is_told_by_reference ? reference : other)["reads"].integers<uint64_t>()) {
      if (const auto found = places.find(read); found != places.end()) node.reads.push_back(found->second);
    }
    if (!reference.is_null()) of_reference.emplace(reference["index"].count(), nodes.size() - 1);
    if (!other.is_null()) of_other.emplace(other["index"].count(), nodes.size() - 1);
  }
  return {
      id, std::move(nodes),
      "The graph, coloured by the verdicts. A click on a node leads to its row, one on the name in a row to its node."};
}

const char *const kGraphStyle = R"css(
.graph .window{max-height:min(40rem,75vh);overflow:auto;border:1px solid var(--line);border-radius:.4rem}
.graph svg{margin:0 auto}
.graph path{fill:none;stroke:var(--soft);stroke-width:1.2}
.graph text{fill:var(--ink);font-size:12px}
.graph .kind{font-weight:600}
.graph .value{text-anchor:end;font-size:11px}
.graph a:hover rect,.graph a:target rect{stroke-width:3}
.graph a{scroll-margin:30vh 20rem}
a.row{color:inherit;text-decoration:none;scroll-margin-top:30vh}
a.row:hover{text-decoration:underline}
tr:has(a.row:target){background:var(--panel);outline:2px solid var(--c0)}
@media print{.graph .window{max-height:none;overflow:visible}.graph svg{max-width:100%;height:auto}}
)css";

}  // namespace air::report
