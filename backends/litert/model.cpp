// SPDX-License-Identifier: BSD-3-Clause
// The connection to one LiteRT model: its description and its runs.
#include "litert/model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/descriptor_text.h"
#include "common/error.h"
#include "common/utf8.h"
#include "litert/macc.h"
#include "litert/reasons.h"
#include "litert/schema.h"
#include "litert/weights.h"
#include "plugin/host_device.h"
#include "runtime/describe.h"
#include "runtime/file.h"
#include "runtime/model_hash.h"
#include "wire/tflm_operators.h"

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
      fail(AIR_ERROR_UNSUPPORTED,
           "{} '{}' is {}: expected float16, 32 or 64, bfloat16, bool, or integers of 4 to 64 bits",
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

// Until it goes.
class Watching {
 public:
  Watching(Watch &watch, Watch now) : watch_(watch) { watch_ = std::move(now); }
  ~Watching() { watch_ = nothing(); }
  Watching(const Watching &) = delete;
  Watching &operator=(const Watching &) = delete;

  static Watch nothing() {
    return [] {};
  }

 private:
  Watch &watch_;
};

}  // namespace

Model::Model(const backend::Request &request)
    : log_(request.log()),
      watch_([&request] { request.check(); }),
      options_(read_litert_options(request)),
      path_(runtime::model_path(request.rest(), "tflite")),
      descriptor_(runtime::canonical_descriptor(request, kLiteRtOptions, path_.string())),
      bytes_(runtime::read_model_file(path_)),
      hash_(runtime::model_hash(bytes_)),
      file_(round_weights(bytes_, path_.string(), options_.common, log_), path_.string()),
      input_shapes_(resolve_inputs()),
      api_(options_.common.runtime, log_),
      environment_(checked_environment()),
      plain_(compile_plain()),
      node_outputs_(node_outputs()),
      models_(1),
      model_(models_[0]) {
  model_.name = printable(path_.stem().string());
  runtime::check_name(request, model_.name, path_.string());
  describe_ports();
  request.check();
  describe_nodes();
  describe_model();
  watch_ = Watching::nothing();
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
    bool fits = shape.size() == input.shape.size() && (found == wanted.end() || runtime::is_static(shape));
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

std::unique_ptr<Compiled> Model::compile_in(abi::Environment environment, const Tensors &tensors, Purpose purpose,
                                            const Found &found, bool errors_to_stderr) const {
  CompiledSettings settings{options_.accelerators, options_.kernels,           options_.common.threads,
                            &options_.cpu,         purpose == Purpose::kNodes, errors_to_stderr};
  if (purpose != Purpose::kPlain) {
    settings.accelerators = abi::kAcceleratorCpu;
    if (settings.kernels == abi::kDelegateKernels) settings.kernels = abi::kBuiltinKernels;
  }
  return std::make_unique<Compiled>(api_, environment, settings, file_, tensors, input_shapes_, found, watch_);
}

std::unique_ptr<Compiled> Model::compile(const Tensors &tensors, Purpose purpose, const Found &found) const {
  try {
    return compile_in(environment_.get(), tensors, purpose, found, false);
  } catch (const Refusal &refusal) {
    if (refusal.status() == AIR_ERROR_RUN_FAILED && found.reading != Reading::kPadded) {
      Found padded;
      padded.reading = Reading::kPadded;
      return compile(tensors, purpose, padded);
    }
    if (!refusal.reason().empty()) throw;
    throw Refusal(refusal.status(), refusal.what_failed(), refusal.vendor_code(), reason_of_refusal(tensors, purpose));
  }
}

// A model that is refused cannot be asked why: the runtime writes it, to nobody's standard error.
std::string Model::reason_of_refusal(const Tensors &tensors, Purpose purpose) const {
  return reasons_of(standard_error_of([&] {
    const Owned<abi::Environment> loud = make_environment(api_, options_.accelerators, abi::kLogErrors);
    try {
      compile_in(loud.get(), tensors, purpose, {}, true);
    } catch (...) {  // known already
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
    compiled = compile({file_.outputs, {}}, Purpose::kPlain, nothing_found());
    found = compiled->found();
  } catch (const Refusal &refusal) {
    const bool describable = std::all_of(file_.outputs.begin(), file_.outputs.end(), is_known);
    if (refusal.status() == AIR_ERROR_INVALID_DESCRIPTOR || !describable) throw;
    for (const int32_t index : file_.outputs) found.shapes.push_back(file_.tensor(index).shape);
    found.refusal = refusal.what();
    compiled = compile({file_.outputs, {}}, Purpose::kPlain, found);
    log_.warn("{}", found.refusal);  // once: what cannot be compiled either is told by the error
    return compiled;
  }
  const std::vector<Shape> shapes = found.shapes;
  apply_wanted_shapes(found);
  // Runs that found shapes have left their mark in the states.
  const bool again = shapes != found.shapes || (found.was_run && file_.has_states());
  return again ? compile({file_.outputs, {}}, Purpose::kPlain, found) : std::move(compiled);
}

// Of outputs whose shape only a run tells.
void Model::apply_wanted_shapes(Found &found) const {
  for (size_t i = 0; i < found.shapes.size() && found.was_run; ++i) {
    const FileTensor &output = file_.tensor(file_.outputs[i]);
    const auto wanted = options_.common.shapes.find(output.name);
    if (wanted != options_.common.shapes.end()) found.shapes[i] = wanted->second;
  }
}

// Tensors that are computed from shapes alone: the runtime does so once, beforehand, and does not give them out.
std::set<int32_t> Model::shape_arithmetic() const {
  std::set<int32_t> found;
  for (const FileOperator &op : file_.operators) {
    bool any = op.code == schema::BuiltinOperator_SHAPE || op.code == schema::BuiltinOperator_RANK;
    bool all = true;
    for (const int32_t input : op.inputs) {
      any = any || found.contains(input);
      all = all && (input < 0 || found.contains(input) || file_.tensor(input).is_constant);
    }
    if (any && (all || op.code == schema::BuiltinOperator_SHAPE || op.code == schema::BuiltinOperator_RANK))
      found.insert(op.outputs.begin(), op.outputs.end());
  }
  return found;
}

// What is computed beforehand lies where it cannot be read.
Found Model::nothing_found() const {
  const std::set<int32_t> shapes = shape_arithmetic();
  Found found;
  const auto is_arithmetic = [&](int32_t index) { return shapes.contains(index); };
  if (std::any_of(file_.outputs.begin(), file_.outputs.end(), is_arithmetic)) found.reading = Reading::kCopied;
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

backend::Tensor Model::describe(int32_t index, const Shape &shape) const {
  const FileTensor &tensor = file_.tensor(index);
  return runtime::describe_tensor(tensor.name.empty() ? fmt::format("tensor_{}", index) : tensor.name,
                                  dtype_of_type(tensor.type), shape,
                                  tensor.quantization ? &*tensor.quantization : nullptr);
}

// Names of inputs, and of outputs, are different ones, though in the file some may be equal.
void Model::describe_ports() {
  const auto add = [this](std::vector<backend::Tensor> &list, int32_t index, const Shape &shape) {
    backend::Tensor tensor = describe(index, shape);
    const std::string name = tensor.name;
    for (int number = 2; std::ranges::find(list, tensor.name, &backend::Tensor::name) != list.end(); ++number)
      tensor.name = fmt::format("{}_{}", name, number);
    list.push_back(std::move(tensor));
  };
  for (size_t i = 0; i < file_.inputs.size(); ++i) add(model_.inputs, file_.inputs[i], input_shapes_[i]);
  for (size_t i = 0; i < file_.outputs.size(); ++i) add(model_.outputs, file_.outputs[i], plain_->found().shapes[i]);
}

// Says which operator is not to be had without a delegate, and what to do.
Error Model::nodes_refused(const Refusal &refusal, bool is_given) const {
  const char *what = is_given ? "with given values a model is" : "layers are";
  const char *advice =
      is_given ? "give no values" : "leave the layers out (compare --outputs-only, run --mode io-only)";
  const FileOperator *op = refused_operator(file_, refusal.reason());
  if (op != nullptr && !op->name.empty()) {
    return {AIR_ERROR_UNSUPPORTED,
            fmt::format("{} run without a delegate, and operator {} ({}) is not to be had without one: {}", what,
                        op - file_.operators.data(), op->name, advice),
            refusal.vendor_code()};
  }
  return {refusal.status(),
          fmt::format("{} run without a delegate, and that fails: {}; {}", what, refusal.what(), advice),
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
    no_nodes_ = refused_too.empty() ? nodes_refused(refusal, false).what() : refused_too;
    node_outputs_.clear();
    log_.warn("no nodes: {}", no_nodes_);
  }
  for (const FileOperator &op : file_.operators) add_node(op);
  if (no_nodes_.empty()) layers_ = layers_with({});
}

void Model::find_node_shapes() {
  const std::unique_ptr<Compiled> compiled = compile({node_outputs_, {}}, Purpose::kNodeShapes, nothing_found());
  const Found &found = compiled->found();
  std::vector<int32_t> kept;
  for (size_t i = 0; i < node_outputs_.size(); ++i) {
    const bool is_output = i < file_.outputs.size();
    if (!is_output && runtime::element_count(found.shapes[i]) == 0) continue;
    kept.push_back(node_outputs_[i]);
    nodes_found_.shapes.push_back(is_output ? plain_->found().shapes[i] : found.shapes[i]);
  }
  nodes_found_.reading = found.reading;
  node_outputs_ = std::move(kept);
}

void Model::add_node(const FileOperator &op) {
  Node &node = nodes_.emplace_back();
  backend::Node &told = model_.nodes.emplace_back();
  const auto code = static_cast<uint32_t>(op.code);
  const char *known = wire::tflm_operator_name(code);
  const std::string type = !op.name.empty() ? op.name : known != nullptr ? known : "unknown";
  // Operators have no names: what they compute has.
  const std::string &output = op.outputs.empty() ? "" : file_.tensor(op.outputs[0]).name;
  told.name = output.empty() ? fmt::format("{}_{}", type, nodes_.size() - 1) : output;
  told.operation = fmt::format("{} ({})", type, code);
  told.operation_code = code;
  told.layer_number = static_cast<uint32_t>(nodes_.size());
  told.processor = "CPU";
  told.computes_in = computes_in(op);
  for (const int32_t tensor : op.outputs) {
    const auto found = std::find(node_outputs_.begin(), node_outputs_.end(), tensor);
    if (found == node_outputs_.end()) continue;
    node.places.push_back(static_cast<size_t>(found - node_outputs_.begin()));
    told.outputs.push_back(describe(tensor, nodes_found_.shapes.at(node.places.back())));
  }
  node.data.resize(node.places.size());
  node.shapes.resize(node.places.size());
}

// Kernels may convert what they have no kernel for: float activations to the type of integer weights, float16 to float32.
air_dtype Model::computes_in(const FileOperator &op) const {
  std::vector<air_dtype> types;
  for (const auto *list : {&op.inputs, &op.outputs}) {
    for (const int32_t index : *list) {
      if (index >= 0) types.push_back(dtype_of_type(file_.tensor(index).type));
    }
  }
  const air_dtype type = runtime::computing_type(types);
  const bool converted = type == AIR_DTYPE_FLOAT16 || type == AIR_DTYPE_BFLOAT16 || type == AIR_DTYPE_INT4;
  return converted ? AIR_DTYPE_NONE : type;
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
  std::string description = fmt::format("{}; model: schema {}", api_.path(), file_.version);
  if (!file_.description.empty()) description += ", " + file_.description;
  if (!file_.made_by.empty()) description += fmt::format(", for runtime {} or newer", file_.made_by);
  model_.properties = host_device();
  model_.properties.emplace_back("hash", hash_);
  model_.properties.emplace_back("runtime", "LiteRT");
  model_.properties.emplace_back("runtime.description", std::move(description));
  model_.properties.emplace_back("runtime.protocol", "C API, in this process");
  runtime::add_version(model_.properties, "runtime.version", api_.release());
  model_.capabilities = (nodes_.empty() ? 0u : AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA) |
                        (any_can_be_given() ? AIR_CAP_GIVEN : 0u) | (file_.has_states() ? AIR_CAP_RESET_STATES : 0u);
  model_.macc = runtime::told(count_macc(file_, tensor_shapes()));
  model_.weights_bytes = runtime::told(file_.weights_bytes);
  model_.states_bytes = runtime::told(file_.states_bytes);
}

// All that it computes can be read and written, and be told to lie elsewhere.
bool Model::can_be_given(size_t index) const {
  const FileOperator &op = file_.operators[index];
  const std::vector<size_t> &places = nodes_[index].places;
  return !places.empty() && places.size() == op.outputs.size() && !op.has_outside_options &&
         std::ranges::all_of(places, [this](size_t place) { return runtime::is_static(nodes_found_.shapes[place]); });
}

bool Model::any_can_be_given() const {
  for (size_t i = 0; no_nodes_.empty() && i < nodes_.size(); ++i) {
    if (can_be_given(i)) return true;
  }
  return false;
}

// The graph in which the outputs of these nodes are given, which have shapes that do not vary; none: the one that there is.
Model::Layers Model::layers_with(std::span<const uint32_t> nodes) const {
  Layers layers{{node_outputs_, {}}, nodes_found_};
  for (size_t place = 0; place < node_outputs_.size(); ++place) layers.places.push_back(place);
  for (const uint32_t index : nodes) {
    const Node &node = nodes_[index];
    if (!can_be_given(index)) {
      fail(AIR_ERROR_UNSUPPORTED, "values of node '{}' cannot be given: it computes what the runtime does not give out",
           model_.nodes[index].name);
    }
    for (const size_t place : node.places) {
      const Shape &shape = nodes_found_.shapes[place];
      layers.tensors.given.push_back(node_outputs_[place]);
      layers.tensors.given_shapes.push_back(shape);
      // What the model has as an output is the given value: what the operator computes in its place is read behind.
      if (place >= file_.outputs.size()) continue;
      layers.places[place] = layers.tensors.read.size();
      layers.tensors.read.push_back(node_outputs_[place]);
      layers.found.shapes.push_back(shape);
    }
  }
  return layers;
}

void Model::prepare(uint32_t, const backend::Preparation &preparation) {
  if (preparation.nodes().empty()) return given_.reset();
  Layers layers = layers_with(preparation.nodes());
  const Watching watching(watch_, [&preparation] { preparation.check(); });
  layers.compiled = compile(layers.tensors, Purpose::kNodes, layers.found);
  given_ = std::move(layers);
}

Compiled &Model::layers_to_run(backend::Run &run, Layers &layers) const {
  if (layers.compiled != nullptr) return *layers.compiled;
  layers.compiled = compile(layers.tensors, Purpose::kNodes, layers.found);
  run.result().note = options_.kernels == abi::kDelegateKernels
                          ? "the model was compiled once more, to be run operator by operator with the kernels builtin"
                          : "the model was compiled once more, to be run operator by operator";
  return *layers.compiled;
}

void Model::run(uint32_t, backend::Run &run) {
  const bool with_nodes = run.has(AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA);
  run.check();
  if (with_nodes && !no_nodes_.empty()) fail(AIR_ERROR_UNSUPPORTED, "{}", no_nodes_);
  Layers &layers = run.has_given() ? *given_ : layers_;
  Compiled &compiled = with_nodes || run.has_given() ? layers_to_run(run, layers) : *plain_;
  const uint64_t start = backend::now_ns();
  const size_t n_inputs = model_.inputs.size(), n_given = run.has_given() ? layers.tensors.given.size() : 0;
  for (size_t i = 0; i < n_inputs + n_given; ++i) {
    const std::span<std::byte> input = compiled.input(i);
    std::memcpy(input.data(), i < n_inputs ? run.input(i) : run.given(i - n_inputs), input.size());
  }
  const uint64_t ready = backend::now_ns();
  try {
    compiled.run([&run] { run.check(); });
  } catch (const Refusal &refusal) {
    if ((with_nodes || run.has_given()) && depends_on_layers(file_, refusal))
      throw nodes_refused(refusal, run.has_given());
    throw;
  }
  for (uint32_t i = 0; run.wants_outputs() && i < model_.outputs.size(); ++i) store_output(run, compiled, i);
  run.result().device_ns = runtime::told(compiled.reached_ns() - ready);
  if (with_nodes) emit(run, layers);
  run.result().end_ns = backend::now_ns();
  run.result().run_ns = run.result().end_ns - start;
}

void Model::store_output(const backend::Run &run, const Compiled &compiled, uint32_t index) const {
  const backend::Tensor &tensor = model_.outputs[index];
  const Shape &shape = compiled.shape(index);
  void *to = runtime::is_static(tensor.shape) ? run.output(index)
                                              : run.output(index, runtime::of_one_sample(tensor, shape).data());
  std::memcpy(to, compiled.value(index), runtime::size_of(tensor.dtype, shape).value_or(0));
}

void Model::emit(backend::Run &run, const Layers &layers) {
  for (Node &node : nodes_) node.duration_us = 0;
  uint64_t total_us = 0;
  for (const OperatorTime &time : layers.compiled->times()) {
    if (time.index >= nodes_.size()) continue;
    nodes_[time.index].duration_us += time.duration_us;
    total_us += time.duration_us;
  }
  run.result().device_ns = runtime::told(total_us * 1000);
  for (uint32_t i = 0; i < nodes_.size() && run.wants_end(); ++i) end_node(run, layers, i);
}

void Model::end_node(backend::Run &run, const Layers &layers, uint32_t index) {
  Node &node = nodes_[index];
  const std::vector<backend::Tensor> &outputs = model_.nodes[index].outputs;
  for (size_t i = 0; i < node.places.size(); ++i) {
    const size_t place = layers.places[node.places[i]];
    node.data[i] = layers.compiled->value(place);
    node.shapes[i] = runtime::of_one_sample(outputs[i], layers.compiled->shape(place)).data();
  }
  const double ms = static_cast<double>(node.duration_us) / 1e3;
  air_backend_event event{};
  event.node = index;
  event.values = &ms;
  event.n_values = 1;
  event.data = run.wants_data() ? node.data.data() : nullptr;
  event.shapes = run.wants_data() ? node.shapes.data() : nullptr;
  run.end_node(event);
}

void Model::reset_states(uint32_t) {
  if (!file_.has_states()) fail(AIR_ERROR_UNSUPPORTED, "model '{}' has no states", model_.name);
  plain_ = compile({file_.outputs, {}}, Purpose::kPlain, plain_->found());
  layers_.compiled.reset();
  if (given_) given_->compiled.reset();
}

}  // namespace air::litert
