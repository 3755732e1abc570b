// SPDX-License-Identifier: BSD-3-Clause
// One ONNX model: its description and its runs.
#include "model.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "common/dtype.h"
#include "common/error.h"
#include "common/utf8.h"
#include "rewrite.h"
#include "runtime/file.h"
#include "runtime/model_hash.h"

namespace air::ort {

using runtime::Shape;

namespace {

bool is_static(const Shape &shape) {
  return std::all_of(shape.begin(), shape.end(), [](int64_t dimension) { return dimension >= 0; });
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

void fill_with_ones(const air_tensor_info &info, std::vector<std::byte> &bytes) {
  constexpr uint16_t kHalfOne = 0x3C00;
  if (info.dtype == AIR_DTYPE_FLOAT32) return fill(bytes, 1.0F);
  if (info.dtype == AIR_DTYPE_FLOAT64) return fill(bytes, 1.0);
  if (info.dtype == AIR_DTYPE_FLOAT16) return fill(bytes, kHalfOne);
  const size_t step = dtype_size(info.dtype);
  for (size_t at = 0; at < bytes.size(); at += step) bytes[at] = std::byte{1};
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
  return {&options_, path_.parent_path().string(), options_.optimization, ""};
}

void Model::open() {
  session_ = has_input_shapes(file_, input_shapes_)
                 ? std::make_unique<Session>(
                       api_, env_.get(), std::string_view(reinterpret_cast<const char *>(bytes_.data()), bytes_.size()),
                       settings())
                 : std::make_unique<Session>(api_, env_.get(), rewrite(file_, input_shapes_, {}), settings());
  const auto quantizations = find_quantizations(file_);
  input_ports_.reserve(session_->inputs().size());
  for (const Slot &slot : session_->inputs()) add_port(slot, slot.shape, true, true, quantizations);
  const std::vector<Shape> shapes = output_shapes();
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Slot &slot = session_->outputs()[i];
    add_port(slot, shapes[i], is_static(slot.shape), false, quantizations);
  }
  input_values_.resize(input_ports_.size());
  output_values_.resize(output_ports_.size());
}

void Model::add_port(const Slot &slot, const Shape &shape, bool is_static, bool is_input,
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
  ports.push_back(
      {slot.name, slot.element_type, &tensor, OwnedValue(api_, abi::kReleaseValue), nullptr, is_static, {}});
}

// What the runtime knows, else what the user says, else what a run with ones gives.
std::vector<Shape> Model::output_shapes() {
  std::vector<Shape> shapes;
  bool open = false;
  for (const Slot &slot : session_->outputs()) {
    const auto wanted = options_.common.shapes.find(slot.name);
    const bool given = wanted != options_.common.shapes.end() && !is_static(slot.shape);
    shapes.push_back(given ? wanted->second : slot.shape);
    open = open || (!is_static(shapes.back()) && dtype_of_element(slot.element_type) != AIR_DTYPE_NONE);
  }
  if (!open) return shapes;
  const std::vector<Shape> probed = probe_outputs();
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (!is_static(shapes[i])) shapes[i] = probed[i];
  }
  return shapes;
}

// Ones, because a division by zero of integers ends the process.
std::vector<Shape> Model::probe_outputs() {
  std::vector<std::vector<std::byte>> memory;
  std::vector<OwnedValue> owners;
  std::vector<abi::Value *> values;
  for (Port &port : input_ports_) {
    const air_tensor_info &info = port.tensor->info();
    std::vector<std::byte> &bytes = memory.emplace_back(std::max<uint64_t>(info.size_bytes, 1));
    fill_with_ones(info, bytes);
    owners.push_back(
        tensor_over(api_, memory_.get(), bytes.data(), info.size_bytes, port.tensor->own_shape(), port.element_type));
    values.push_back(owners.back().get());
  }
  std::vector<abi::Value *> made(session_->outputs().size(), nullptr);
  try {
    session_->run(run_options_.get(), values, made);
  } catch (Error &error) {
    const auto dynamic = std::find_if(session_->outputs().begin(), session_->outputs().end(),
                                      [](const Slot &slot) { return !is_static(slot.shape); });
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "the shape of output '{}' depends on the inputs, and a run with ones could not tell it ({}): give it with "
         "option shape, as in "
         "?shape={}:1x10",
         dynamic->name, error.what(), dynamic->name);
  }
  std::vector<Shape> shapes;
  for (size_t i = 0; i < made.size(); ++i) {
    const OwnedValue owner(api_, abi::kReleaseValue, made[i]);
    shapes.push_back(view_of(api_, made[i], session_->outputs()[i].element_type).shape);
  }
  return shapes;
}

// A model whose values cannot be made outputs is still of use.
void Model::open_nodes() {
  try {
    nodes_ = std::make_unique<Nodes>(NodesContext{api_, env_.get(), log_}, file_, input_shapes_, settings());
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    log_.write(AIR_LOG_WARNING, "no nodes: {}", error.what());
  }
}

void Model::describe_runtime() {
  runtime_description_ = fmt::format("{}; model: IR {}, {}", api_.path(), file_.ir_version, opset_text(file_));
  const std::string producer_version = printable(file_.producer_version);
  if (!file_.producer.empty()) {
    runtime_description_ += fmt::format(", made by {}{}{}", printable(file_.producer),
                                        producer_version.empty() ? "" : " ", producer_version);
  }
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
  info_.capabilities = nodes_ == nullptr ? 0 : uint32_t{AIR_CAP_PER_LAYER} | AIR_CAP_PER_LAYER_DATA;
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
    if (reinterpret_cast<uintptr_t>(memory) % dtype_size(info.dtype) != 0) {
      port.aligned.resize(info.size_bytes);
      std::memcpy(port.aligned.data(), memory, info.size_bytes);
      memory = port.aligned.data();
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
      run_plain(run);
    }
  } catch (const Error &) {
    if (const air_status stopped = run.check(run.sink); stopped != AIR_OK) return stopped;
    throw;
  }
  return AIR_OK;
}

// Outputs of known shape are written in place where the memory is aligned; the others come from the runtime.
void Model::run_plain(const air_run &run) {
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    Port &port = output_ports_[i];
    const bool aligned = reinterpret_cast<uintptr_t>(run.outputs[i]) % dtype_size(port.tensor->info().dtype) == 0;
    output_values_[i] = port.is_static && aligned ? bind(port, run.outputs[i]) : nullptr;
  }
  const uint64_t start = host_.now_ns();
  session_->run(run_options_.get(), input_values_, output_values_);
  const uint64_t end = host_.now_ns();
  // Owned before the first is copied, which may fail; the plain path has none and allocates nothing.
  std::vector<OwnedValue> made;
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    if (output_values_[i] != output_ports_[i].value.get())
      made.emplace_back(api_, abi::kReleaseValue, output_values_[i]);
  }
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    Port &port = output_ports_[i];
    if (output_values_[i] != port.value.get()) copy_output(port, output_values_[i], run.outputs[i]);
  }
  run.result->device_ns = run.result->exec_ns = end - start;
}

void Model::run_nodes(const air_run &run) {
  std::vector<OwnedValue> values;
  const uint64_t start = host_.now_ns();
  run.result->device_ns = nodes_->run(run, run_options_.get(), input_values_, values);
  for (size_t i = 0; i < values.size(); ++i) copy_output(output_ports_[i], values[i].get(), run.outputs[i]);
  run.result->end_ns = host_.now_ns();
  run.result->exec_ns = run.result->end_ns - start;
}

void Model::copy_output(Port &port, abi::Value *value, void *to) const {
  const TensorView view = view_of(api_, value, port.element_type);
  const std::span<const int64_t> expected = port.tensor->own_shape();
  if (!std::equal(view.shape.begin(), view.shape.end(), expected.begin(), expected.end())) {
    fail(AIR_ERROR_RUN_FAILED,
         "output '{}' has shape {} for this sample, {} was expected: give the shape with option shape, as in "
         "?shape={}:...",
         port.name, runtime::shape_text(view.shape), runtime::shape_text(expected), port.name);
  }
  const uint64_t size = port.tensor->info().size_bytes;
  if (size > 0) std::memcpy(to, view.data, size);
}

}  // namespace air::ort
