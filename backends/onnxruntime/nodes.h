// SPDX-License-Identifier: BSD-3-Clause
// The PER_LAYER modes: the graph as written, without optimizations and with every value as an output, so that each node is executed, timed
// and seen.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "fit.h"
#include "graph_facts.h"
#include "model_file.h"
#include "profile.h"
#include "runtime/tensor.h"
#include "session.h"

namespace air::ort {

struct NodesContext {
  const Api &api;
  const abi::Env *env;
  const HostLog &log;
};

class Nodes {
 public:
  // Loads the model once to learn the shapes of its values. Throws what Session throws, and UNSUPPORTED when there are no nodes.
  Nodes(const NodesContext &context, const ModelFile &file, const std::vector<runtime::Shape> &input_shapes,
        SessionSettings settings);

  uint32_t size() const noexcept { return static_cast<uint32_t>(nodes_.size()); }
  // Of all values that are known without a run.
  const ShapesByValue &shapes() const noexcept { return shapes_; }

  // Runs a sample; `outputs` takes the values of the model's own outputs. Returns the sum of the nodes' times in nanoseconds.
  uint64_t run(const air_run &run, abi::RunOptions *options, const std::vector<abi::Value *> &inputs,
               std::vector<OwnedValue> &outputs);

 private:
  struct Output {
    std::string name;
    size_t place;  // among the outputs of the session
    int element_type;
    runtime::Quantization quantization;
  };
  struct Node {
    std::string runtime_name;  // as the profiler calls it
    std::string name;
    std::string description;
    std::vector<Output> known_outputs;
    runtime::TensorList outputs;
    std::vector<const void *> data;
    air_node_info info{};
    uint64_t duration_ns = 0;
  };

  void describe(const ModelFile &file);
  void add_node(const GraphNode &graph_node);
  bool has_static_outputs(const Node &node) const;
  void describe_outputs(Node &node, const std::vector<runtime::Shape> &shapes);
  void take_times(const std::vector<NodeTime> &times);
  void emit(const air_run &run, const std::vector<OwnedValue> &values, bool with_data);
  void set_data(Node &node, const std::vector<OwnedValue> &values);

  const NodesContext context_;
  const SessionSettings settings_;
  FittedModel model_;
  const size_t n_own_outputs_;
  std::vector<Slot> slots_;  // outputs of the session
  std::deque<Node> nodes_;
  ShapesByValue shapes_;
  std::unique_ptr<ProfileFolder> folder_;
  std::unique_ptr<Session> session_;
};

}  // namespace air::ort
