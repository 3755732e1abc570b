// SPDX-License-Identifier: BSD-3-Clause
// Which node of a model computes what another one reads, as far as the runtime tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "airunner.h"

namespace air::local {

// The output of a node.
struct Origin {
  uint32_t node;
  uint32_t output;
};

// Refers to the model.
class Graph {
 public:
  explicit Graph(const air_model &model);

  const air_model &model() const { return model_; }
  const air_node &node(uint32_t index) const { return *model_.nodes[index]; }
  // Nothing for inputs of the model, and where several nodes compute tensors of that name.
  std::optional<Origin> origin(const air_tensor &tensor) const;
  // Whether nothing that it reads comes from an input of the model: weights that are brought back from integers, say. No where nobody tells who reads the inputs.
  bool is_constant(uint32_t node) const { return is_constant_[node]; }
  // The nodes that read it.
  const std::vector<uint32_t> &readers(const air_tensor &tensor) const;

 private:
  void find_constants();

  const air_model &model_;
  std::unordered_map<std::string_view, std::vector<Origin>> origins_;
  std::unordered_map<std::string_view, std::vector<uint32_t>> readers_;
  std::vector<bool> is_constant_;
};

// Where those that read a value get it from: of one that is quantized and brought back to floats the latter, unless a node on the way is one of `not_through`;
// else the value itself.
Origin brought_back(const Graph &graph, const Origin &value, const std::vector<bool> &not_through);

// Whether a node that is an activation alone reads it.
bool is_activated(const Graph &graph, const Origin &value);

// What is left of a value behind the activation that alone reads it, unless that is one of `not_through`; else the value itself.
Origin activated(const Graph &graph, const Origin &value, const std::vector<bool> &not_through);

// What those that read a value get: it as it is quantized, where it is brought back or one integer kernel reads that.
Origin as_read(const Graph &graph, const Origin &value, const std::vector<bool> &not_through);

// The same of an input of the model; nothing where it is read as it is.
std::optional<Origin> read_from_input(const Graph &graph, const air_tensor &input,
                                      const std::vector<bool> &not_through);

}  // namespace air::local
