// SPDX-License-Identifier: BSD-3-Clause
// One model compiled by LiteRT, with memory for its inputs that the runtime uses in place and with the tensors that are read.
#include "litert/compiled.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "common/boundary.h"
#include "common/dtype.h"
#include "common/error.h"
#include "common/memory_size.h"
#include "common/shape.h"
#include "litert/reasons.h"
#include "platform/libraries/foreign_memory.h"
#include "tflite_file/schema.h"

namespace air::litert {

using runtime::Shape;

namespace {

constexpr size_t kSignature = 0;   // there is no other, see with_reader()
constexpr size_t kReadAhead = 64;  // bytes that vector instructions may read behind the end

// Options travel as text, which the runtime releases.
void add_options(const Api &api, abi::Options options, const char *identifier, const std::string &text) {
  char *copy = copy_text(text);
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

void write_number(air_dtype dtype, uint8_t number, std::byte *at) {
  constexpr uint16_t kHalfOne = 0x3C00, kBfloatOne = 0x3F80;
  const auto put = [at](auto value) { std::memcpy(at, &value, sizeof(value)); };
  if (dtype == AIR_DTYPE_FLOAT64) {
    put(static_cast<double>(number));
  } else if (dtype == AIR_DTYPE_FLOAT32) {
    put(static_cast<float>(number));
  } else if (dtype == AIR_DTYPE_FLOAT16) {
    put(static_cast<uint16_t>(number * kHalfOne));
  } else if (dtype == AIR_DTYPE_BFLOAT16) {
    put(static_cast<uint16_t>(number * kBfloatOne));
  } else {
    put(number);  // the lowest byte
  }
}

void require(abi::Status result, air_status status, const char *what, const std::string &reason = "") {
  if (result != 0) throw Refusal(status, what, result, reason);
}

}  // namespace

Refusal::Refusal(air_status status, const std::string &what, abi::Status code, const std::string &reason)
    : Error(status, fmt::format("{}: LiteRT says {}", what, reason.empty() ? status_text(code) : reason), code),
      what_failed_(what),
      reason_(reason) {}

Compiled::Compiled(const Api &api, abi::Environment environment, const CompiledSettings &settings,
                   const ModelFile &file, const Tensors &tensors, const std::vector<Shape> &input_shapes, Found found,
                   const Watch &watch)
    : api_(api),
      file_(file),
      tensors_(tensors.read),
      input_tensors_(file.inputs),
      reader_(api),
      found_(std::move(found)) {
  input_tensors_.insert(input_tensors_.end(), tensors.given.begin(), tensors.given.end());
  std::vector<Shape> shapes = input_shapes;
  shapes.insert(shapes.end(), tensors.given_shapes.begin(), tensors.given_shapes.end());
  model_bytes_ = with_reader(file, Reader::kName, read_by_runtime(tensors.given), tensors.given);
  watch();
  load(environment);
  watch();
  compile(environment, settings);
  watch();
  const bool resized = resize_inputs(shapes);
  for (size_t i = 0; i < shapes.size(); ++i) {
    inputs_.push_back(make_port(file.tensor(input_tensors_[i]).type, shapes[i]));
    input_buffers_.push_back(inputs_.back().buffer.get());
  }
  output_ = make_port(schema::TensorType_INT8, {1});
  output_buffer_ = output_.buffer.get();
  if (found_.shapes.empty()) find_out(resized, watch);
}

Reading Compiled::how_to_read(size_t index) const {
  if (found_.reading != Reading::kPadded) return found_.reading;
  const bool varies = found_.shapes.empty() || !runtime::is_static(found_.shapes[index]);
  return varies && can_be_padded(file_.tensor(tensors_[index]).type) ? Reading::kPadded : Reading::kCopied;
}

std::vector<Read> Compiled::read_by_runtime(const std::vector<int32_t> &given) {
  std::vector<Read> read;
  size_t n_seen = 0;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    places_.push_back(n_seen);
    readings_.push_back(how_to_read(i));
    if (is_constant(i)) continue;
    const bool computed = i >= file_.outputs.size() && std::ranges::find(given, tensors_[i]) != given.end();
    read.push_back({tensors_[i], readings_[i], computed});
    n_seen += readings_[i] == Reading::kPadded ? 2 : 1;
  }
  reader_.expect(n_seen);
  return read;
}

// Into the same memory again.
void Compiled::take_shapes() {
  shapes_.resize(tensors_.size());
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const size_t place = places_[i];
    if (is_constant(i)) {
      shapes_[i] = file_.tensor(tensors_[i]).shape;
    } else if (readings_[i] != Reading::kPadded) {
      shapes_[i] = reader_.shapes()[place];
    } else {
      const auto *dimensions = reinterpret_cast<const int32_t *>(reader_.value(place + 1));
      shapes_[i].assign(dimensions, dimensions + element_count(reader_.shapes()[place + 1]).value_or(0));
    }
  }
}

void Compiled::load(abi::Environment environment) {
  abi::Model made = nullptr;
  require(api_->CreateModelFromBuffer(environment, model_bytes_.bytes.data(), model_bytes_.bytes.size(), &made),
          AIR_ERROR_INVALID_MODEL, "the model cannot be loaded");
  model_ = Owned<abi::Model>(api_->DestroyModel, made);
  for (const auto &[place, byte] : model_bytes_.hidden) model_bytes_.bytes.data()[place] = byte;
}

void Compiled::compile(abi::Environment environment, const CompiledSettings &settings) {
  abi::Options options = nullptr;
  check(api_->CreateOptions(&options), AIR_ERROR_INTERNAL, "options");
  options_ = Owned<abi::Options>(api_->DestroyOptions, options);
  check(api_->SetOptionsHardwareAccelerators(options, settings.accelerators), AIR_ERROR_UNSUPPORTED,
        "option accelerator");
  if (const std::string text = cpu_options(settings); !text.empty()) {
    for (const char *name : abi::kCpuOptions) add_options(api_, options, name, text);
  }
  // What goes wrong is kept for the message, and not written to the terminal.
  add_options(api_, options, abi::kRuntimeOptions,
              fmt::format("error_reporter_mode = {}\n{}", settings.errors_to_stderr ? 1 : 2,
                          settings.profile ? "enable_profiling = true\n" : ""));
  reader_.add_to(options);
  abi::CompiledModel compiled = nullptr;
  require(api_->CreateCompiledModel(environment, model_.get(), options, &compiled), AIR_ERROR_INVALID_MODEL,
          "the model cannot be compiled");
  compiled_ = Owned<abi::CompiledModel>(api_->DestroyCompiledModel, compiled);
  const auto is_over = [](void *self) {
    try {
      if (const Watch *watch = static_cast<Compiled *>(self)->watch_; watch != nullptr) (*watch)();
      return false;
    } catch (const backend::Recorded &) {
      return true;
    }
  };
  check(api_->SetCompiledModelCancellationFunction(compiled, this, is_over), AIR_ERROR_INTERNAL, "cancelling");
  if (settings.profile)
    check(api_->CompiledModelGetProfiler(compiled, &profiler_), AIR_ERROR_UNSUPPORTED, "times of nodes");
}

bool Compiled::resize_inputs(const std::vector<Shape> &shapes) {
  bool resized = false;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const FileTensor &input = file_.tensor(input_tensors_[i]);
    if (input.shape == shapes[i]) continue;
    resized = true;
    reader_.forget();
    const std::vector<int> dimensions(shapes[i].begin(), shapes[i].end());
    // Of tensors within the graph the file need not say that they are dynamic.
    const auto resize =
        i < file_.inputs.size() ? api_->CompiledModelResizeInputTensor : api_->CompiledModelResizeInputTensorNonStrict;
    const abi::Status status = resize(compiled_.get(), kSignature, i, dimensions.data(), dimensions.size());
    if (status == 0) continue;
    throw Refusal(AIR_ERROR_INVALID_DESCRIPTOR,
                  fmt::format("input '{}' cannot have the shape {}", input.name, runtime::open_shape_text(shapes[i])),
                  status, take_errors());
  }
  return resized;
}

// The runtime tells all shapes before it runs, unless some depend on values.
void Compiled::find_out(bool resized, const Watch &watch) {
  abi::Layout ignored{};
  const abi::Status prepared =
      api_->GetCompiledModelOutputTensorLayouts(compiled_.get(), kSignature, 1, &ignored, true);
  if (prepared != 0) {
    throw Refusal(resized ? AIR_ERROR_INVALID_DESCRIPTOR : AIR_ERROR_INVALID_MODEL,
                  resized ? "the model does not take inputs of this shape" : "the model cannot be prepared", prepared,
                  take_errors());
  }
  if (found_.reading == Reading::kPadded) return find_out_by_running(watch);
  if (!reader_.knows_shapes())
    throw Refusal(AIR_ERROR_RUN_FAILED, "tensors that are sized while the graph runs cannot be read", 0, "");
  take_shapes();
  found_.shapes = shapes_;
}

// Several times, as some shapes may be other ones for other values. What is empty for these may be so for these alone.
void Compiled::find_out_by_running(const Watch &watch) {
  abi::Status last = 0;
  found_.was_run = true;
  for (const auto &[even, odd] : {std::pair<uint8_t, uint8_t>{1, 1}, {1, 0}, {0, 0}}) {
    const abi::Status status = try_values(even, odd, watch);
    watch();
    if (status != 0) {
      last = status;
      continue;
    }
    if (found_.shapes.empty()) found_.shapes = shapes_;
    for (size_t i = 0; i < tensors_.size(); ++i) {
      found_.shapes[i] = runtime::common_shape(found_.shapes[i], shapes_[i]).value_or(found_.shapes[i]);
      std::ranges::replace(found_.shapes[i], 0, -1);
    }
  }
  const std::string reason = reason_of_run();
  if (!found_.shapes.empty()) return;
  throw Refusal(AIR_ERROR_RUN_FAILED,
                "the shapes of the model show only when it runs, and with inputs of zeros and ones it does not", last,
                reason);
}

// Fills the inputs with the two numbers in turn, and runs.
abi::Status Compiled::try_values(uint8_t even, uint8_t odd, const Watch &watch) {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const air_dtype dtype = dtype_of_type(file_.tensor(file_.inputs[i]).type);
    const std::span<std::byte> memory = input(i);
    if (const size_t item = dtype_size(dtype); item > 0) {
      std::memset(memory.data(), 0, memory.size());
      for (size_t k = 0; k < memory.size() / item; ++k) write_number(dtype, k % 2 == 0 ? even : odd, &memory[k * item]);
    } else {
      std::memset(memory.data(), even | odd << 4, memory.size());  // two a byte
    }
  }
  const abi::Status status = run_once(watch);
  if (status != 0 || reader_.reached_ns() == 0) return status != 0 ? status : abi::kRuntimeFailure;
  reader_.check_values();
  take_shapes();
  return 0;
}

Compiled::Port Compiled::make_port(int type, const Shape &shape) const {
  if (shape.size() > abi::kMaxRank)
    fail(AIR_ERROR_UNSUPPORTED, "a tensor has {} dimensions, LiteRT takes {}", shape.size(), abi::kMaxRank);
  const air_dtype dtype = dtype_of_type(type);
  abi::TensorType description{};
  description.element_type = element_type_of(dtype);
  description.layout.rank = static_cast<uint32_t>(shape.size()) & 0x7F;
  for (size_t i = 0; i < shape.size(); ++i) description.layout.dimensions[i] = static_cast<int32_t>(shape[i]);
  const uint64_t size = runtime::size_of(dtype, shape).value_or(0);
  if (size == 0)
    fail(AIR_ERROR_UNSUPPORTED, "an input of shape {} is empty: LiteRT takes none", runtime::open_shape_text(shape));
  const size_t room = memory_size((size + kReadAhead + abi::kAlignment - 1) / abi::kAlignment * abi::kAlignment);
  Port port{nullptr, Owned<abi::TensorBuffer>(), static_cast<size_t>(size)};
  port.memory = make_aligned_bytes(room);
  std::memset(port.memory.get(), 0, room);
  abi::TensorBuffer buffer = nullptr;
  check(api_->CreateTensorBufferFromHostMemory(&description, port.memory.get(), size, nullptr, &buffer),
        AIR_ERROR_UNSUPPORTED, "memory of a tensor");
  port.buffer = Owned<abi::TensorBuffer>(api_->DestroyTensorBuffer, buffer);
  return port;
}

abi::Status Compiled::run_once(const Watch &watch) {
  reader_.forget();
  watch_ = &watch;
  const abi::Status status = api_->RunCompiledModel(compiled_.get(), kSignature, input_buffers_.size(),
                                                    input_buffers_.data(), 1, &output_buffer_);
  watch_ = nullptr;
  return status;
}

void Compiled::run(const Watch &watch) {
  if (profiler_ != nullptr) {
    check(api_->ResetProfiler(profiler_), AIR_ERROR_RUN_FAILED, "times of nodes");
    check(api_->StartProfiler(profiler_), AIR_ERROR_RUN_FAILED, "times of nodes");
  }
  const abi::Status status = run_once(watch);
  if (status == 0) return check_shapes();
  const std::string reason = reason_of_run();
  watch();  // it is the reason where it throws
  throw Refusal(AIR_ERROR_RUN_FAILED, "the model could not be run", status, reason);
}

// What was not computed in this run must not be taken for its result.
void Compiled::check_shapes() {
  if (reader_.reached_ns() == 0) fail(AIR_ERROR_RUN_FAILED, "LiteRT did not come to the end of the graph");
  reader_.check_values();
  take_shapes();
  for (size_t i = 0; i < tensors_.size(); ++i) {
    if (runtime::matches(shape(i), found_.shapes[i])) continue;
    fail(AIR_ERROR_RUN_FAILED,
         "'{}' has the shape {} in this run, expected {}: its size depends on the values of the inputs{}",
         file_.tensor(tensors_[i]).name, runtime::open_shape_text(shape(i)), runtime::open_shape_text(found_.shapes[i]),
         i < file_.outputs.size() ? "; give it with option shape, with * for sizes that vary"
                                  : "; leave the layers out (--outputs-only)");
  }
}

std::string Compiled::reason_of_run() {
  std::string reason = take_errors();
  if (reason.find(Reader::kName) == std::string::npos) return reason;
  return reason + ", because a value is empty or was not computed";
}

std::string Compiled::take_errors() {
  char *text = nullptr;
  if (api_->CompiledModelGetErrorMessages(compiled_.get(), &text) != 0 || text == nullptr) return "";
  const std::unique_ptr<char, decltype(&free_given)> owner(text, &free_given);
  api_->CompiledModelClearErrors(compiled_.get());
  return reasons_of(text);
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
