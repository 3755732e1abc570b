// SPDX-License-Identifier: BSD-3-Clause
// The layered layout of Sugiyama, Tagawa and Toda: layers by the longest path, places that long edges pass, few crossings by barycentres,
// and then the nearest places to the neighbours that leave room for all. docs/dependencies.md tells why no library does it.
#include "report/html/graph_layout.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace air::report {
namespace {

constexpr size_t kLongest = 24;  // layers that an edge passes around nodes; longer ones are too many to draw well
constexpr double kGap = 14, kLayerGap = 30, kMargin = 8, kPassing = 10;
constexpr double kStay = 0.97;           // draws all to the middle: what repeats would drift away with each repetition
constexpr double kPassingWeight = 0.01;  // edges make way for nodes
constexpr int kSweeps = 6;               // crossings hardly change after that

using Reads = std::vector<std::vector<size_t>>;

// A node, or the place where an edge passes a layer.
struct Item {
  size_t layer;
  bool is_node;
  double width, x = 0, wanted = 0;
  std::vector<size_t> above = {}, below = {};
};

// Of the longest path; nodes that read nothing come down to their first reader, and those that nobody reads either stay in the order.
std::vector<size_t> layers_of(const Reads &reads) {
  std::vector<size_t> layers(reads.size()), first_reader(reads.size(), SIZE_MAX);
  for (size_t i = 0; i < reads.size(); ++i) {
    for (const size_t read : reads[i]) layers[i] = std::max(layers[i], layers[read] + 1);
  }
  for (size_t i = reads.size(); i-- > 0;) {
    if (reads[i].empty() && first_reader[i] != SIZE_MAX) layers[i] = first_reader[i] - 1;
    for (const size_t read : reads[i]) first_reader[read] = std::min(first_reader[read], layers[i]);
  }
  for (size_t i = 1; i < reads.size(); ++i) {
    if (reads[i].empty() && first_reader[i] == SIZE_MAX) layers[i] = layers[i - 1] + 1;
  }
  return layers;
}

class Layers {
 public:
  Layers(const Reads &reads, const GraphSizes &sizes) : sizes_(sizes), paths_(reads.size()) {
    for (const size_t layer : layers_of(reads)) items_.push_back({layer, true, sizes.node_width});
    for (size_t i = 0; i < reads.size(); ++i) {
      for (const size_t read : reads[i]) paths_[i].push_back(connect(read, i));
    }
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].layer >= rows_.size()) rows_.resize(items_[i].layer + 1);
      rows_[items_[i].layer].push_back(i);
    }
    for (const auto &row : rows_) settle(row);
    for (const bool in_new_order : {true, false}) {
      for (int i = 0; i < kSweeps; ++i) sweep(i % 2 == 0, in_new_order);
    }
  }

  GraphLayout layout(size_t n_nodes) const {
    double left = HUGE_VAL, right = -HUGE_VAL;
    for (const Item &item : items_) {
      left = std::min(left, item.x - item.width / 2);
      right = std::max(right, item.x + item.width / 2);
    }
    const auto top = [&](size_t i) {
      const double y = static_cast<double>(items_[i].layer) * (sizes_.node_height + kLayerGap);
      return GraphPoint{items_[i].x - left + kMargin, y + kMargin};
    };
    const auto bottom = [&](size_t i) { return GraphPoint{top(i).x, top(i).y + sizes_.node_height}; };
    GraphLayout result{{}, {}, right - left + 2 * kMargin, 0};
    for (size_t i = 0; i < n_nodes; ++i) {
      result.nodes.push_back(top(i));
      auto &edges = result.edges.emplace_back();
      for (const std::vector<size_t> &path : paths_[i]) {
        auto &points = edges.emplace_back();
        for (const size_t item : path) points.insert(points.end(), {top(item), bottom(item)});
        points.erase(points.begin());
        points.pop_back();
      }
    }
    const double n_layers = static_cast<double>(rows_.size());
    result.height = n_layers * (sizes_.node_height + kLayerGap) - kLayerGap + 2 * kMargin;
    return result;
  }

 private:
  void link(size_t from, size_t to) {
    items_[from].below.push_back(to);
    items_[to].above.push_back(from);
  }

  // The items that the edge goes through.
  std::vector<size_t> connect(size_t from, size_t to) {
    const size_t first = items_[from].layer, last = items_[to].layer;
    if (last - first > kLongest) return {from, to};
    std::vector<size_t> path = {from};
    for (size_t layer = first + 1; layer <= last; ++layer) {
      if (layer < last) items_.push_back({layer, false, kPassing});
      const size_t next = layer < last ? items_.size() - 1 : to;
      link(path.back(), next);
      path.push_back(next);
    }
    return path;
  }

  void sweep(bool down, bool in_new_order) {
    for (size_t k = 0; k < rows_.size(); ++k) place(rows_[down ? k : rows_.size() - 1 - k], down, in_new_order);
  }

  // Under (or over) the middle of its neighbours. Nodes follow nodes, so that the main path is straight.
  double wanted(const Item &item, bool down) const {
    double sum = 0, count = 0;
    for (const bool only_nodes : {item.is_node, false}) {
      for (const size_t neighbour : down ? item.above : item.below) {
        if (only_nodes && !items_[neighbour].is_node) continue;
        sum += items_[neighbour].x;
        count += 1;
      }
      if (count > 0) return kStay * sum / count;
    }
    return item.x;
  }
  void place(std::vector<size_t> &row, bool down, bool in_new_order) {
    for (const size_t i : row) items_[i].wanted = wanted(items_[i], down);
    if (in_new_order) std::ranges::stable_sort(row, {}, [this](size_t i) { return items_[i].wanted; });
    settle(row);
  }

  // The places nearest to those wanted at which items do not overlap: where they would, they keep their common mean (isotonic regression).
  void settle(const std::vector<size_t> &row) {
    struct Block {
      double sum, weight;
      size_t n;
      double mean() const { return sum / weight; }
    };
    std::vector<Block> blocks;
    std::vector<double> offsets;
    for (size_t k = 0; k < row.size(); ++k) {
      offsets.push_back(k == 0 ? 0 : offsets[k - 1] + (items_[row[k - 1]].width + items_[row[k]].width) / 2 + kGap);
      const double weight = items_[row[k]].is_node ? 1 : kPassingWeight;
      blocks.push_back({weight * (items_[row[k]].wanted - offsets[k]), weight, 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
        blocks[blocks.size() - 2].sum += blocks.back().sum;
        blocks[blocks.size() - 2].weight += blocks.back().weight;
        blocks[blocks.size() - 2].n += blocks.back().n;
        blocks.pop_back();
      }
    }
    size_t k = 0;
    for (const Block &block : blocks) {
      for (const size_t end = k + block.n; k < end; ++k) items_[row[k]].x = block.mean() + offsets[k];
    }
  }

  const GraphSizes sizes_;
  std::vector<Item> items_;
  std::vector<std::vector<std::vector<size_t>>> paths_;  // by node, then by what it reads
  std::vector<std::vector<size_t>> rows_;                // items of each layer, from left to right
};

}  // namespace

GraphLayout layered_layout(const std::vector<std::vector<size_t>> &reads, const GraphSizes &sizes) {
  return Layers(reads, sizes).layout(reads.size());
}

}  // namespace air::report
