// SPDX-License-Identifier: BSD-3-Clause
// The PER_LAYER modes: the graph as written, without optimizations and with every value as an output.
#include "onnxruntime/nodes.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "onnxruntime/rewrite.h"

namespace air::ort {

using runtime::Shape;

namespace {

constexpr const char *kFastMath = "mlas.enable_gemm_fastmath_arm64_bfloat16";

SessionSettings node_by_node(SessionSettings settings) {
  settings.optimization = ORT_DISABLE_ALL;
  settings.keeps_memory = false;
  return settings;
}

}  // namespace

// What is known of values by name.
struct Nodes::Values {
  Values(const ModelFile &file, const std::vector<Slot> &slots) {
    for (const ValueInfo &input : file.inputs) types.emplace(input.name, input.element_type);
    for (const auto &[name, constant] : file.constants) types.emplace(name, constant.element_type);
    for (size_t i = 0; i < slots.size(); ++i) {
      types.emplace(slots[i].name, slots[i].element_type);
      places.emplace(slots[i].name, i);
    }
  }

  air_dtype dtype(std::string_view value) const {
    const auto found = types.find(value);
    return found == types.end() ? AIR_DTYPE_NONE : dtype_of_element(found->second);
  }

  std::map<std::string_view, int64_t> types;
  std::map<std::string_view, size_t> places;  // among the outputs of the session
};

Nodes::Nodes(const NodesContext &context, const std::vector<Shape> &input_shapes,
             const std::vector<Shape> &output_shapes, SessionSettings settings, std::vector<backend::Node> &described)
    : context_(context),
      settings_(node_by_node(std::move(settings))),
      input_shapes_(input_shapes),
      plain_{{context.api, context.env, context.file, input_shapes, inner_values(context.file), settings_}, {}, 0, {}},
      n_own_outputs_(context.file.outputs.size()),
      quantizations_(find_quantizations(context.file)),
      described_(described) {
  if (context.file.nodes.empty()) fail(AIR_ERROR_UNSUPPORTED, "the graph has no nodes");
  slots_ = plain_.model.take_session()->outputs();
  plain_.n_outputs = slots_.size();
  for (size_t place = 0; place < slots_.size(); ++place) plain_.places.push_back(place);
  for (size_t i = 0; i < n_own_outputs_; ++i) slots_[i].shape = output_shapes[i];
  for (size_t i = 0; i < context.file.inputs.size(); ++i) {
    const ValueInfo &input = context.file.inputs[i];
    shapes_.emplace(input.name, input_shapes[i]);
    if (dtype_of_element(input.element_type) == AIR_DTYPE_NONE) continue;
    tensors_.emplace(input.name, describe(std::string(input.name), input.element_type, input_shapes[i]));
  }
  for (const Slot &slot : slots_) {
    if (dtype_of_element(slot.element_type) != AIR_DTYPE_NONE) computed_.insert(slot.name);
  }
  const Values values(context.file, slots_);
  for (const GraphNode &graph_node : context.file.nodes) describe_node(graph_node, values);
}

void Nodes::describe_node(const GraphNode &graph_node, const Values &values) {
  const size_t index = nodes_.size();
  Node &node = nodes_.emplace_back();
  node.runtime_name = name_of_node(graph_node, index);
  for (const std::string_view value : graph_node.outputs) {
    const auto place = values.places.find(value);
    if (place == values.places.end()) continue;
    const Slot &slot = slots_[place->second];
    if (!slot.shape.empty() && runtime::is_static(slot.shape)) shapes_.emplace(value, slot.shape);
    if (dtype_of_element(slot.element_type) != AIR_DTYPE_NONE) node.outputs.push_back({place->second, slot.shape});
  }
  backend::Node &told = described_.emplace_back();
  const bool standard = graph_node.domain.empty() || graph_node.domain == "ai.onnx";
  told.name = printable(node.runtime_name);
  told.operation =
      printable(standard ? std::string(graph_node.type) : fmt::format("{}.{}", graph_node.domain, graph_node.type));
  told.layer_number = static_cast<uint32_t>(index + 1);
  told.processor = settings_.options->provider.empty() ? "CPU" : "";  // else a run tells which it was
  told.computes_in = computes_in(graph_node, values);
  if (!std::ranges::all_of(node.outputs, [this](const Output &output) { return tells_shape(output); })) return;
  describe_outputs(index);
  const bool tells_inputs = describe_inputs(index);
  node.is_complete = !told.processor.empty() && tells_inputs;
}

// Kernels of the CPU compute in float32 and 64 as they are; other types it may convert, and other processors round as they like.
air_dtype Nodes::computes_in(const GraphNode &graph_node, const Values &values) const {
  if (!settings_.options->provider.empty() || settings_.options->config.contains(kFastMath)) return AIR_DTYPE_NONE;
  std::vector<air_dtype> types;
  for (const auto *names : {&graph_node.inputs, &graph_node.outputs}) {
    for (const std::string_view name : *names) {
      if (!name.empty()) types.push_back(values.dtype(name));
    }
  }
  const air_dtype type = runtime::computing_type(types);
  return type == AIR_DTYPE_FLOAT32 || type == AIR_DTYPE_FLOAT64 ? type : AIR_DTYPE_NONE;
}

// Whether the shape needs no run. The runtime tells a scalar where it does not know the rank.
bool Nodes::tells_shape(const Output &output) const {
  if (output.place < n_own_outputs_) return true;
  return !output.shape.empty() &&
         (runtime::is_static(output.shape) || context_.varying.contains(slots_[output.place].name));
}

// What a node reads that the model is given or that another node computes. Whether that is all: some shapes only a run tells.
bool Nodes::describe_inputs(size_t index) {
  bool all = true;
  for (const std::string_view value : context_.file.nodes[index].inputs) {
    const auto found = tensors_.find(value);
    if (found != tensors_.end())
      described_[index].inputs.push_back(found->second);
    else
      all = all && !computed_.contains(value);
  }
  return all;
}

void Nodes::describe_outputs(size_t index) {
  for (const Output &output : nodes_[index].outputs) {
    const Slot &slot = slots_[output.place];
    described_[index].outputs.push_back(describe(slot.name, slot.element_type, output.shape));
    tensors_.insert_or_assign(slot.name, described_[index].outputs.back());
  }
}

backend::Tensor Nodes::describe(const std::string &name, int64_t element_type, const Shape &shape) const {
  const auto quantization = quantizations_.find(name);
  return runtime::describe_tensor(printable(name), dtype_of_element(element_type), shape,
                                  quantization == quantizations_.end() ? nullptr : &quantization->second);
}

// Of what a node computes.
bool Nodes::knows_all_types(size_t index) const {
  const auto &names = context_.file.nodes[index].outputs;
  const auto n_values = names.size() - static_cast<size_t>(std::ranges::count(names, std::string_view()));
  return nodes_[index].outputs.size() == n_values;
}

bool Nodes::any_can_be_given() const {
  const auto may_be_static = [this](const Output &output) {
    return tells_shape(output) ? runtime::is_static(output.shape)
                               : !context_.varying.contains(slots_[output.place].name);
  };
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const std::vector<Output> &outputs = nodes_[i].outputs;
    if (!outputs.empty() && knows_all_types(i) && std::ranges::all_of(outputs, may_be_static)) return true;
  }
  return false;
}

// Of nodes that are described, with shapes that do not vary: the library asks for no others.
std::vector<ValueInfo> Nodes::values_to_give(std::span<const uint32_t> nodes) const {
  std::vector<ValueInfo> values;
  for (const uint32_t index : nodes) {
    const Node &node = nodes_[index];
    if (!knows_all_types(index)) {
      fail(AIR_ERROR_UNSUPPORTED,
           "values of node '{}' cannot be given: not all that it computes is of a type that airunner has",
           described_[index].name);
    }
    for (const Output &output : node.outputs) {
      const Slot &slot = slots_[output.place];
      values.push_back({slot.name, slot.element_type, true, output.shape, {}});
    }
  }
  return values;
}

std::unique_ptr<Nodes::Graph> Nodes::prepare(std::span<const uint32_t> nodes,
                                             const std::function<void()> &check) const {
  Given given{values_to_give(nodes), unused_suffix(context_.file)};
  std::set<std::string_view> names;
  for (const ValueInfo &value : given.values) names.insert(value.name);
  // What the graph has as an output is the given value: what a node computes in its place comes behind.
  std::vector<size_t> places = plain_.places;
  std::vector<std::string> outputs, behind;
  for (size_t place = 0; place < slots_.size(); ++place) {
    const bool is_given = names.contains(slots_[place].name);
    const std::string name = is_given ? slots_[place].name + given.suffix : slots_[place].name;
    if (place >= n_own_outputs_) {
      outputs.push_back(name);
    } else if (is_given && names.erase(slots_[place].name) == 1) {
      places[place] = slots_.size() + behind.size();
      behind.push_back(name);
    }
  }
  outputs.insert(outputs.end(), behind.begin(), behind.end());
  check();
  const size_t n_outputs = n_own_outputs_ + outputs.size();
  auto graph = std::make_unique<Graph>(
      Graph{{context_.api, context_.env, context_.file, input_shapes_, std::move(outputs), settings_, std::move(given)},
            {},
            n_outputs,
            std::move(places)});
  check();
  graph->session = graph->model.take_session();
  return graph;
}

uint64_t Nodes::run(backend::Run &run, OrtRunOptions *options, const std::vector<OrtValue *> &inputs,
                    std::vector<OwnedValue> &outputs, Graph *given) {
  Graph &graph = given == nullptr ? plain_ : *given;
  const bool by_node = run.has(AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA);
  // Writing times, and reading them, takes as long as small nodes do. They tell of the nodes what is not known yet.
  const bool timed = by_node && !(run.has(AIR_MODE_UNTIMED) && std::ranges::all_of(nodes_, &Node::is_complete));
  if (folder_ == nullptr && timed) folder_ = std::make_unique<ProfileFolder>();
  // Without times of single runs a session is profiled from its begin to its end, so each timed run needs its own.
  const bool profiled = timed && !context_.api.can_profile_run();
  if (profiled) graph.session.reset();
  if (graph.session == nullptr) load(graph, run, profiled);
  // Outputs whose shape only a run tells are described by the first, with or without data.
  bool all_described = true;
  for (size_t i = 0; i < nodes_.size(); ++i)
    all_described = all_described && described_[i].outputs.size() == nodes_[i].outputs.size();
  const bool needs_all = run.wants_data() || (timed && !all_described);
  const uint64_t start = backend::now_ns();
  std::vector<OwnedValue> values =
      run_session(graph, options, inputs, needs_all ? graph.n_outputs : n_own_outputs_, timed);
  uint64_t total = timed ? 0 : backend::now_ns() - start;
  if (timed) take_times(folder_->take());
  for (size_t i = 0; by_node && i < nodes_.size(); ++i) {
    if (!nodes_[i].is_complete) complete(run, i, graph, values);
    end_node(run, i, timed ? static_cast<double>(nodes_[i].duration_ns) / 1e6 : NAN, graph, values);
    forget(i, graph, values);
    if (timed) total += nodes_[i].duration_ns;
  }
  for (size_t i = 0; i < n_own_outputs_; ++i) outputs.push_back(std::move(values[i]));
  return total;
}

void Nodes::load(Graph &graph, backend::Run &run, bool profiled) const {
  SessionSettings settings = settings_;
  if (profiled) settings.profile_prefix = folder_->prefix();
  graph.session = graph.model.load(settings);
  run.result().note = "the model was loaded once more, to be run node by node";
}

// The first outputs, with a profile written where times are wanted.
std::vector<OwnedValue> Nodes::run_session(Graph &graph, OrtRunOptions *options, const std::vector<OrtValue *> &inputs,
                                           size_t n_outputs, bool timed) {
  const bool profile_run = timed && context_.api.can_profile_run();
  std::vector<OrtValue *> made(n_outputs, nullptr);
  std::vector<OwnedValue> values;
  values.reserve(made.size());  // what a run has made is owned at once
  if (profile_run) context_.api.must(&OrtApi::RunOptionsEnableProfiling, options, path_of(folder_->prefix()).c_str());
  try {
    graph.session->run(options, inputs, made);
  } catch (...) {
    // What was profiled until then is of no use, and the options serve other runs too.
    if (profile_run) context_.api.attempt(&OrtApi::RunOptionsDisableProfiling, options);
    if (timed) {
      graph.session.reset();
      folder_.reset();
    }
    throw;
  }
  for (OrtValue *value : made) values.emplace_back(context_.api, &OrtApi::ReleaseValue, value);
  if (profile_run) {
    context_.api.must(&OrtApi::RunOptionsDisableProfiling, options);
  } else if (timed) {
    graph.session->end_profiling();
    graph.session.reset();
  }
  return values;
}

// Nodes within other nodes (the body of a loop) have indices of their own, but other names.
void Nodes::take_times(const std::vector<NodeTime> &times) {
  for (Node &node : nodes_) node.duration_ns = 0;
  for (const NodeTime &time : times) {
    if (time.index >= nodes_.size()) continue;
    Node &node = nodes_[time.index];
    if (node.runtime_name != time.name) continue;
    node.duration_ns += time.duration_ns;
    node.processor = time.processor;
  }
}

OrtValue *Nodes::computed(const Graph &graph, const Output &output, const std::vector<OwnedValue> &values) const {
  return values[graph.places[output.place]].get();
}

// What this run tells of a node.
void Nodes::complete(backend::Run &run, size_t index, const Graph &graph, const std::vector<OwnedValue> &values) {
  Node &node = nodes_[index];
  backend::Node &told = described_[index];
  if (told.processor.empty()) told.processor = node.processor;
  if (told.outputs.size() != node.outputs.size()) {
    for (Output &output : node.outputs) {
      const Slot &slot = slots_[output.place];
      output.shape = view_of(context_.api, computed(graph, output, values), slot.element_type).shape;
      if (context_.varying.contains(slot.name)) std::ranges::fill(output.shape, -1);
    }
    told.outputs.clear();  // one may have been refused
    describe_outputs(index);
  }
  told.inputs.clear();
  describe_inputs(index);
  run.describe_node(static_cast<uint32_t>(index), told);
  node.is_complete = true;
}

// What nobody reads any more: of all nodes together it is the largest part of what a run takes.
void Nodes::forget(size_t index, const Graph &graph, std::vector<OwnedValue> &values) const {
  for (const Output &output : nodes_[index].outputs) {
    const size_t place = graph.places[output.place];
    if (place >= n_own_outputs_ && place < values.size()) values[place].reset();
  }
}

void Nodes::end_node(backend::Run &run, size_t index, double ms, const Graph &graph,
                     const std::vector<OwnedValue> &values) const {
  if (!run.wants_end()) return;
  const Node &node = nodes_[index];
  std::vector<TensorView> views(node.outputs.size());
  std::vector<const void *> data(node.outputs.size());
  std::vector<const int64_t *> shapes(node.outputs.size());
  for (size_t i = 0; run.wants_data() && i < node.outputs.size(); ++i) {
    const Output &output = node.outputs[i];
    const Slot &slot = slots_[output.place];
    views[i] = view_of(context_.api, computed(graph, output, values), slot.element_type);
    if (!views[i].is_there) continue;
    if (runtime::matches(views[i].shape, output.shape)) {
      data[i] = views[i].data;
      shapes[i] = runtime::of_one_sample(described_[index].outputs[i], views[i].shape).data();
    } else {
      context_.log.warn("node '{}', output '{}': shape {} this time, {} before: its data are left out",
                        described_[index].name, printable(slot.name), runtime::open_shape_text(views[i].shape),
                        runtime::open_shape_text(output.shape));
    }
  }
  air_backend_event event{};
  event.node = static_cast<uint32_t>(index);
  event.values = &ms;
  event.n_values = 1;
  event.data = run.wants_data() ? data.data() : nullptr;
  event.shapes = run.wants_data() ? shapes.data() : nullptr;
  run.end_node(event);
}

}  // namespace air::ort
