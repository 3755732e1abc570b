// SPDX-License-Identifier: BSD-3-Clause
// One LiteRT model: its description and its runs.
#include "model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <set>

#include "common/descriptor_text.h"
#include "common/error.h"
#include "common/utf8.h"
#include "macc.h"
#include "reasons.h"
#include "runtime/file.h"
#include "runtime/model_hash.h"
#include "schema.h"
#include "tflm_operators.h"

namespace air::litert {

using runtime::Shape;

namespace {

// Only what is used is looked for. What is logged goes to the terminal.
Owned<abi::Environment> make_environment(const Api &api, int accelerators, int log) {
  const abi::EnvironmentOption options[] = {{abi::kTagRegisteredAccelerators, {abi::kTypeInteger, accelerators}},
                                            {abi::kTagLogSeverity, {abi::kTypeInteger, log}}};
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

// The operator that the runtime names in its reason, or NULL.
const FileOperator *refused_operator(const ModelFile &file, const std::string &reason) {
  constexpr std::string_view kNode = "Node number ";
  const size_t at = reason.find(kNode);
  uint64_t index = UINT64_MAX;
  if (at != std::string::npos) std::from_chars(reason.data() + at + kNode.size(), reason.data() + reason.size(), index);
  return index < file.operators.size() ? &file.operators[index] : nullptr;
}

// An operator of the runtime's own that fails for values of the inputs does so without layers, too.
bool depends_on_layers(const ModelFile &file, const Refusal &refusal) {
  const FileOperator *op = refused_operator(file, refusal.reason());
  return op == nullptr || !op->name.empty() || refusal.reason().find("failed to invoke") == std::string::npos;
}

const char *accelerator_name(int accelerator) {
  return accelerator == abi::kAcceleratorGpu ? "gpu" : "npu";
}

// The runtime goes on without an accelerator that it does not have.
void check_accelerator(const Api &api, abi::Environment environment, int accelerators) {
  constexpr const char *kTask = "accelerators of LiteRT";
  const int wanted = accelerators & ~abi::kAcceleratorCpu;
  if (wanted == 0) return;
  size_t n = 0;
  check(api->GetNumAccelerators(environment, &n), AIR_ERROR_INTERNAL, kTask);
  for (size_t i = 0; i < n; ++i) {
    abi::Accelerator accelerator = nullptr;
    int supported = 0;
    check(api->GetAccelerator(environment, i, &accelerator), AIR_ERROR_INTERNAL, kTask);
    check(api->GetAcceleratorHardwareSupport(accelerator, &supported), AIR_ERROR_INTERNAL, kTask);
    if ((supported & wanted) != 0) return;
  }
  fail(AIR_ERROR_UNSUPPORTED,
       "option accelerator={0} has no effect: this LiteRT has no {0} on this machine; leave it out",
       accelerator_name(wanted));
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
      environment_(checked_environment()),
      plain_(compile_plain()),
      node_outputs_(node_outputs()) {
  describe_ports();
  describe_nodes();
  describe_runtime();
  describe_model();
}

Owned<abi::Environment> Model::checked_environment() const {
  Owned<abi::Environment> environment = make_environment(api_, options_.accelerators, abi::kLogSilent);
  check_accelerator(api_, environment.get(), options_.accelerators);
  return environment;
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
             "input '{}' has a dynamic shape: give it with option shape, as in ?shape={}:{}", input.name,
             encode_descriptor_text(input.name), example(input));
      }
    }
    shapes.push_back(std::move(shape));
  }
  for (const auto &[name, ignored] : wanted) {
    if (name.empty() ? file_.inputs.size() != 1 : !names.contains(name) && !is_output(name)) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: the model has {} inputs and none is '{}'; there is {}",
           file_.inputs.size(), name, fmt::join(names, ", "));
    }
  }
  return shapes;
}

bool Model::is_output(std::string_view name) const {
  return std::any_of(file_.outputs.begin(), file_.outputs.end(),
                     [&](int32_t index) { return file_.tensor(index).name == name; });
}

std::unique_ptr<Compiled> Model::compile_in(abi::Environment environment, const std::vector<int32_t> &tensors,
                                            Purpose purpose, const Found &found, bool errors_to_stderr) const {
  CompiledSettings settings{options_.accelerators, options_.kernels,           options_.common.threads,
                            &options_.cpu,         purpose == Purpose::kNodes, errors_to_stderr};
  if (purpose != Purpose::kPlain) {
    settings.accelerators = abi::kAcceleratorCpu;
    if (settings.kernels == abi::kDelegateKernels) settings.kernels = abi::kBuiltinKernels;
  }
  return std::make_unique<Compiled>(api_, host_, environment, settings, file_, tensors, input_shapes_, found);
}

std::unique_ptr<Compiled> Model::compile(const std::vector<int32_t> &tensors, Purpose purpose,
                                         const Found &found) const {
  try {
    return compile_in(environment_.get(), tensors, purpose, found, false);
  } catch (const Refusal &refusal) {
    if (refusal.status() == AIR_ERROR_RUN_FAILED && !found.copies) {
      Found with_copies;
      with_copies.copies = true;
      return compile(tensors, purpose, with_copies);
    }
    if (!refusal.reason().empty()) throw;
    throw Refusal(refusal.status(), refusal.what_failed(), refusal.vendor_code(), reason_of_refusal(tensors, purpose));
  }
}

// A model that is refused cannot be asked why: the runtime writes it, to nobody's standard error.
std::string Model::reason_of_refusal(const std::vector<int32_t> &tensors, Purpose purpose) const {
  return reasons_of(standard_error_of([&] {
    const Owned<abi::Environment> loud = make_environment(api_, options_.accelerators, abi::kLogErrors);
    try {
      compile_in(loud.get(), tensors, purpose, {}, true);
    } catch (const std::exception &) {  // known already
    }
    make_environment(api_, options_.accelerators, abi::kLogSilent);  // also for all others
  }));
}

// A model that cannot be run is described as far as its file does.
std::unique_ptr<Compiled> Model::compile_plain() const {
  const auto is_known = [&](int32_t index) {
    return runtime::element_count(file_.tensor(index).shape).value_or(0) > 0;
  };
  std::unique_ptr<Compiled> compiled;
  Found found;
  try {
    compiled = compile(file_.outputs, Purpose::kPlain, nothing_found());
    found = compiled->found();
  } catch (const Refusal &refusal) {
    const bool describable = std::all_of(file_.outputs.begin(), file_.outputs.end(), is_known);
    if (refusal.status() == AIR_ERROR_INVALID_DESCRIPTOR || !describable) throw;
    for (const int32_t index : file_.outputs) found.shapes.push_back(file_.tensor(index).shape);
    found.refusal = refusal.what();
    compiled = compile(file_.outputs, Purpose::kPlain, found);
    log_.warn("{}", found.refusal);  // once: what cannot be compiled either is told by the error
    return compiled;
  }
  bool given = false;
  for (size_t i = 0; i < found.shapes.size(); ++i) {
    const FileTensor &output = file_.tensor(file_.outputs[i]);
    const auto wanted = options_.common.shapes.find(output.name);
    const bool is_wanted = wanted != options_.common.shapes.end();
    if (!found.varies[i] && !(is_wanted && found.was_run)) continue;
    if (!is_wanted) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR,
           "the size of output '{}' depends on the values of the inputs: give the one that is right for yours with "
           "option shape, as in ?shape={}:{}",
           output.name, output.name, fmt::join(found.shapes[i], "x"));
    }
    given = true;
    found.shapes[i] = wanted->second;
  }
  // Runs that found shapes have left their mark in the states.
  const bool again = given || (found.was_run && file_.has_states());
  return again ? compile(file_.outputs, Purpose::kPlain, found) : std::move(compiled);
}

// Tensors that are computed from shapes alone: the runtime does so once, beforehand, and does not give them out.
std::set<int32_t> Model::shape_arithmetic() const {
  std::set<int32_t> found;
  for (const FileOperator &op : file_.operators) {
    bool any = op.code == kShape || op.code == kRank;
    bool all = true;
    for (const int32_t input : op.inputs) {
      any = any || found.contains(input);
      all = all && (input < 0 || found.contains(input) || file_.tensor(input).is_constant);
    }
    if (any && (all || op.code == kShape || op.code == kRank)) found.insert(op.outputs.begin(), op.outputs.end());
  }
  return found;
}

// What is computed beforehand lies where it cannot be read.
Found Model::nothing_found() const {
  const std::set<int32_t> shapes = shape_arithmetic();
  Found found;
  found.copies =
      std::any_of(file_.outputs.begin(), file_.outputs.end(), [&](int32_t index) { return shapes.contains(index); });
  return found;
}

// The model's own outputs, then what else operators write.
std::vector<int32_t> Model::node_outputs() const {
  const std::set<int32_t> shapes = shape_arithmetic();
  std::vector<int32_t> outputs = file_.outputs;
  std::set<int32_t> known(outputs.begin(), outputs.end());
  for (const FileOperator &op : file_.operators) {
    for (const int32_t index : op.outputs) {
      const FileTensor &tensor = file_.tensor(index);
      const bool readable = dtype_of_type(tensor.type) != AIR_DTYPE_NONE && !tensor.is_constant &&
                            !tensor.is_variable && tensor.shape.size() <= abi::kMaxRank && !shapes.contains(index);
      if (readable && known.insert(index).second) outputs.push_back(index);
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

// Names of inputs, and of outputs, are different ones, though in the file some may be equal.
void Model::describe_ports() {
  const auto add = [this](runtime::TensorList &list, int32_t index, char kind, const Shape &shape) {
    runtime::TensorSpec spec = spec_of(index, fmt::format("{}.{}", kind, list.size()), shape);
    const std::string name = spec.name;
    const auto is_taken = [&list, &spec] {
      for (size_t i = 0; i < list.size(); ++i) {
        if (list[i].info().name == spec.name) return true;
      }
      return false;
    };
    for (int number = 2; is_taken(); ++number) spec.name = fmt::format("{}_{}", name, number);
    list.add(std::move(spec));
  };
  for (size_t i = 0; i < file_.inputs.size(); ++i) add(inputs_, file_.inputs[i], 'I', input_shapes_[i]);
  for (size_t i = 0; i < file_.outputs.size(); ++i) add(outputs_, file_.outputs[i], 'O', plain_->found().shapes[i]);
}

// Says which operator is not to be had without a delegate, and what to do.
Error Model::nodes_refused(const Refusal &refusal) const {
  constexpr const char *kAdvice = "leave the layers out (compare --outputs-only, run --mode io-only)";
  const FileOperator *op = refused_operator(file_, refusal.reason());
  if (op != nullptr && !op->name.empty()) {
    return {AIR_ERROR_UNSUPPORTED,
            fmt::format("layers are run without a delegate, and operator {} ({}) is not to be had without one: {}",
                        op - file_.operators.data(), op->name, kAdvice),
            refusal.vendor_code()};
  }
  return {refusal.status(), fmt::format("the layers cannot be run: {}; {}", refusal.what(), kAdvice),
          refusal.vendor_code()};
}

void Model::describe_nodes() {
  if (options_.accelerators != abi::kAcceleratorCpu || !options_.cpu.empty()) {
    no_nodes_ =
        "layers are run without a delegate, and options accelerator and cpu.* are for delegates: leave them out, "
        "or the layers (compare --outputs-only, run --mode io-only)";
    node_outputs_.clear();
  }
  try {
    if (!file_.operators.empty() && no_nodes_.empty()) find_node_shapes();
  } catch (const Refusal &refusal) {
    if (refusal.status() == AIR_ERROR_NO_MEMORY) throw;
    // What cannot be run at all has no use for advice on layers.
    const std::string &refused_too = plain_->found().refusal;
    no_nodes_ = refused_too.empty() ? nodes_refused(refusal).what() : refused_too;
    node_outputs_.clear();
    log_.warn("no nodes: {}", no_nodes_);
  }
  for (const FileOperator &op : file_.operators) add_node(op);
}

void Model::find_node_shapes() {
  const std::unique_ptr<Compiled> compiled = compile(node_outputs_, Purpose::kNodeShapes, nothing_found());
  const Found &found = compiled->found();
  std::vector<int32_t> kept;
  for (size_t i = 0; i < node_outputs_.size(); ++i) {
    const bool is_output = i < file_.outputs.size();
    if (!is_output && (found.varies[i] || runtime::element_count(found.shapes[i]) == 0)) continue;
    kept.push_back(node_outputs_[i]);
    nodes_found_.shapes.push_back(is_output ? plain_->found().shapes[i] : found.shapes[i]);
  }
  nodes_found_.copies = found.copies;
  node_outputs_ = std::move(kept);
}

void Model::add_node(const FileOperator &op) {
  const size_t index = nodes_.size();
  Node &node = nodes_.emplace_back();
  const char *known = wire::tflm_operator_name(op.code);
  const std::string type = !op.name.empty() ? op.name : known != nullptr ? known : "unknown";
  node.description = fmt::format("{} ({})", type, op.code);
  // Operators have no names: what they compute has.
  const std::string &output = op.outputs.empty() ? "" : file_.tensor(op.outputs[0]).name;
  node.name = output.empty() ? fmt::format("{}_{}", type, index) : output;
  for (const int32_t tensor : op.outputs) {
    const auto found = std::find(node_outputs_.begin(), node_outputs_.end(), tensor);
    if (found == node_outputs_.end()) continue;
    node.places.push_back(static_cast<size_t>(found - node_outputs_.begin()));
    node.outputs.add(spec_of(tensor, fmt::format("N.{}.{}", index, node.outputs.size()),
                             nodes_found_.shapes.at(node.places.back())));
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
  for (size_t i = 0; i < nodes_found_.shapes.size(); ++i)
    shapes[static_cast<size_t>(node_outputs_[i])] = nodes_found_.shapes[i];
  return shapes;
}

void Model::describe_model() {
  name_ = printable(path_.stem().string());
  hash_ = runtime::model_hash(bytes_);
  info_.struct_size = sizeof(info_);
  info_.capabilities = (nodes_.empty() ? 0u : AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA) |
                       (file_.has_states() ? AIR_CAP_RESET_STATES : 0u);
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
  if (with_nodes && !no_nodes_.empty()) fail(AIR_ERROR_UNSUPPORTED, "{}", no_nodes_);
  if (with_nodes && nodes_compiled_ == nullptr) nodes_compiled_ = compile(node_outputs_, Purpose::kNodes, nodes_found_);
  Compiled &compiled = with_nodes ? *nodes_compiled_ : *plain_;
  const uint64_t start = host_.now_ns();
  for (size_t i = 0; i < inputs_.size(); ++i)
    std::memcpy(compiled.input(i), run.inputs[i], inputs_[i].info().size_bytes);
  const uint64_t ready = host_.now_ns();
  try {
    if (!compiled.run(run)) return run.check(run.sink);
  } catch (const Refusal &refusal) {
    if (with_nodes && depends_on_layers(file_, refusal)) throw nodes_refused(refusal);
    throw;
  }
  for (size_t i = 0; i < outputs_.size(); ++i)
    std::memcpy(run.outputs[i], compiled.value(i), outputs_[i].info().size_bytes);
  run.result->device_ns = compiled.reached_ns() - ready;
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
    for (size_t i = 0; i < node.places.size(); ++i) node.data[i] = nodes_compiled_->value(node.places[i]);
    air_run_node_event event{};
    event.struct_size = sizeof(event);
    event.sample = run.sample;
    event.node = &node.info;
    event.data = with_data ? node.data.data() : nullptr;
    event.duration_ms = static_cast<double>(node.duration_us) / 1e3;
    if (run.on_node_end(run.sink, &event) != AIR_CONTINUE) return;
  }
}

void Model::reset_states() {
  if (!file_.has_states()) fail(AIR_ERROR_UNSUPPORTED, "model '{}' has no states", name_);
  plain_ = compile(file_.outputs, Purpose::kPlain, plain_->found());
  nodes_compiled_.reset();
}

}  // namespace air::litert
