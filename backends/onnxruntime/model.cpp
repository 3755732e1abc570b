// SPDX-License-Identifier: BSD-3-Clause
// The connection to one ONNX model: its description and its runs.
#include "onnxruntime/model.h"

#include <algorithm>
#include <cstring>

#include "common/error.h"
#include "common/memory_size.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "onnxruntime/fit.h"
#include "onnxruntime/part.h"
#include "onnxruntime/probe.h"
#include "onnxruntime/rewrite.h"
#include "onnxruntime/weights.h"
#include "plugin/host_device.h"
#include "runtime/describe.h"
#include "runtime/file.h"
#include "runtime/model_hash.h"

namespace air::ort {

using runtime::Shape;

namespace {

// As the runtime aligns its own memory. Some kernels round in another way at other addresses, and what a sample gives must not depend on
// its place in the batch.
constexpr size_t kAlignment = 64;

bool is_aligned(const void *memory) {
  return reinterpret_cast<uintptr_t>(memory) % kAlignment == 0;
}

// "opset 17, com.microsoft 1".
std::string opset_text(const ModelFile &file) {
  std::string text;
  for (const auto &[domain, version] : file.opsets) {
    const bool standard = domain.empty() || domain == "ai.onnx";
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", standard ? "opset" : printable(domain), version);
  }
  return text;
}

// The runtime does not write an output that is an input to the memory that it is given, and of two that have one name only one.
std::set<std::string_view> outputs_written_once(const ModelFile &file) {
  std::set<std::string_view> written, once;
  for (const GraphNode &node : file.nodes) written.insert(node.outputs.begin(), node.outputs.end());
  for (const ValueInfo &output : file.outputs) {
    if (!once.insert(output.name).second) written.erase(output.name);
  }
  std::erase_if(once, [&](std::string_view name) { return !written.contains(name); });
  return once;
}

// The runtime tells a scalar where it does not know the rank; only the file can say that it is one.
bool knows_rank(const Slot &slot, const ModelFile &file) {
  if (!slot.shape.empty()) return true;
  const auto output =
      std::find_if(file.outputs.begin(), file.outputs.end(), [&](const ValueInfo &o) { return o.name == slot.name; });
  return output != file.outputs.end() && output->has_shape;
}

bool knows_shape(const Slot &slot, const ModelFile &file) {
  return runtime::is_static(slot.shape) && knows_rank(slot, file);
}

void check_fits(const Slot &output, const ModelFile &file, const Shape &wanted) {
  bool fits = wanted.size() == output.shape.size() || !knows_rank(output, file);
  for (size_t i = 0; fits && i < output.shape.size(); ++i)
    fits = output.shape[i] < 0 || wanted[i] < 0 || output.shape[i] == wanted[i];
  if (fits) return;
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: {} does not fit output '{}', whose shape is {}",
       runtime::open_shape_text(wanted), output.name, runtime::open_shape_text(output.shape));
}

template <class Made, class Create>
Owned<Made> make(const Api &api, ReleaseOf<Made> release, Create create) {
  return make_owned<Made>(api, release, [&](Made **made) { api.must(create, made); });
}

}  // namespace

Model::Model(const backend::Request &request)
    : log_(request.log()),
      options_(read_onnx_options(request)),
      path_(runtime::model_path(request.rest(), "onnx")),
      descriptor_(runtime::canonical_descriptor(request, kOnnxOptions, text_of(path_))),
      bytes_(runtime::read_model_file(path_)),
      hash_(runtime::model_hash(bytes_)),
      file_(round_weights(wanted_bytes(), text_of(path_), options_.common, log_), text_of(path_)),
      input_shapes_(
          resolve_inputs(file_, options_.common.only.empty() ? options_.common.shapes : runtime::WantedShapes())),
      varying_(find_varying_shapes(file_)),
      api_(options_.common.runtime, log_),
      env_(make_owned<OrtEnv>(
          api_, &OrtApi::ReleaseEnv,
          [this](OrtEnv **made) { api_.must(&OrtApi::CreateEnv, ORT_LOGGING_LEVEL_FATAL, "airunner", made); })),
      memory_(make_owned<OrtMemoryInfo>(api_, &OrtApi::ReleaseMemoryInfo,
                                        [this](OrtMemoryInfo **made) {
                                          api_.must(&OrtApi::CreateCpuMemoryInfo, OrtArenaAllocator, OrtMemTypeDefault,
                                                    made);
                                        })),
      run_options_(make<OrtRunOptions>(api_, &OrtApi::ReleaseRunOptions, &OrtApi::CreateRunOptions)),
      tidy_run_options_(make<OrtRunOptions>(api_, &OrtApi::ReleaseRunOptions, &OrtApi::CreateRunOptions)),
      models_(1),
      model_(models_[0]) {
  model_.name = printable(text_of(path_.stem()));
  runtime::check_name(request, model_.name, text_of(path_));
  request.check();
  // The arena of the first provider gives back what no run uses: one that the user's own settings leave out would be an error.
  if (options_.provider.empty() && options_.config.empty())
    api_.must(&OrtApi::AddRunConfigEntry, tidy_run_options_.get(), "memory.enable_memory_arena_shrinkage", "cpu:0");
  open();
  request.check();
  open_nodes();
  describe_runtime();
  describe_model();
  save();
}

// Those of the file, or of the part of it that option only names.
std::span<std::byte> Model::wanted_bytes() {
  if (!options_.common.only.empty()) bytes_ = part_of_model(bytes_, path_, options_, log_);
  return bytes_;
}

void Model::save() const {
  if (options_.common.save.empty()) return;
  for (const auto &[name, constant] : file_.constants) {
    if (!constant.is_outside) continue;
    fail(AIR_ERROR_UNSUPPORTED,
         "option save: the values of '{}' lie in a file beside the model, where the new one would not find them: save "
         "the "
         "model with its weights inside first",
         printable(name));
  }
  runtime::save_model_file(options_.common.save, bytes_);
}

SessionSettings Model::settings() const {
  return {&options_, text_of(path_.parent_path()), options_.optimization, "", true, &log_};
}

void Model::open() {
  FittedModel fitted(api_, env_.get(), file_, input_shapes_, {}, settings());
  session_ = fitted.take_session();
  const QuantizationByValue quantizations = find_quantizations(file_);
  for (size_t i = 0; i < session_->inputs().size(); ++i) {
    const Shape shape = i < input_shapes_.size() ? input_shapes_[i] : Shape{};
    input_ports_.push_back(add_port(session_->inputs()[i], shape, true, quantizations, model_.inputs));
  }
  const std::vector<Shape> shapes = output_shapes(fitted.refusal());
  const std::set<std::string_view> written_once = outputs_written_once(file_);
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Slot &slot = session_->outputs()[i];
    const bool in_place = knows_shape(slot, file_) && runtime::is_static(shapes[i]) &&
                          written_once.contains(slot.name) &&
                          !runtime::is_half_a_byte(dtype_of_element(slot.element_type));
    output_ports_.push_back(add_port(slot, shapes[i], in_place, quantizations, model_.outputs));
  }
  input_values_.resize(input_ports_.size());
  output_values_.resize(output_ports_.size());
}

Model::Port Model::add_port(const Slot &slot, const Shape &shape, bool in_place,
                            const QuantizationByValue &quantizations, std::vector<backend::Tensor> &tensors) {
  const air_dtype dtype = dtype_of_element(slot.element_type);
  if (dtype == AIR_DTYPE_NONE) {
    fail(AIR_ERROR_UNSUPPORTED,
         "{} '{}' is {}: expected a tensor of float8 (e4m3fn, e5m2), float16, 32 or 64, bfloat16, bool, or integers of "
         "4 "
         "to 64 bits",
         &tensors == &model_.inputs ? "input" : "output", slot.name,
         slot.element_type == 0 ? "not a tensor" : element_type_name(slot.element_type));
  }
  const auto quantization = quantizations.find(slot.name);
  tensors.push_back(runtime::describe_tensor(printable(slot.name), dtype, shape,
                                             quantization == quantizations.end() ? nullptr : &quantization->second));
  return {slot.name, slot.element_type,
          shape,     runtime::size_of(dtype, shape).value_or(0),
          in_place,  OwnedValue(api_, &OrtApi::ReleaseValue)};
}

// What the user says, else what the runtime knows, else what a run gives.
std::vector<Shape> Model::output_shapes(const std::string &refusal) {
  std::vector<Shape> shapes;
  std::vector<size_t> open;  // that have to be found by a run
  for (const Slot &slot : session_->outputs()) {
    const auto wanted = options_.common.shapes.find(slot.name);
    const bool given = wanted != options_.common.shapes.end();
    if (given) check_fits(slot, file_, wanted->second);
    const bool varies = varying_.contains(slot.name) && knows_rank(slot, file_);
    if (!given && !varies && !knows_shape(slot, file_) && dtype_of_element(slot.element_type) != AIR_DTYPE_NONE)
      open.push_back(shapes.size());
    shapes.push_back(given ? wanted->second : slot.shape);
  }
  if (open.empty()) return shapes;
  const std::vector<Shape> probed = probe(session_->outputs()[open[0]].name, refusal);
  for (const size_t i : open) {
    const bool varies = varying_.contains(session_->outputs()[i].name);
    shapes[i] = varies ? Shape(probed[i].size(), -1) : probed[i];
  }
  return shapes;
}

// `refusal` tells why the graph does not take the shapes of the inputs, if so.
std::vector<Shape> Model::probe(const std::string &unknown, const std::string &refusal) {
  std::vector<Shape> shapes;
  for (const Port &port : input_ports_) shapes.push_back(port.shape);
  try {
    return probe_outputs({api_, memory_.get(), run_options_.get(), file_}, *session_, shapes);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    std::vector<std::string> causes = error.causes();
    if (!refusal.empty()) causes.push_back("with these shapes in the graph: " + refusal);
    throw Error(AIR_ERROR_INVALID_DESCRIPTOR,
                fmt::format("the shape of output '{0}' depends on the inputs, and a run with ones could not tell it "
                            "({1}): give it with option shape, as in ?shape={0}:1x10",
                            unknown, error.what()),
                0, std::move(causes));
  }
}

// A graph of the smallest nodes would take far more memory than its file.
void Model::check_nodes_fit() const {
  constexpr uint64_t kPerNode = 1024, kPerByte = 8, kAlways = 24 << 20;
  if (file_.nodes.size() * kPerNode > bytes_.size() * kPerByte + kAlways)
    fail(AIR_ERROR_UNSUPPORTED, "{} nodes in a file of {} bytes are too many", file_.nodes.size(), bytes_.size());
}

// A model whose values cannot be made outputs is still of use.
void Model::open_nodes() {
  try {
    check_nodes_fit();
    std::vector<Shape> output_shapes;
    for (const Port &port : output_ports_) output_shapes.push_back(port.shape);
    nodes_ = std::make_unique<Nodes>(NodesContext{api_, env_.get(), log_, file_, varying_}, input_shapes_,
                                     output_shapes, settings(), model_.nodes);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    no_nodes_ = fmt::format("no nodes: {}", error.what());
    log_.warn("{}", no_nodes_);
  }
}

void Model::describe_runtime() {
  const std::string producer_version = printable(file_.producer_version);
  std::string description = fmt::format("{}; model: IR {}, {}", api_.path(), file_.ir_version, opset_text(file_));
  if (!file_.producer.empty()) {
    description += fmt::format(", made by {}{}{}", printable(file_.producer), producer_version.empty() ? "" : " ",
                               producer_version);
  }
  if (!no_nodes_.empty()) description += "; " + no_nodes_;
  model_.properties = host_device();
  model_.properties.emplace_back("hash", hash_);
  model_.properties.emplace_back("runtime", "ONNX Runtime");
  model_.properties.emplace_back("runtime.description", std::move(description));
  model_.properties.emplace_back("runtime.protocol", fmt::format("C API {}, in this process", api_.version()));
  runtime::add_version(model_.properties, "runtime.version", api_.release());
  runtime::add_version(model_.properties, "tools.version", producer_version);
}

void Model::describe_model() {
  model_.capabilities = nodes_ == nullptr ? 0 : AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA;
  if (nodes_ != nullptr && nodes_->any_can_be_given()) model_.capabilities |= AIR_CAP_GIVEN;
  model_.macc = nodes_ == nullptr ? 0 : runtime::told(count_macc(file_, nodes_->shapes()));
  model_.weights_bytes = runtime::told(file_.weights_bytes);
  model_.states_bytes = runtime::told(0);
}

void Model::cancel() noexcept {
  for (const auto *options : {&run_options_, &tidy_run_options_})
    api_.attempt(&OrtApi::RunOptionsSetTerminate, options->get());
}

OrtValue *Model::bind(Port &port, const void *memory) {
  if (port.value.get() == nullptr || memory != port.bound) {
    port.value = tensor_over(api_, memory_.get(), memory, port.size, port.shape, port.element_type);
    port.bound = memory;
  }
  return port.value.get();
}

OrtValue *Model::bind_input(Port &port, const void *memory) {
  if (!is_aligned(memory)) {
    port.aligned.resize(memory_size(port.size + kAlignment));
    void *place = port.aligned.data();
    size_t room = port.aligned.size();
    memory = std::memcpy(std::align(kAlignment, port.size, place, room), memory, port.size);
  }
  return bind(port, memory);
}

void Model::bind_inputs(const backend::Run &run) {
  for (size_t i = 0; i < input_ports_.size(); ++i) input_values_[i] = bind_input(input_ports_[i], run.input(i));
}

void Model::prepare(uint32_t, const backend::Preparation &preparation) {
  std::unique_ptr<Nodes::Graph> graph;
  std::vector<Port> ports;
  if (!preparation.nodes().empty()) {
    graph = nodes_->prepare(preparation.nodes(), [&] { preparation.check(); });
    for (const ValueInfo &value : graph->model.given().values) {
      const uint64_t size = runtime::size_of(dtype_of_element(value.element_type), value.shape).value_or(0);
      ports.push_back({std::string(value.name), static_cast<ONNXTensorElementDataType>(value.element_type), value.shape,
                       size, true, OwnedValue(api_, &OrtApi::ReleaseValue)});
    }
  }
  given_ = std::move(graph);
  given_ports_ = std::move(ports);
}

void Model::run(uint32_t, backend::Run &run) {
  // Taken back before the question whether to go on, so that no cancel is lost.
  for (const auto *options : {&run_options_, &tidy_run_options_})
    api_.must(&OrtApi::RunOptionsUnsetTerminate, options->get());
  run.check();
  bind_inputs(run);
  try {
    if (run.has_given() || run.has(AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA)) {
      run_nodes(run);
    } else {
      run.result().device_ns = run.result().run_ns = runtime::told(run_plain(run, run_options_.get()));
    }
  } catch (const Error &) {
    run.check();  // it is the reason where it fails
    throw;
  }
}

// Outputs of known shape are written in place where the memory is aligned; the others come from the runtime. Returns nanoseconds.
uint64_t Model::run_plain(const backend::Run &run, OrtRunOptions *options) {
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    Port &port = output_ports_[i];
    output_values_[i] = port.in_place && is_aligned(run.output(i)) ? bind(port, run.output(i)) : nullptr;
  }
  // Owned before the first is copied, which may fail; the plain path has none and allocates nothing.
  std::vector<OwnedValue> made;
  made.reserve(static_cast<size_t>(std::count(output_values_.begin(), output_values_.end(), nullptr)));
  const uint64_t start = backend::now_ns();
  session_->run(options, input_values_, output_values_);
  const uint64_t end = backend::now_ns();
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    if (output_values_[i] != output_ports_[i].value.get())
      made.emplace_back(api_, &OrtApi::ReleaseValue, output_values_[i]);
  }
  // Where only times matter, outputs may have any shape.
  for (uint32_t i = 0; run.wants_outputs() && i < output_ports_.size(); ++i) {
    if (output_values_[i] != output_ports_[i].value.get()) store_output(run, i, output_values_[i]);
  }
  return end - start;
}

// The nodes are those of the graph as written. Outputs are the same in every mode: those of the graph that the runtime makes of it, except
// where values are given, which that graph may not have.
void Model::run_nodes(backend::Run &run) {
  std::vector<OwnedValue> values;
  const uint64_t start = backend::now_ns();
  const bool same_graph = run.has_given() || options_.optimization == ORT_DISABLE_ALL;
  if (run.wants_outputs() && !same_graph) run_plain(run, tidy_run_options_.get());
  std::vector<OrtValue *> inputs = input_values_;
  for (size_t i = 0; run.has_given() && i < given_ports_.size(); ++i)
    inputs.push_back(bind_input(given_ports_[i], run.given(i)));
  Nodes::Graph *given = run.has_given() ? given_.get() : nullptr;
  run.result().device_ns = runtime::told(nodes_->run(run, run_options_.get(), inputs, values, given));
  for (uint32_t i = 0; run.wants_outputs() && same_graph && i < values.size(); ++i)
    store_output(run, i, values[i].get());
  run.result().end_ns = backend::now_ns();
  run.result().run_ns = run.result().end_ns - start;
}

void Model::store_output(const backend::Run &run, uint32_t index, OrtValue *value) const {
  const Port &port = output_ports_[index];
  const TensorView view = view_of(api_, value, port.element_type);
  if (!view.is_there) fail(AIR_ERROR_RUN_FAILED, "output '{}' was not computed for this sample", port.name);
  if (!runtime::matches(view.shape, port.shape)) {
    fail(AIR_ERROR_RUN_FAILED,
         "output '{0}' has shape {1} for this sample, {2} was expected: give the shape with option shape, as in "
         "?shape={0}:{3}, with * for sizes that vary, or run with mode PERF_ONLY where only times matter",
         port.name, runtime::open_shape_text(view.shape), runtime::open_shape_text(port.shape),
         runtime::option_text(view.shape));
  }
  const backend::Tensor &tensor = model_.outputs[index];
  void *to = runtime::is_static(port.shape) ? run.output(index)
                                            : run.output(index, runtime::of_one_sample(tensor, view.shape).data());
  const uint64_t size = runtime::size_of(tensor.dtype, view.shape).value_or(0);
  if (size > 0) std::memcpy(to, view.data, size);
}

}  // namespace air::ort
