// SPDX-License-Identifier: BSD-3-Clause
// Option only: a model of some nodes of another.
#include "onnxruntime/part.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "onnxruntime/bodies.h"
#include "onnxruntime/fit.h"
#include "onnxruntime/graph_facts.h"
#include "onnxruntime/model_file.h"
#include "onnxruntime/probe.h"
#include "onnxruntime/rewrite.h"
#include "runtime/part.h"
#include "runtime/tensor.h"

namespace air::ort {

using runtime::Part;
using runtime::Shape;
using runtime::Wiring;

namespace {

// The values of a graph by numbers, and its nodes as what they read and write.
class Wired {
 public:
  explicit Wired(const ModelFile &file) : file_(file) {
    for (const ValueInfo &input : file.inputs) number(input.name);
    for (const GraphNode &node : file.nodes) {
      for (const std::string_view output : node.outputs) number(output);
    }
    each_graph_field(file.bytes, [&](const protobuf::Field &field) {
      if (field.number == onnx_field::kGraphNode && !constant_of(field.bytes)) add(field.bytes);
    });
    for (const ValueInfo &output : file.outputs) {
      if (const auto found = numbers_.find(output.name); found != numbers_.end()) outputs_.insert(found->second);
    }
  }

  Part part(std::string_view wanted) const {
    std::vector<std::string> names;
    for (size_t i = 0; i < file_.nodes.size(); ++i) names.push_back(printable(name_of_node(file_.nodes[i], i)));
    return runtime::part_of(nodes_, runtime::nodes_named(wanted, names), outputs_);
  }

  std::string_view name(uint32_t value) const { return names_[value]; }
  // Of a node: values, constants too.
  const std::set<std::string_view> &reads(uint32_t node) const { return reads_[node]; }

 private:
  void number(std::string_view value) {
    if (!value.empty() && numbers_.emplace(value, static_cast<uint32_t>(names_.size())).second) names_.push_back(value);
  }

  void add(protobuf::Bytes bytes) {
    const GraphNode &node = file_.nodes.at(nodes_.size());
    const std::set<std::string_view> inner = read_by_bodies(bytes);
    std::vector<std::string_view> reads = node.inputs;
    reads.insert(reads.end(), inner.begin(), inner.end());
    Wiring &wiring = nodes_.emplace_back();
    wiring.is_fixed = inner.empty();
    for (const std::string_view value : reads) {
      const auto found = numbers_.find(value);
      if (found != numbers_.end()) wiring.reads.push_back(found->second);
      wiring.reads_constants = wiring.reads_constants || file_.is_constant(value);
    }
    for (const std::string_view value : node.outputs) {
      if (!value.empty()) wiring.writes.push_back(numbers_.at(value));
    }
    reads_.emplace_back(reads.begin(), reads.end());
  }

  const ModelFile &file_;
  std::map<std::string_view, uint32_t> numbers_;
  std::vector<std::string_view> names_;
  std::vector<Wiring> nodes_;
  std::vector<std::set<std::string_view>> reads_;
  std::set<uint32_t> outputs_;
};

// Types and shapes of values, as the runtime tells them of the whole graph.
class Types {
 public:
  Types(const ModelFile &file, const std::filesystem::path &path, const Options &options, const HostLog &log)
      : file_(file),
        settings_{&options, text_of(path.parent_path()), ORT_DISABLE_ALL, "", false, &log},
        input_shapes_(resolve_inputs(file, options.common.shapes)),
        varying_(find_varying_shapes(file)),
        api_(options.common.runtime, log),
        env_(make_owned<OrtEnv>(api_, &OrtApi::ReleaseEnv, [this](OrtEnv **made) {
          api_.must(&OrtApi::CreateEnv, ORT_LOGGING_LEVEL_FATAL, "airunner", made);
        })) {
    for (size_t i = 0; i < file.inputs.size(); ++i) {
      known_.emplace(file.inputs[i].name, file.inputs[i]).first->second.shape = input_shapes_[i];
    }
  }

  void find(const std::set<std::string_view> &names) {
    std::vector<std::string> inner;
    std::set<std::string_view> own;
    for (const ValueInfo &output : file_.outputs) own.insert(output.name);
    for (const std::string_view name : names) {
      if (!own.contains(name) && !known_.contains(name)) inner.emplace_back(name);
    }
    FittedModel whole(api_, env_.get(), file_, input_shapes_, inner, settings_);
    const std::unique_ptr<Session> session = whole.take_session();
    std::vector<Shape> shapes;
    const std::vector<Slot> &slots = session->outputs();
    // The runtime tells a scalar where it does not know the rank.
    const bool all_told = std::ranges::all_of(slots, [&](const Slot &slot) {
      return !names.contains(slot.name) || (!slot.shape.empty() && runtime::is_static(slot.shape));
    });
    if (!all_told) shapes = probe(*session);
    for (size_t i = 0; i < slots.size(); ++i) {
      const auto name = names.find(slots[i].name);
      if (name == names.end()) continue;
      const Shape shape = all_told || shapes.empty() ? slots[i].shape : shapes[i];
      known_.emplace(*name, ValueInfo{*name, slots[i].element_type, true, shape, {}});
    }
  }

  ValueInfo input(std::string_view name) const {
    ValueInfo value = tensor(name, "read", "input");
    if (varying_.contains(name) || !runtime::is_static(value.shape)) {
      fail(AIR_ERROR_UNSUPPORTED,
           "option only: '{}', which these nodes read, has a shape that only a run tells, and cannot be an input",
           printable(name));
    }
    return value;
  }
  ValueInfo output(std::string_view name) const {
    ValueInfo value = tensor(name, "compute", "output");
    if (varying_.contains(name)) std::ranges::fill(value.shape, -1);
    return value;
  }

  // What a model without inputs computes, as fields of a graph.
  std::string initializers(const std::string &model, const std::vector<std::string_view> &names) const {
    enum : uint32_t { kDims = 1, kType = 2, kName = 8, kRaw = 9 };
    Session session(api_, env_.get(), model, settings_);
    const auto options = run_options();
    std::vector<OrtValue *> made(names.size(), nullptr);
    std::vector<OwnedValue> values;
    values.reserve(made.size());  // what a run has made is owned at once
    session.run(options.get(), {}, made);
    for (OrtValue *value : made) values.emplace_back(api_, &OrtApi::ReleaseValue, value);
    std::string fields;
    for (size_t i = 0; i < names.size(); ++i) {
      const ONNXTensorElementDataType type = session.outputs().at(i).element_type;
      const TensorView view = view_of(api_, values[i].get(), type);
      const auto size = runtime::size_of(dtype_of_element(type), view.shape);
      if (!view.is_there || !size)
        fail(AIR_ERROR_UNSUPPORTED, "option fold: '{}' is not computed", printable(names[i]));
      std::string tensor;
      for (const int64_t dimension : view.shape) protobuf::append_integer(tensor, kDims, dimension);
      protobuf::append_integer(tensor, kType, type);
      protobuf::append_bytes(tensor, kName, names[i]);
      protobuf::append_bytes(tensor, kRaw, {static_cast<const char *>(view.data), static_cast<size_t>(*size)});
      protobuf::append_bytes(fields, onnx_field::kGraphInitializer, tensor);
    }
    return fields;
  }

 private:
  Owned<OrtRunOptions> run_options() const {
    return make_owned<OrtRunOptions>(api_, &OrtApi::ReleaseRunOptions,
                                     [this](OrtRunOptions **made) { api_.must(&OrtApi::CreateRunOptions, made); });
  }

  ValueInfo tensor(std::string_view name, const char *what_they_do, const char *what_it_is) const {
    const auto found = known_.find(name);
    const int64_t type = found == known_.end() ? 0 : found->second.element_type;
    if (dtype_of_element(type) == AIR_DTYPE_NONE) {
      fail(AIR_ERROR_UNSUPPORTED, "option only: '{}', which these nodes {}, is {} and cannot be an {}", printable(name),
           what_they_do, type == 0 ? "no tensor" : element_type_name(type), what_it_is);
    }
    return found->second;
  }

  // None where a run with made up inputs fails.
  std::vector<Shape> probe(Session &session) const {
    const auto memory = make_owned<OrtMemoryInfo>(api_, &OrtApi::ReleaseMemoryInfo, [this](OrtMemoryInfo **made) {
      api_.must(&OrtApi::CreateCpuMemoryInfo, OrtArenaAllocator, OrtMemTypeDefault, made);
    });
    const auto options = run_options();
    try {
      return probe_outputs({api_, memory.get(), options.get(), file_}, session, input_shapes_);
    } catch (const Error &error) {
      if (error.status() == AIR_ERROR_NO_MEMORY) throw;
      settings_.log->write(AIR_LOG_INFO, "option only: a run with ones could not tell the shapes: {}", error.what());
      return {};
    }
  }

  const ModelFile &file_;
  const SessionSettings settings_;
  const std::vector<Shape> input_shapes_;
  const std::set<std::string_view> varying_;
  const Api api_;
  const Owned<OrtEnv> env_;
  std::map<std::string_view, ValueInfo> known_;
};

// The graph of the part, from fields of the whole.
class PartWriter {
 public:
  PartWriter(const ModelFile &file, const Wired &wired, const Part &part) : file_(file), wired_(wired), part_(part) {
    for (const uint32_t node : part.nodes) {
      reads_.insert(wired.reads(node).begin(), wired.reads(node).end());
      made_.insert(file.nodes[node].outputs.begin(), file.nodes[node].outputs.end());
    }
  }

  // With more initializers, as fields of the graph.
  std::string write(const Types &types, const std::string &initializers = "") {
    std::string graph = initializers, out;
    each_graph_field(file_.bytes, [&](const protobuf::Field &field) {
      if (keeps(field)) graph += protobuf::text_of(field.whole);
    });
    for (const uint32_t value : part_.inputs) {
      const ValueInfo info = types.input(wired_.name(value));
      append_value(graph, onnx_field::kGraphInput, info, info.shape);
    }
    for (const uint32_t value : part_.outputs) {
      const ValueInfo info = types.output(wired_.name(value));
      append_value(graph, onnx_field::kGraphOutput, info, info.shape);
    }
    protobuf::Reader model(file_.bytes);
    for (protobuf::Field field; model.next(field);) {
      if (field.number != onnx_field::kModelGraph) out += protobuf::text_of(field.whole);
    }
    protobuf::append_bytes(out, onnx_field::kModelGraph, graph);
    return out;
  }

 private:
  bool keeps(const protobuf::Field &field) {
    switch (field.number) {
      case onnx_field::kGraphNode:
        if (const auto constant = constant_of(field.bytes)) return reads_.contains(*constant);
        return part_.nodes.contains(next_node_++);
      case onnx_field::kGraphInitializer:
        return reads_.contains(read_tensor(field.bytes).first);
      case onnx_field::kGraphInput: {  // models of before IR 4 name initializers there, too
        const std::string_view name = name_of_value(field.bytes);
        return file_.is_constant(name) && reads_.contains(name);
      }
      case onnx_field::kGraphValue: {
        const std::string_view name = name_of_value(field.bytes);
        const auto is_output = [&](uint32_t value) { return wired_.name(value) == name; };
        return made_.contains(name) && std::ranges::none_of(part_.outputs, is_output);
      }
      case onnx_field::kGraphOutput:
      case onnx_field::kGraphAnnotation:
        return false;
      default:
        return true;
    }
  }

  const ModelFile &file_;
  const Wired &wired_;
  const Part &part_;
  std::set<std::string_view> reads_, made_;
  uint32_t next_node_ = 0;
};

// Takes those nodes out of a part that compute constants, and gives these as initializers.
std::string fold(const ModelFile &file, const Wired &wired, const Types &types, Part &part) {
  if (part.fixed.empty()) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "option fold has no effect: no node computes from constants alone what these nodes read; leave it out");
  }
  const Part fixed{part.fixed, {}, {}, {}, part.constants};
  std::vector<std::string_view> names;
  for (const uint32_t value : part.constants) names.push_back(wired.name(value));
  for (const uint32_t node : part.fixed) part.nodes.erase(node);
  return types.initializers(PartWriter(file, wired, fixed).write(types), names);
}

}  // namespace

std::vector<std::byte> part_of_model(std::span<const std::byte> bytes, const std::filesystem::path &path,
                                     const Options &options, const HostLog &log) {
  const ModelFile file(bytes, text_of(path));
  std::string written;
  read_or_refuse(bytes, text_of(path), [&] {
    const Wired wired(file);
    Part part = wired.part(options.common.only);
    std::set<std::string_view> border;
    for (const auto *values : {&part.inputs, &part.outputs, &part.constants}) {
      for (const uint32_t value : *values) border.insert(wired.name(value));
    }
    Types types(file, path, options, log);
    types.find(border);
    const std::string initializers = options.fold ? fold(file, wired, types, part) : "";
    written = PartWriter(file, wired, part).write(types, initializers);
  });
  const std::span made = std::as_bytes(std::span(written));
  return {made.begin(), made.end()};
}

}  // namespace air::ort
