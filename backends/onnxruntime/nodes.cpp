// SPDX-License-Identifier: BSD-3-Clause
// The PER_LAYER modes: the graph as written, without optimizations and with every value as an output.
#include "nodes.h"

#include <algorithm>

#include "common/error.h"
#include "common/utf8.h"
#include "rewrite.h"

namespace air::ort {

using runtime::Shape;

namespace {

// The runtime tells a scalar where it does not know the rank: then the first run tells.
bool is_known(const Shape &shape) {
  return !shape.empty() && std::all_of(shape.begin(), shape.end(), [](int64_t dimension) { return dimension >= 0; });
}

SessionSettings without_optimization(SessionSettings settings) {
  settings.optimization = abi::kNoOptimization;
  return settings;
}

}  // namespace

Nodes::Nodes(const NodesContext &context, const ModelFile &file, const std::vector<Shape> &input_shapes,
             SessionSettings settings)
    : context_(context),
      settings_(without_optimization(std::move(settings))),
      model_(context.api, context.env, file, input_shapes, inner_values(file), settings_),
      n_own_outputs_(file.outputs.size()) {
  if (file.nodes.empty()) fail(AIR_ERROR_UNSUPPORTED, "the graph has no nodes");
  slots_ = model_.take_session()->outputs();
  for (size_t i = 0; i < file.inputs.size(); ++i) shapes_.emplace(file.inputs[i].name, input_shapes[i]);
  describe(file);
}

void Nodes::describe(const ModelFile &file) {
  std::map<std::string_view, size_t> places;
  for (size_t i = 0; i < slots_.size(); ++i) places.emplace(slots_[i].name, i);
  const auto quantizations = find_quantizations(file);
  for (const GraphNode &graph_node : file.nodes) {
    add_node(graph_node);
    for (const std::string_view value : graph_node.outputs) {
      const auto place = places.find(value);
      if (place == places.end()) continue;
      const Slot &slot = slots_[place->second];
      if (is_known(slot.shape)) shapes_.emplace(value, slot.shape);
      if (dtype_of_element(slot.element_type) == AIR_DTYPE_NONE) continue;
      const auto quantization = quantizations.find(value);
      nodes_.back().known_outputs.push_back(
          {printable(slot.name), place->second, slot.element_type,
           quantization == quantizations.end() ? runtime::Quantization{} : quantization->second});
    }
    if (!has_static_outputs(nodes_.back())) continue;
    std::vector<Shape> shapes;
    for (const Output &output : nodes_.back().known_outputs) shapes.push_back(slots_[output.place].shape);
    describe_outputs(nodes_.back(), shapes);
  }
}

void Nodes::add_node(const GraphNode &graph_node) {
  const size_t index = nodes_.size();
  Node &node = nodes_.emplace_back();
  node.runtime_name =
      graph_node.name.empty() ? fmt::format("{}_{}", graph_node.type, index) : std::string(graph_node.name);
  node.name = printable(node.runtime_name);
  const bool standard = graph_node.domain.empty() || graph_node.domain == "ai.onnx";
  node.description =
      printable(standard ? std::string(graph_node.type) : fmt::format("{}.{}", graph_node.domain, graph_node.type));
  node.info.struct_size = sizeof(node.info);
  node.info.index = static_cast<uint32_t>(index);
  node.info.id = static_cast<int32_t>(index);
  node.info.name = node.name.c_str();
  node.info.description = node.description.c_str();
}

bool Nodes::has_static_outputs(const Node &node) const {
  return std::all_of(node.known_outputs.begin(), node.known_outputs.end(),
                     [this](const Output &output) { return is_known(slots_[output.place].shape); });
}

void Nodes::describe_outputs(Node &node, const std::vector<Shape> &shapes) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Output &output = node.known_outputs[i];
    node.outputs.add({output.name, fmt::format("N.{}.{}", node.info.index, i), dtype_of_element(output.element_type),
                      shapes[i], output.quantization});
  }
  node.data.resize(shapes.size());
  node.info.n_outputs = node.outputs.size();
  node.info.outputs = node.outputs.infos();
}

uint64_t Nodes::run(const air_run &run, abi::RunOptions *options, const std::vector<abi::Value *> &inputs,
                    std::vector<OwnedValue> &outputs) {
  const bool with_data = (run.mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0;
  const bool profile_run = context_.api.can_profile_run();
  if (folder_ == nullptr) folder_ = std::make_unique<ProfileFolder>();
  // Without times of single runs a session is profiled from its begin to its end, so each run needs its own.
  if (session_ == nullptr) {
    SessionSettings settings = settings_;
    if (!profile_run) settings.profile_prefix = folder_->prefix();
    session_ = std::make_unique<Session>(context_.api, context_.env, model_.bytes(), settings);
  }
  // Outputs whose shape only a run tells are described by the first, with or without data.
  const bool all_described = std::all_of(
      nodes_.begin(), nodes_.end(), [](const Node &node) { return node.info.n_outputs == node.known_outputs.size(); });
  std::vector<abi::Value *> made(with_data || !all_described ? slots_.size() : n_own_outputs_, nullptr);
  std::vector<OwnedValue> values;
  values.reserve(made.size());  // what a run has made is owned at once
  if (profile_run) context_.api.must(abi::kRunOptionsEnableProfiling, options, folder_->prefix().c_str());
  try {
    session_->run(options, inputs, made);
  } catch (...) {
    // What was profiled until then is of no use, and the options serve other runs too.
    if (profile_run) context_.api.get(abi::kRunOptionsDisableProfiling, options);
    session_.reset();
    folder_.reset();
    throw;
  }
  for (abi::Value *value : made) values.emplace_back(context_.api, abi::kReleaseValue, value);
  if (profile_run) {
    context_.api.must(abi::kRunOptionsDisableProfiling, options);
  } else {
    session_->end_profiling();
    session_.reset();
  }
  take_times(folder_->take());
  emit(run, values, with_data);
  for (size_t i = 0; i < n_own_outputs_; ++i) outputs.push_back(std::move(values[i]));
  uint64_t total = 0;
  for (const Node &node : nodes_) total += node.duration_ns;
  return total;
}

// Nodes within other nodes (the body of a loop) have indices of their own, but other names.
void Nodes::take_times(const std::vector<NodeTime> &times) {
  for (Node &node : nodes_) node.duration_ns = 0;
  for (const NodeTime &time : times) {
    if (time.index >= nodes_.size()) continue;
    Node &node = nodes_[time.index];
    if (node.runtime_name == time.name) node.duration_ns += time.duration_ns;
  }
}

void Nodes::emit(const air_run &run, const std::vector<OwnedValue> &values, bool with_data) {
  for (Node &node : nodes_) {
    if (values.size() == slots_.size()) set_data(node, values);
    if (run.on_node_end == nullptr) continue;
    air_run_node_event event{};
    event.struct_size = sizeof(event);
    event.sample = run.sample;
    event.node = &node.info;
    event.data = with_data ? node.data.data() : nullptr;
    event.duration_ms = static_cast<double>(node.duration_ns) / 1e6;
    if (run.on_node_end(run.sink, &event) != AIR_CONTINUE) return;
  }
}

void Nodes::set_data(Node &node, const std::vector<OwnedValue> &values) {
  std::vector<TensorView> views;
  for (const Output &output : node.known_outputs) {
    views.push_back(view_of(context_.api, values[output.place].get(), output.element_type));
  }
  if (node.info.n_outputs != node.known_outputs.size()) {
    std::vector<Shape> shapes;
    for (const TensorView &view : views) shapes.push_back(view.shape);
    describe_outputs(node, shapes);
  }
  for (size_t i = 0; i < views.size(); ++i) {
    const std::span<const int64_t> described = node.outputs[i].own_shape();
    const bool same = std::equal(views[i].shape.begin(), views[i].shape.end(), described.begin(), described.end());
    node.data[i] = same ? views[i].data : nullptr;
    if (!same) {
      context_.log.write(
          AIR_LOG_WARNING, "node '{}', output '{}': shape {} this time, {} before: its data are left out", node.name,
          node.known_outputs[i].name, runtime::shape_text(views[i].shape), runtime::shape_text(described));
    }
  }
}

}  // namespace air::ort
