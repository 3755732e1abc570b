// SPDX-License-Identifier: BSD-3-Clause
// One LiteRT model: its description and its runs.
#include "model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>

#include "common/error.h"
#include "common/utf8.h"
#include "macc.h"
#include "runtime/file.h"
#include "runtime/model_hash.h"
#include "tflm_operators.h"

namespace air::litert {

using runtime::Shape;

namespace {

Owned<abi::Environment> make_environment(const Api &api, int accelerators) {
  // Only what is used is looked for, and nothing is written to the terminal.
  const abi::EnvironmentOption options[] = {{abi::kTagRegisteredAccelerators, {abi::kTypeInteger, accelerators}},
                                            {abi::kTagLogSeverity, {abi::kTypeInteger, abi::kLogSilent}}};
  abi::Environment environment = nullptr;
  check(api->CreateEnvironment(2, options, &environment), AIR_ERROR_INTERNAL, "LiteRT cannot be started");
  return Owned<abi::Environment>(api->DestroyEnvironment, environment);
}

void check_dtypes(const ModelFile &file) {
  for (const auto *list : {&file.inputs, &file.outputs}) {
    for (const int32_t index : *list) {
      const FileTensor &tensor = file.tensor(index);
      if (dtype_of_type(tensor.type) != AIR_DTYPE_NONE) continue;
      fail(AIR_ERROR_UNSUPPORTED, "{} '{}' is {}: expected float16, 32 or 64, bool, or integers of 8 to 64 bits",
           list == &file.inputs ? "input" : "output", tensor.name, type_name(tensor.type));
    }
  }
}

std::string example(const FileTensor &input) {
  std::string text;
  for (size_t i = 0; i < input.shape.size(); ++i) {
    text += fmt::format("{}{}", i > 0 ? "x" : "",
                        !input.dynamic[i] ? std::to_string(input.shape[i])
                        : i == 0          ? "1"
                                          : "<n>");
  }
  return text;
}

}  // namespace

Model::Model(const air_host &host, const HostLog &log, const Options &options, const std::filesystem::path &path)
    : host_(host),
      log_(log),
      options_(options),
      path_(path),
      bytes_(runtime::read_model_file(path)),
      file_(bytes_, path.string()),
      input_shapes_(resolve_inputs()),
      api_(options.common.runtime, log),
      environment_(make_environment(api_, options.accelerators)),
      plain_(compile(file_.outputs, Purpose::kPlain)),
      node_outputs_(node_outputs()) {
  describe_ports();
  describe_nodes();
  describe_runtime();
  describe_model();
}

// The shapes of the file, with dynamic dimensions as the user says; a dynamic first one is the batch and is 1.
std::vector<Shape> Model::resolve_inputs() const {
  check_dtypes(file_);
  const runtime::WantedShapes &wanted = options_.common.shapes;
  std::vector<Shape> shapes;
  std::set<std::string> names;
  for (const int32_t index : file_.inputs) {
    const FileTensor &input = file_.tensor(index);
    names.insert(input.name);
    auto found = wanted.find(input.name);
    if (found == wanted.end() && file_.inputs.size() == 1) found = wanted.find("");
    Shape shape = found == wanted.end() ? input.shape : found->second;
    bool fits = shape.size() == input.shape.size();
    for (size_t i = 0; fits && i < shape.size(); ++i) fits = input.dynamic[i] || shape[i] == input.shape[i];
    if (!fits) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: {} does not fit input '{}', whose shape is {}",
           runtime::shape_text(shape), input.name, example(input));
    }
    for (size_t i = 0; i < shape.size() && found == wanted.end(); ++i) {
      if (input.dynamic[i] && i == 0) shape[i] = 1;
      if (input.dynamic[i] && i > 0) {
        fail(AIR_ERROR_INVALID_DESCRIPTOR,
             "input '{}' has a dynamic shape: give it with option shape, as in ?shape={}:{}", input.name, input.name,
             example(input));
      }
    }
    shapes.push_back(std::move(shape));
  }
  for (const auto &[name, ignored] : wanted) {
    if (name.empty() ? file_.inputs.size() != 1 : !names.contains(name)) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: the model has {} inputs and none is '{}'; there is {}",
           file_.inputs.size(), name, fmt::join(names, ", "));
    }
  }
  return shapes;
}

std::unique_ptr<Compiled> Model::compile(const std::vector<int32_t> &outputs, Purpose purpose) const {
  CompiledSettings settings{options_.accelerators, options_.kernels, options_.common.threads, &options_.cpu,
                            purpose == Purpose::kNodes};
  if (purpose != Purpose::kPlain) {
    settings.accelerators = abi::kAcceleratorCpu;
    if (settings.kernels == abi::kDelegateKernels) settings.kernels = abi::kBuiltinKernels;
  }
  return std::make_unique<Compiled>(api_, environment_.get(), file_.with_outputs(outputs), settings, file_, outputs,
                                    input_shapes_);
}

// The model's own outputs, then what else operators write.
std::vector<int32_t> Model::node_outputs() const {
  std::vector<int32_t> outputs = file_.outputs;
  for (const FileOperator &op : file_.operators) {
    for (const int32_t index : op.outputs) {
      const FileTensor &tensor = file_.tensor(index);
      const bool readable = dtype_of_type(tensor.type) != AIR_DTYPE_NONE && !tensor.is_constant && !tensor.is_variable;
      if (readable && std::find(outputs.begin(), outputs.end(), index) == outputs.end()) outputs.push_back(index);
    }
  }
  return outputs;
}

runtime::TensorSpec Model::spec_of(int32_t index, std::string tag, const Shape &shape) const {
  const FileTensor &tensor = file_.tensor(index);
  const air_dtype dtype = dtype_of_type(tensor.type);
  return {tensor.name.empty() ? fmt::format("tensor_{}", index) : tensor.name, std::move(tag), dtype, shape,
          tensor.quantization};
}

void Model::describe_ports() {
  for (size_t i = 0; i < file_.inputs.size(); ++i)
    inputs_.add(spec_of(file_.inputs[i], fmt::format("I.{}", i), input_shapes_[i]));
  for (size_t i = 0; i < file_.outputs.size(); ++i) {
    outputs_.add(spec_of(file_.outputs[i], fmt::format("O.{}", i), plain_->output_shape(i)));
  }
}

// A model whose operators cannot be run one by one is still of use.
void Model::describe_nodes() {
  try {
    if (file_.operators.empty()) fail(AIR_ERROR_UNSUPPORTED, "the graph has no operators");
    const std::unique_ptr<Compiled> compiled = compile(node_outputs_, Purpose::kNodeShapes);
    for (size_t i = 0; i < node_outputs_.size(); ++i) node_output_shapes_.push_back(compiled->output_shape(i));
    for (const FileOperator &op : file_.operators) add_node(op, node_outputs_);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    log_.write(AIR_LOG_WARNING, "no nodes: {}", error.what());
    nodes_.clear();
  }
}

void Model::add_node(const FileOperator &op, const std::vector<int32_t> &outputs) {
  const size_t index = nodes_.size();
  Node &node = nodes_.emplace_back();
  const char *known = wire::tflm_operator_name(op.code);
  const std::string type = !op.name.empty() ? op.name : known != nullptr ? known : "unknown";
  node.description = fmt::format("{} ({})", type, op.code);
  // Operators have no names: what they compute has.
  const std::string &output = op.outputs.empty() ? "" : file_.tensor(op.outputs[0]).name;
  node.name = output.empty() ? fmt::format("{}_{}", type, index) : output;
  for (const int32_t tensor : op.outputs) {
    const auto found = std::find(outputs.begin(), outputs.end(), tensor);
    if (found == outputs.end()) continue;
    node.places.push_back(static_cast<size_t>(found - outputs.begin()));
    node.outputs.add(spec_of(tensor, fmt::format("N.{}.{}", index, node.outputs.size()),
                             node_output_shapes_.at(node.places.back())));
  }
  node.data.resize(node.places.size());
  node.info.struct_size = sizeof(node.info);
  node.info.index = static_cast<uint32_t>(index);
  node.info.id = static_cast<int32_t>(index);
  node.info.type = op.code;
  node.info.name = node.name.c_str();
  node.info.description = node.description.c_str();
  node.info.n_outputs = node.outputs.size();
  node.info.outputs = node.outputs.infos();
}

void Model::describe_runtime() {
  runtime_description_ = fmt::format("{}; model: schema {}", api_.path(), file_.version);
  if (!file_.description.empty()) runtime_description_ += ", " + file_.description;
  if (!file_.made_by.empty()) runtime_description_ += fmt::format(", for runtime {} or newer", file_.made_by);
  runtime_info_.struct_size = sizeof(runtime_info_);
  runtime_info_.name = "LiteRT";
  runtime_info_.description = runtime_description_.c_str();
  runtime_info_.compiler = "";
  runtime_info_.protocol = "C API, in this process";
  uint32_t(&version)[3] = runtime_info_.version;
  if (std::sscanf(api_.release().c_str(), "%u.%u.%u", &version[0], &version[1], &version[2]) < 1) version[0] = 0;
}

// Of every tensor, as far as they are known after inputs were resized.
std::vector<Shape> Model::tensor_shapes() const {
  std::vector<Shape> shapes;
  for (const FileTensor &tensor : file_.tensors) shapes.push_back(tensor.shape);
  for (size_t i = 0; i < input_shapes_.size(); ++i) shapes[static_cast<size_t>(file_.inputs[i])] = input_shapes_[i];
  for (size_t i = 0; i < node_output_shapes_.size(); ++i)
    shapes[static_cast<size_t>(node_outputs_[i])] = node_output_shapes_[i];
  return shapes;
}

void Model::describe_model() {
  name_ = printable(path_.stem().string());
  hash_ = runtime::model_hash(bytes_);
  info_.struct_size = sizeof(info_);
  info_.capabilities = (nodes_.empty() ? 0u : uint32_t{AIR_CAP_PER_LAYER} | AIR_CAP_PER_LAYER_DATA) |
                       (file_.states_bytes == 0 ? 0u : uint32_t{AIR_CAP_RESET_STATES});
  info_.name = name_.c_str();
  info_.model_datetime = info_.compile_datetime = info_.flags = "";
  info_.hash = hash_.c_str();
  info_.n_nodes = static_cast<uint32_t>(nodes_.size());
  info_.native_batch = 1;
  info_.macc = count_macc(file_, tensor_shapes());
  info_.weights_bytes = file_.weights_bytes;
  info_.activations_bytes = UINT64_MAX;
  info_.states_bytes = file_.states_bytes;
  info_.n_inputs = inputs_.size();
  info_.inputs = inputs_.infos();
  info_.n_outputs = outputs_.size();
  info_.outputs = outputs_.infos();
  info_.runtime = &runtime_info_;
  info_.device = &device_.info();
  info_.install_ms = info_.init_ms = -1.0;
}

air_status Model::run(const air_run &run) {
  const bool with_nodes = (run.mode & (AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA)) != 0;
  if (const air_status go_on = run.check(run.sink); go_on != AIR_OK) return go_on;
  if (with_nodes && nodes_compiled_ == nullptr) nodes_compiled_ = compile(node_outputs_, Purpose::kNodes);
  Compiled &compiled = with_nodes ? *nodes_compiled_ : *plain_;
  const uint64_t start = host_.now_ns();
  for (size_t i = 0; i < inputs_.size(); ++i)
    std::memcpy(compiled.input(i), run.inputs[i], inputs_[i].info().size_bytes);
  const uint64_t ready = host_.now_ns();
  if (!compiled.run(run)) return run.check(run.sink);
  const uint64_t done = host_.now_ns();
  for (size_t i = 0; i < outputs_.size(); ++i)
    std::memcpy(run.outputs[i], compiled.output(i), outputs_[i].info().size_bytes);
  run.result->device_ns = done - ready;
  if (with_nodes) emit(run);
  run.result->end_ns = host_.now_ns();
  run.result->exec_ns = run.result->end_ns - start;
  return AIR_OK;
}

void Model::emit(const air_run &run) {
  for (Node &node : nodes_) node.duration_us = 0;
  uint64_t total_us = 0;
  for (const OperatorTime &time : nodes_compiled_->times()) {
    if (time.index >= nodes_.size()) continue;
    nodes_[time.index].duration_us += time.duration_us;
    total_us += time.duration_us;
  }
  run.result->device_ns = total_us * 1000;
  const bool with_data = (run.mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0;
  for (Node &node : nodes_) {
    if (run.on_node_end == nullptr) return;
    for (size_t i = 0; i < node.places.size(); ++i) node.data[i] = nodes_compiled_->output(node.places[i]);
    air_node_event event{};
    event.struct_size = sizeof(event);
    event.sample = run.sample;
    event.node = &node.info;
    event.data = with_data ? node.data.data() : nullptr;
    event.duration_ms = static_cast<double>(node.duration_us) / 1e3;
    if (run.on_node_end(run.sink, &event) != AIR_CONTINUE) return;
  }
}

void Model::reset_states() {
  if (file_.states_bytes == 0) fail(AIR_ERROR_UNSUPPORTED, "model '{}' has no states", name_);
  plain_ = compile(file_.outputs, Purpose::kPlain);
  nodes_compiled_.reset();
}

}  // namespace air::litert
