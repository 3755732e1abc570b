// SPDX-License-Identifier: BSD-3-Clause
// The PER_LAYER modes: the graph as written, without optimizations and with every value as an output, so that each node is executed, timed
// and seen.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "onnxruntime/fit.h"
#include "onnxruntime/graph_facts.h"
#include "onnxruntime/model_file.h"
#include "onnxruntime/profile.h"
#include "onnxruntime/quantization.h"
#include "onnxruntime/session.h"

namespace air::ort {

struct NodesContext {
  const Api &api;
  const OrtEnv *env;
  const HostLog &log;
  const ModelFile &file;
  const std::set<std::string_view> &varying;  // values whose shape each sample may have of its own
};

class Nodes {
 public:
  // Loads the model once to learn the shapes of its values, beside those of its own outputs, and describes its nodes: what only a run tells
  // is added to `described` by the first. Throws what Session throws, and UNSUPPORTED when there are no nodes.
  Nodes(const NodesContext &context, const std::vector<runtime::Shape> &input_shapes,
        const std::vector<runtime::Shape> &output_shapes, SessionSettings settings,
        std::vector<backend::Node> &described);

  // Whether there is a node whose values can be given, perhaps after a run.
  bool any_can_be_given() const;

  // Of all values that are known without a run.
  const ShapesByValue &shapes() const noexcept { return shapes_; }

  // A graph with every value as an output, and with some as inputs.
  struct Graph {
    FittedModel model;
    std::unique_ptr<Session> session;  // NULL: a run loads it
    size_t n_outputs;
    std::vector<size_t> places;  // where outputs of nodes are among those of this graph, by their place
  };

  // For runs in which the outputs of these nodes are given, in that order; `check` is called between the steps. Throws UNSUPPORTED for
  // a node whose outputs cannot be given.
  std::unique_ptr<Graph> prepare(std::span<const uint32_t> nodes, const std::function<void()> &check) const;

  // Runs a sample; `outputs` takes the values of the model's own outputs. `given`: the graph to run instead of the plain one, or NULL. Returns
  // the sum of the nodes' times in nanoseconds, or in IO_ONLY that of the call.
  uint64_t run(backend::Run &run, OrtRunOptions *options, const std::vector<OrtValue *> &inputs,
               std::vector<OwnedValue> &outputs, Graph *given);

 private:
  struct Output {
    size_t place;          // among the outputs of the plain graph
    runtime::Shape shape;  // as described, with the dimension of the samples
  };
  struct Node {
    std::string runtime_name;  // as the profiler calls it
    std::vector<Output> outputs;
    bool is_complete = false;  // there is nothing left that only a run tells
    uint64_t duration_ns = 0;
    std::string processor;  // that executed it last
  };

  struct Values;

  void describe_node(const GraphNode &graph_node, const Values &values);
  bool describe_inputs(size_t index);
  void describe_outputs(size_t index);
  backend::Tensor describe(const std::string &name, int64_t element_type, const runtime::Shape &shape) const;
  bool tells_shape(const Output &output) const;
  air_dtype computes_in(const GraphNode &graph_node, const Values &values) const;
  bool knows_all_types(size_t index) const;
  std::vector<ValueInfo> values_to_give(std::span<const uint32_t> nodes) const;
  void load(Graph &graph, backend::Run &run, bool profiled) const;
  std::vector<OwnedValue> run_session(Graph &graph, OrtRunOptions *options, const std::vector<OrtValue *> &inputs,
                                      size_t n_outputs, bool timed);
  void take_times(const std::vector<NodeTime> &times);
  OrtValue *computed(const Graph &graph, const Output &output, const std::vector<OwnedValue> &values) const;
  void complete(backend::Run &run, size_t index, const Graph &graph, const std::vector<OwnedValue> &values);
  void forget(size_t index, const Graph &graph, std::vector<OwnedValue> &values) const;
  void end_node(backend::Run &run, size_t index, double ms, const Graph &graph,
                const std::vector<OwnedValue> &values) const;

  const NodesContext context_;
  const SessionSettings settings_;
  const std::vector<runtime::Shape> input_shapes_;
  Graph plain_;
  const size_t n_own_outputs_;
  std::vector<Slot> slots_;              // outputs of the plain graph
  std::set<std::string_view> computed_;  // names of those of a type that airunner has
  const QuantizationByValue quantizations_;
  std::vector<Node> nodes_;
  std::vector<backend::Node> &described_;
  ShapesByValue shapes_;
  std::map<std::string, backend::Tensor, std::less<>> tensors_;  // those described so far, by the name of the value
  std::unique_ptr<ProfileFolder> folder_;
};

}  // namespace air::ort
