// SPDX-License-Identifier: BSD-3-Clause
// One ONNX model: its description and its runs.
#include "model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <set>

#include "common/dtype.h"
#include "common/error.h"
#include "common/utf8.h"
#include "fit.h"
#include "rewrite.h"
#include "runtime/file.h"
#include "runtime/model_hash.h"

namespace air::ort {

using runtime::Shape;

namespace {

bool is_static(const Shape &shape) {
  return std::all_of(shape.begin(), shape.end(), [](int64_t dimension) { return dimension >= 0; });
}

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

template <class Element>
void fill(std::vector<std::byte> &bytes, Element one) {
  for (size_t at = 0; at + sizeof(one) <= bytes.size(); at += sizeof(one)) {
    std::memcpy(bytes.data() + at, &one, sizeof(one));
  }
}

void fill_for_probe(const air_tensor_info &info, int64_t integer, std::vector<std::byte> &bytes) {
  constexpr uint16_t kHalfOne = 0x3C00;
  if (info.dtype == AIR_DTYPE_FLOAT32) return fill(bytes, 1.0F);
  if (info.dtype == AIR_DTYPE_FLOAT64) return fill(bytes, 1.0);
  if (info.dtype == AIR_DTYPE_FLOAT16) return fill(bytes, kHalfOne);
  if (info.dtype == AIR_DTYPE_INT64) return fill(bytes, integer);
  if (info.dtype == AIR_DTYPE_INT32) return fill(bytes, static_cast<int32_t>(integer));
  const size_t step = dtype_size(info.dtype);
  for (size_t at = 0; at < bytes.size(); at += step) bytes[at] = std::byte{1};
}

// Positive constants of one integer, which inputs may be compared with.
std::set<int64_t> known_integers(const ModelFile &file) {
  constexpr size_t kMost = 16;
  std::set<int64_t> found;
  for (const auto &[ignored, constant] : file.constants) {
    const std::optional<int64_t> value = constant.as_integer();
    if (value && *value > 1 && *value <= INT32_MAX && found.size() < kMost) found.insert(*value);
  }
  return found;
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
  return is_static(slot.shape) && knows_rank(slot, file);
}

void check_fits(const Slot &output, const ModelFile &file, const Shape &wanted) {
  bool fits = wanted.size() == output.shape.size() || !knows_rank(output, file);
  for (size_t i = 0; fits && i < output.shape.size(); ++i) fits = output.shape[i] < 0 || output.shape[i] == wanted[i];
  if (fits) return;
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: {} does not fit output '{}', whose shape is {}",
       runtime::shape_text(wanted), output.name, runtime::shape_text(output.shape));
}

void read_version(const std::string &text, uint32_t (&version)[3]) {
  if (std::sscanf(text.c_str(), "%u.%u.%u", &version[0], &version[1], &version[2]) < 1) version[0] = 0;
}

template <class Made, class Slot>
Owned<Made> make(const Api &api, abi::Slot<void(Made *)> release, Slot create) {
  return make_owned<Made>(api, release, [&](Made **made) { api.must(create, made); });
}

}  // namespace

Model::Model(const air_host &host, const HostLog &log, const Options &options, const std::filesystem::path &path)
    : host_(host),
      log_(log),
      options_(options),
      path_(path),
      bytes_(runtime::read_model_file(path)),
      file_(bytes_, path.string()),
      input_shapes_(resolve_inputs(file_, options.common.shapes)),
      api_(options.common.runtime, log),
      env_(make_owned<abi::Env>(
          api_, abi::kReleaseEnv,
          [this](abi::Env **made) { api_.must(abi::kCreateEnv, abi::kLogFatal, "airunner", made); })),
      memory_(make_owned<abi::MemoryInfo>(api_, abi::kReleaseMemoryInfo,
                                          [this](abi::MemoryInfo **made) {
                                            api_.must(abi::kCreateCpuMemoryInfo, abi::kArenaAllocator,
                                                      abi::kMemoryDefault, made);
                                          })),
      run_options_(make<abi::RunOptions>(api_, abi::kReleaseRunOptions, abi::kCreateRunOptions)) {
  open();
  open_nodes();
  describe_runtime();
  describe_model();
}

SessionSettings Model::settings() const {
  return {&options_, path_.parent_path().string(), options_.optimization, "", &log_};
}

void Model::open() {
  FittedModel fitted(api_, env_.get(), file_, input_shapes_, {}, settings());
  session_ = fitted.take_session();
  shapes_refusal_ = fitted.refusal();
  const auto quantizations = find_quantizations(file_);
  input_ports_.reserve(session_->inputs().size());
  for (size_t i = 0; i < session_->inputs().size(); ++i) {
    add_port(session_->inputs()[i], i < input_shapes_.size() ? input_shapes_[i] : Shape{}, true, true, quantizations);
  }
  const std::vector<Shape> shapes = output_shapes();
  const std::set<std::string_view> written_once = outputs_written_once(file_);
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Slot &slot = session_->outputs()[i];
    add_port(slot, shapes[i], knows_shape(slot, file_) && written_once.contains(slot.name), false, quantizations);
  }
  input_values_.resize(input_ports_.size());
  output_values_.resize(output_ports_.size());
}

void Model::add_port(const Slot &slot, const Shape &shape, bool in_place, bool is_input,
                     const std::map<std::string_view, runtime::Quantization> &quantizations) {
  const air_dtype dtype = dtype_of_element(slot.element_type);
  if (dtype == AIR_DTYPE_NONE) {
    fail(AIR_ERROR_UNSUPPORTED,
         "{} '{}' is {}: expected a tensor of float16, 32 or 64, bool, or integers of 8 to 64 bits",
         is_input ? "input" : "output", slot.name,
         slot.element_type == 0 ? "not a tensor" : element_type_name(slot.element_type));
  }
  runtime::TensorList &list = is_input ? inputs_ : outputs_;
  const auto quantization = quantizations.find(slot.name);
  const runtime::Tensor &tensor =
      list.add({printable(slot.name), fmt::format("{}.{}", is_input ? 'I' : 'O', list.size()), dtype, shape,
                quantization == quantizations.end() ? runtime::Quantization{} : quantization->second});
  std::vector<Port> &ports = is_input ? input_ports_ : output_ports_;
  ports.push_back({slot.name, slot.element_type, &tensor, OwnedValue(api_, abi::kReleaseValue), nullptr, in_place, {}});
}

// What the runtime knows, else what the user says, else what a run gives.
std::vector<Shape> Model::output_shapes() {
  std::vector<Shape> shapes;
  std::vector<size_t> open;
  for (const Slot &slot : session_->outputs()) {
    const auto wanted = options_.common.shapes.find(slot.name);
    const bool given = wanted != options_.common.shapes.end();
    if (given) check_fits(slot, file_, wanted->second);
    if (!given && !knows_shape(slot, file_) && dtype_of_element(slot.element_type) != AIR_DTYPE_NONE) {
      open.push_back(shapes.size());
    }
    shapes.push_back(given ? wanted->second : slot.shape);
  }
  if (open.empty()) return shapes;
  const std::vector<Shape> probed = probe_outputs(session_->outputs()[open[0]].name);
  for (const size_t i : open) shapes[i] = probed[i];
  return shapes;
}

// Ones, because a division by zero of integers ends the process. Where they do not suit, an integer may choose a branch: then it is one
// that the graph knows.
std::vector<Shape> Model::probe_outputs(const std::string &unknown) {
  try {
    return probe_outputs(1);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    for (const int64_t integer : known_integers(file_)) {
      try {
        return probe_outputs(integer);
      } catch (const Error &) {
      }
    }
    std::vector<std::string> causes = error.causes();
    if (!shapes_refusal_.empty()) causes.push_back("with these shapes in the graph: " + shapes_refusal_);
    throw Error(AIR_ERROR_INVALID_DESCRIPTOR,
                fmt::format("the shape of output '{0}' depends on the inputs, and a run with ones could not tell it "
                            "({1}): give it with option shape, as in ?shape={0}:1x10",
                            unknown, error.what()),
                0, std::move(causes));
  }
}

// All elements are 1, those of integers `integer`.
std::vector<Shape> Model::probe_outputs(int64_t integer) {
  std::vector<std::vector<std::byte>> memory;
  std::vector<OwnedValue> owners;
  std::vector<abi::Value *> values;
  for (Port &port : input_ports_) {
    const air_tensor_info &info = port.tensor->info();
    std::vector<std::byte> &bytes = memory.emplace_back(std::max<uint64_t>(info.size_bytes, 1));
    fill_for_probe(info, integer, bytes);
    owners.push_back(
        tensor_over(api_, memory_.get(), bytes.data(), info.size_bytes, port.tensor->own_shape(), port.element_type));
    values.push_back(owners.back().get());
  }
  std::vector<abi::Value *> made(session_->outputs().size(), nullptr);
  owners.reserve(owners.size() + made.size());  // what a run has made is owned at once
  session_->run(run_options_.get(), values, made);
  for (abi::Value *value : made) owners.emplace_back(api_, abi::kReleaseValue, value);
  std::vector<Shape> shapes;
  for (size_t i = 0; i < made.size(); ++i) {
    shapes.push_back(view_of(api_, made[i], session_->outputs()[i].element_type).shape);
  }
  return shapes;
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
    nodes_ = std::make_unique<Nodes>(NodesContext{api_, env_.get(), log_}, file_, input_shapes_, settings());
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    no_nodes_ = fmt::format("no nodes: {}", error.what());
    log_.warn("{}", no_nodes_);
  }
}

void Model::describe_runtime() {
  runtime_description_ = fmt::format("{}; model: IR {}, {}", api_.path(), file_.ir_version, opset_text(file_));
  const std::string producer_version = printable(file_.producer_version);
  if (!file_.producer.empty()) {
    runtime_description_ += fmt::format(", made by {}{}{}", printable(file_.producer),
                                        producer_version.empty() ? "" : " ", producer_version);
  }
  if (!no_nodes_.empty()) runtime_description_ += "; " + no_nodes_;
  protocol_ = fmt::format("C API {}, in this process", api_.version());
  runtime_info_.struct_size = sizeof(runtime_info_);
  runtime_info_.name = "ONNX Runtime";
  runtime_info_.description = runtime_description_.c_str();
  runtime_info_.compiler = "";
  runtime_info_.protocol = protocol_.c_str();
  read_version(api_.release(), runtime_info_.version);
  read_version(producer_version, runtime_info_.tools_version);
}

void Model::describe_model() {
  name_ = printable(path_.stem().string());
  hash_ = runtime::model_hash(bytes_);
  info_.struct_size = sizeof(info_);
  info_.capabilities = nodes_ == nullptr ? 0 : AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA;
  info_.name = name_.c_str();
  info_.model_datetime = info_.compile_datetime = info_.flags = "";
  info_.hash = hash_.c_str();
  info_.n_nodes = nodes_ == nullptr ? 0 : nodes_->size();
  info_.native_batch = 1;
  info_.macc = nodes_ == nullptr ? UINT64_MAX : count_macc(file_, nodes_->shapes());
  info_.weights_bytes = file_.weights_bytes;
  info_.activations_bytes = UINT64_MAX;
  info_.n_inputs = inputs_.size();
  info_.inputs = inputs_.infos();
  info_.n_outputs = outputs_.size();
  info_.outputs = outputs_.infos();
  info_.runtime = &runtime_info_;
  info_.device = &device_.info();
  info_.install_ms = info_.init_ms = -1.0;
}

void Model::cancel() noexcept {
  api_.get(abi::kRunOptionsSetTerminate, run_options_.get());
}

abi::Value *Model::bind(Port &port, const void *memory) {
  if (port.value.get() == nullptr || memory != port.bound) {
    const air_tensor_info &info = port.tensor->info();
    port.value = tensor_over(api_, memory_.get(), memory, info.size_bytes, port.tensor->own_shape(), port.element_type);
    port.bound = memory;
  }
  return port.value.get();
}

void Model::bind_inputs(const air_run &run) {
  for (size_t i = 0; i < input_ports_.size(); ++i) {
    Port &port = input_ports_[i];
    const air_tensor_info &info = port.tensor->info();
    const void *memory = run.inputs[i];
    if (!is_aligned(memory)) {
      port.aligned.resize(info.size_bytes + kAlignment);
      void *place = port.aligned.data();
      size_t room = port.aligned.size();
      memory = std::memcpy(std::align(kAlignment, info.size_bytes, place, room), memory, info.size_bytes);
    }
    input_values_[i] = bind(port, memory);
  }
}

air_status Model::run(const air_run &run) {
  // Taken back before the question whether to go on, so that no cancel is lost.
  api_.must(abi::kRunOptionsUnsetTerminate, run_options_.get());
  if (const air_status go_on = run.check(run.sink); go_on != AIR_OK) return go_on;
  bind_inputs(run);
  try {
    if ((run.mode & (AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA)) != 0) {
      run_nodes(run);
    } else {
      run.result->device_ns = run.result->exec_ns = run_plain(run);
    }
  } catch (const Error &) {
    if (const air_status stopped = run.check(run.sink); stopped != AIR_OK) return stopped;
    throw;
  }
  return AIR_OK;
}

// Outputs of known shape are written in place where the memory is aligned; the others come from the runtime. Returns nanoseconds.
uint64_t Model::run_plain(const air_run &run) {
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    Port &port = output_ports_[i];
    output_values_[i] = port.in_place && is_aligned(run.outputs[i]) ? bind(port, run.outputs[i]) : nullptr;
  }
  // Owned before the first is copied, which may fail; the plain path has none and allocates nothing.
  std::vector<OwnedValue> made;
  made.reserve(static_cast<size_t>(std::count(output_values_.begin(), output_values_.end(), nullptr)));
  const uint64_t start = host_.now_ns();
  session_->run(run_options_.get(), input_values_, output_values_);
  const uint64_t end = host_.now_ns();
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    if (output_values_[i] != output_ports_[i].value.get())
      made.emplace_back(api_, abi::kReleaseValue, output_values_[i]);
  }
  // Where only times matter, outputs may have any shape.
  const bool wanted = (run.mode & AIR_MODE_PERF_ONLY) == 0;
  for (size_t i = 0; wanted && i < output_ports_.size(); ++i) {
    Port &port = output_ports_[i];
    if (output_values_[i] != port.value.get()) copy_output(port, output_values_[i], run.outputs[i]);
  }
  return end - start;
}

// The nodes are those of the graph as written. Outputs are the same in every mode: those of the graph that the runtime makes of it.
void Model::run_nodes(const air_run &run) {
  std::vector<OwnedValue> values;
  const uint64_t start = host_.now_ns();
  const bool wanted = (run.mode & AIR_MODE_PERF_ONLY) == 0;
  const bool same_graph = options_.optimization == abi::kNoOptimization;
  if (wanted && !same_graph) run_plain(run);
  run.result->device_ns = nodes_->run(run, run_options_.get(), input_values_, values);
  for (size_t i = 0; wanted && same_graph && i < values.size(); ++i)
    copy_output(output_ports_[i], values[i].get(), run.outputs[i]);
  run.result->end_ns = host_.now_ns();
  run.result->exec_ns = run.result->end_ns - start;
}

void Model::copy_output(Port &port, abi::Value *value, void *to) const {
  const TensorView view = view_of(api_, value, port.element_type);
  const std::span<const int64_t> expected = port.tensor->own_shape();
  if (!view.is_there) fail(AIR_ERROR_RUN_FAILED, "output '{}' was not computed for this sample", port.name);
  if (!std::equal(view.shape.begin(), view.shape.end(), expected.begin(), expected.end())) {
    fail(AIR_ERROR_RUN_FAILED,
         "output '{0}' has shape {1} for this sample, {2} was expected: give the shape with option shape, as in "
         "?shape={0}:{3}, or run with mode PERF_ONLY where only times matter",
         port.name, runtime::shape_text(view.shape), runtime::shape_text(expected), fmt::join(view.shape, "x"));
  }
  const uint64_t size = port.tensor->info().size_bytes;
  if (size > 0) std::memcpy(to, view.data, size);
}

}  // namespace air::ort
