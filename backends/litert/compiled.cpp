// SPDX-License-Identifier: BSD-3-Clause
// One model compiled by LiteRT, with memory for its inputs and outputs that the runtime uses in place.
#include "compiled.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "common/dtype.h"
#include "common/error.h"
#include "common/utf8.h"

namespace air::litert {

using runtime::Shape;

namespace {

constexpr size_t kSignature = 0;   // there is no other, see ModelFile::with_outputs()
constexpr size_t kReadAhead = 64;  // bytes that vector instructions may read behind the end

// Options travel as text, which the runtime releases.
void add_options(const Api &api, abi::Options options, const char *identifier, const std::string &text) {
  char *copy = strdup(text.c_str());
  if (copy == nullptr) throw std::bad_alloc();
  abi::OpaqueOptions opaque = nullptr;
  check(api->CreateOpaqueOptions(identifier, copy, &std::free, &opaque), AIR_ERROR_INTERNAL, "options");
  check(api->AddOpaqueOptions(options, opaque), AIR_ERROR_INTERNAL, "options");
}

std::string cpu_options(const CompiledSettings &settings) {
  std::string text;
  if (settings.kernels != abi::kDelegateKernels) text += fmt::format("kernel_mode = {}\n", settings.kernels);
  if (settings.threads > 0) text += fmt::format("num_threads = {}\n", settings.threads);
  for (const auto &[key, value] : *settings.cpu) text += fmt::format("{} = {}\n", key, value);
  return text;
}

}  // namespace

Compiled::Compiled(const Api &api, abi::Environment environment, std::vector<std::byte> model,
                   const CompiledSettings &settings, const ModelFile &file, const std::vector<int32_t> &outputs,
                   const std::vector<Shape> &input_shapes)
    : api_(api), model_bytes_(std::move(model)) {
  abi::Model made = nullptr;
  check(api_->CreateModelFromBuffer(environment, model_bytes_.data(), model_bytes_.size(), &made),
        AIR_ERROR_INVALID_MODEL, "the model cannot be loaded");
  model_ = Owned<abi::Model>(api_->DestroyModel, made);
  compile(environment, settings);
  bool resized = false;
  for (size_t i = 0; i < input_shapes.size(); ++i)
    resized = resized || file.tensor(file.inputs[i]).shape != input_shapes[i];
  if (resized) resize_inputs(file, input_shapes);
  read_output_shapes(file, outputs, resized);
  for (size_t i = 0; i < input_shapes.size(); ++i) {
    inputs_.push_back(make_port(file.tensor(file.inputs[i]).type, input_shapes[i]));
    input_buffers_.push_back(inputs_.back().buffer.get());
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs_.push_back(make_port(file.tensor(outputs[i]).type, output_shapes_[i]));
    output_buffers_.push_back(outputs_.back().buffer.get());
  }
}

void Compiled::compile(abi::Environment environment, const CompiledSettings &settings) {
  abi::Options options = nullptr;
  check(api_->CreateOptions(&options), AIR_ERROR_INTERNAL, "options");
  const Owned<abi::Options> owner(api_->DestroyOptions, options);
  check(api_->SetOptionsHardwareAccelerators(options, settings.accelerators), AIR_ERROR_UNSUPPORTED,
        "option accelerator");
  if (const std::string text = cpu_options(settings); !text.empty()) add_options(api_, options, abi::kCpuOptions, text);
  // What goes wrong is kept for the message, and not written to the terminal.
  add_options(api_, options, abi::kRuntimeOptions,
              fmt::format("error_reporter_mode = 2\n{}", settings.profile ? "enable_profiling = true\n" : ""));
  abi::CompiledModel compiled = nullptr;
  check(api_->CreateCompiledModel(environment, model_.get(), options, &compiled), AIR_ERROR_INVALID_MODEL,
        "the model cannot be compiled: it is damaged, has operators that this release does not know, or an option does "
        "not suit it");
  compiled_ = Owned<abi::CompiledModel>(api_->DestroyCompiledModel, compiled);
  check(api_->SetCompiledModelCancellationFunction(compiled, this,
                                                   [](void *self) {
                                                     const air_run *run = static_cast<Compiled *>(self)->running_;
                                                     return run != nullptr && run->check(run->sink) != AIR_OK;
                                                   }),
        AIR_ERROR_INTERNAL, "cancelling");
  if (settings.profile)
    check(api_->CompiledModelGetProfiler(compiled, &profiler_), AIR_ERROR_UNSUPPORTED, "times of nodes");
}

void Compiled::resize_inputs(const ModelFile &file, const std::vector<Shape> &shapes) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (file.tensor(file.inputs[i]).shape == shapes[i]) continue;
    const std::vector<int> dimensions(shapes[i].begin(), shapes[i].end());
    check(api_->CompiledModelResizeInputTensor(compiled_.get(), kSignature, i, dimensions.data(), dimensions.size()),
          AIR_ERROR_INVALID_DESCRIPTOR,
          fmt::format("input '{}' cannot have the shape {}", file.tensor(file.inputs[i]).name,
                      runtime::shape_text(shapes[i]))
              .c_str());
  }
}

void Compiled::read_output_shapes(const ModelFile &file, const std::vector<int32_t> &outputs, bool resized) {
  std::vector<abi::Layout> layouts(outputs.size());
  if (resized) {
    check(api_->GetCompiledModelOutputTensorLayouts(compiled_.get(), kSignature, layouts.size(), layouts.data(), true),
          AIR_ERROR_INVALID_DESCRIPTOR, "the model does not take inputs of this shape");
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const uint32_t rank = std::min<uint32_t>(layouts[i].rank, abi::kMaxRank);
    output_shapes_.push_back(resized ? Shape(layouts[i].dimensions, layouts[i].dimensions + rank)
                                     : file.tensor(outputs[i]).shape);
  }
}

Compiled::Port Compiled::make_port(int type, const Shape &shape) const {
  if (shape.size() > abi::kMaxRank)
    fail(AIR_ERROR_UNSUPPORTED, "a tensor has {} dimensions, LiteRT takes {}", shape.size(), abi::kMaxRank);
  const air_dtype dtype = dtype_of_type(type);
  abi::TensorType description{};
  description.element_type = element_type_of(dtype);
  description.layout.rank = static_cast<uint32_t>(shape.size()) & 0x7F;
  for (size_t i = 0; i < shape.size(); ++i) description.layout.dimensions[i] = static_cast<int32_t>(shape[i]);
  const uint64_t size = runtime::element_count(shape).value_or(0) * dtype_size(dtype);
  const size_t room = (size + kReadAhead + abi::kAlignment - 1) / abi::kAlignment * abi::kAlignment;
  Port port;
  port.memory.reset(static_cast<std::byte *>(std::aligned_alloc(abi::kAlignment, room)));
  if (port.memory == nullptr) throw std::bad_alloc();
  std::memset(port.memory.get(), 0, room);
  abi::TensorBuffer buffer = nullptr;
  check(api_->CreateTensorBufferFromHostMemory(&description, port.memory.get(), size, nullptr, &buffer),
        AIR_ERROR_UNSUPPORTED, "memory of a tensor");
  port.buffer = Owned<abi::TensorBuffer>(api_->DestroyTensorBuffer, buffer);
  return port;
}

bool Compiled::run(const air_run &run) {
  if (profiler_ != nullptr) {
    check(api_->ResetProfiler(profiler_), AIR_ERROR_RUN_FAILED, "times of nodes");
    check(api_->StartProfiler(profiler_), AIR_ERROR_RUN_FAILED, "times of nodes");
  }
  running_ = &run;
  const abi::Status status =
      api_->RunCompiledModel(compiled_.get(), kSignature, input_buffers_.size(), input_buffers_.data(),
                             output_buffers_.size(), output_buffers_.data());
  running_ = nullptr;
  if (status == 0) return true;
  const std::string reason = take_errors();
  if (run.check(run.sink) != AIR_OK) return false;
  throw Error(AIR_ERROR_RUN_FAILED,
              fmt::format("the model could not be run: LiteRT says {}{}{}", status_text(status),
                          reason.empty() ? "" : ", ", reason),
              status);
}

std::string Compiled::take_errors() {
  char *text = nullptr;
  if (api_->CompiledModelGetErrorMessages(compiled_.get(), &text) != 0 || text == nullptr) return "";
  const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
  std::string errors;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) errors += fmt::format("{}{}", errors.empty() ? "" : "; ", printable(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  api_->CompiledModelClearErrors(compiled_.get());
  return errors;
}

std::vector<OperatorTime> Compiled::times() const {
  int n = 0;
  check(api_->GetNumProfilerEvents(profiler_, &n), AIR_ERROR_RUN_FAILED, "times of nodes");
  std::vector<abi::ProfileEvent> events(static_cast<size_t>(std::max(n, 0)));
  if (!events.empty())
    check(api_->GetProfilerEvents(profiler_, n, events.data()), AIR_ERROR_RUN_FAILED, "times of nodes");
  std::vector<OperatorTime> times;
  for (const abi::ProfileEvent &event : events) {
    if (event.kind == abi::kOperatorEvent && event.subgraph == 0) times.push_back({event.node, event.elapsed_us});
  }
  return times;
}

}  // namespace air::litert
