// SPDX-License-Identifier: BSD-3-Clause
// What the readers of a value get: the value, as it is quantized for an integer kernel, or as it is brought back to floats.
#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

#include "compare/local/graph.h"

namespace {

using air::local::as_read;
using air::local::Graph;

// Nodes of one input and one output, by the names of tensors; no input of the model.
class Network {
 public:
  struct Node {
    const char *operation, *reads, *computes;
  };
  explicit Network(std::initializer_list<Node> nodes) {
    for (const Node &told : nodes) {
      air_node &made = nodes_.emplace_back();
      made.operation = told.operation;
      made.n_inputs = made.n_outputs = 1;
      made.inputs = tensor(told.reads);
      made.outputs = tensor(told.computes);
      places_.push_back(&made);
    }
    model_.n_nodes = static_cast<uint32_t>(places_.size());
    model_.nodes = places_.data();
  }
  Network(const Network &) = delete;

  // The node that those get who read what `node` computes.
  uint32_t read_of(uint32_t node, const std::vector<uint32_t> &not_through = {}) const {
    std::vector<bool> closed(model_.n_nodes);
    for (const uint32_t one : not_through) closed[one] = true;
    return as_read(Graph(model_), {node, 0}, closed).node;
  }

 private:
  const air_tensor *const *tensor(const char *name) {
    tensors_.emplace_back().name = name;
    return &pointers_.emplace_back(&tensors_.back());
  }

  std::deque<air_node> nodes_;
  std::deque<air_tensor> tensors_;
  std::deque<const air_tensor *> pointers_;
  std::vector<const air_node *> places_;
  air_model model_{};
};

}  // namespace

TEST_CASE("a value that nothing quantizes is read as it is") {
  CHECK(Network{{"Conv", "x", "y"}, {"Relu", "y", "z"}}.read_of(0) == 0);
}

TEST_CASE("a value that is quantized and brought back is read as it comes back") {
  const Network pair{
      {"Conv", "x", "y"}, {"QuantizeLinear", "y", "q"}, {"DequantizeLinear", "q", "f"}, {"Relu", "f", "z"}};
  CHECK(pair.read_of(0) == 2);
  CHECK(pair.read_of(1) == 2);  // so is the quantized one
  CHECK(pair.read_of(2) == 2);
  // Nodes that have partners of their own are no way.
  CHECK(pair.read_of(0, {1}) == 0);
  CHECK(pair.read_of(0, {2}) == 0);
}

TEST_CASE("an integer kernel reads a value as it is quantized") {
  CHECK(Network{{"Conv", "x", "y"}, {"QuantizeLinear", "y", "q"}, {"QLinearConv", "q", "z"}}.read_of(0) == 1);
  CHECK(Network{{"Conv", "x", "y"}, {"QuantizeLinear", "y", "q"}, {"QLinearConv", "q", "z"}}.read_of(0, {1}) == 0);
}

TEST_CASE("what is brought back is quantized for an integer kernel again") {
  CHECK(Network{{"Conv", "x", "y"},
                {"QuantizeLinear", "y", "q"},
                {"DequantizeLinear", "q", "f"},
                {"QuantizeLinear", "f", "r"},
                {"QLinearConv", "r", "z"}}
            .read_of(0) == 3);
}

TEST_CASE("a value that somebody reads besides is not what the integer kernel alone gets") {
  CHECK(
      Network{{"Conv", "x", "y"}, {"QuantizeLinear", "y", "q"}, {"QLinearConv", "q", "z"}, {"Relu", "y", "w"}}.read_of(
          0) == 0);
}
