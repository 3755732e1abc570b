// SPDX-License-Identifier: BSD-3-Clause
// A model behind the legacy API (`ai_<name>_*`).
#include "stlib/legacy/legacy.h"

#include <array>
#include <utility>

#include "common/error.h"
#include "common/shape.h"
#include "platform/machine/peek.h"
#include "stlib/model/vendor_errors.h"

namespace air::stlib {
namespace {

constexpr uint16_t kMaxSegments = 256;

constexpr std::array<const char *, LegacyModel::kRequiredCount> kRequired = {
    "create", "get_error", "get_report", "data_params_get", "init", "run"};

std::string symbol_of(const std::string &c_name, const char *function) {
  return fmt::format("ai_{}_{}", c_name, function);
}

}  // namespace

std::vector<std::string> LegacyModel::missing_functions(const Image &image, const std::string &c_name) {
  std::vector<std::string> missing;
  for (const char *function : kRequired) {
    const std::string symbol = symbol_of(c_name, function);
    if (image.symbol(symbol) == nullptr) missing.push_back(symbol);
  }
  return missing;
}

// The report comes before data_params_get, whose old form must not be called.
void LegacyModel::open() {
  bind_functions();
  claim();
  create();
  facts_ = read_legacy_report(functions_.get_report, handle_, c_name_).facts;
  if (!functions_.data_params_get(&params_)) {
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': ai_{}_data_params_get() gives no tables of weights and activations",
         c_name_, c_name_);
  }
  if (params_.current.map_signature != AI_PARAMS_MAP_SIGNATURE) {
    fail(AIR_ERROR_INVALID_MODEL,
         "model '{}': Signature is not valid (got 0x{:08x} expected 0x{:08x}): generate it with a newer release",
         c_name_, params_.current.map_signature, AI_PARAMS_MAP_SIGNATURE);
  }
  set_weights();
  set_activations();
  init();
  describe(read_legacy_report(functions_.get_report, handle_, c_name_));
}

void LegacyModel::close() noexcept {
  observe(false);
  if (handle_ != nullptr && functions_.destroy != nullptr) functions_.destroy(handle_);
  handle_ = nullptr;
  // A library that is loaded without a copy may be used again, when this memory is gone.
  for (const Patched &patched : patched_) patched.entry->data = patched.before;
  patched_.clear();
  claim_.drop();
}

void LegacyModel::reset_states() {
  observe(false);
  for (GuardedMemory *memory : activations_) memory->clear();
  init();
}

void LegacyModel::bind_functions() {
  const auto find = [&]<class Function>(Function *&function, const char *name) {
    function = context_.image.function<Function>(symbol_of(c_name_, name));
  };
  find(functions_.create, "create");
  find(functions_.get_error, "get_error");
  find(functions_.get_report, "get_report");
  find(functions_.data_params_get, "data_params_get");
  find(functions_.init, "init");
  find(functions_.run, "run");
  find(functions_.destroy, "destroy");
}

void LegacyModel::claim() {
  if (claim_.take(functions_.create)) return;
  fail(AIR_ERROR_BUSY,
       "model '{}' is in use by another connection of this process, and its library serves one at a time: close that "
       "one, or leave out copy=0",
       c_name_);
}

void LegacyModel::create() {
  const ai_error error = functions_.create(&handle_, nullptr);
  if (is_error(error)) {
    throw Error(AIR_ERROR_NOT_INITIALIZED,
                fmt::format("model '{}': ai_{}_create() failed with {}", c_name_, c_name_, legacy_error_text(error)),
                legacy_error_word(error));
  }
  if (handle_ == nullptr) fail(AIR_ERROR_INVALID_MODEL, "model '{}': ai_{}_create() gives no handle", c_name_, c_name_);
}

std::vector<ai_buffer> LegacyModel::read_table(const ai_buffer_array &array, const char *what) const {
  if (array.size > kMaxSegments) {
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': {} {} segments, expected at most {}", c_name_, array.size, what,
         kMaxSegments);
  }
  return peek_array(array.buffer, array.size, fmt::format("table of {} of model '{}'", what, c_name_));
}

void LegacyModel::set_address(ai_buffer *entry, void *address) {
  void *const before = entry->data;
  poke_bytes(&entry->data, &address, sizeof(address), fmt::format("tables of model '{}'", c_name_));
  patched_.push_back({entry, before});
}

void LegacyModel::set_weights() {
  const ai_buffer_array &table = params_.current.map_weights;
  const std::vector<ai_buffer> entries = read_table(table, "weights");
  std::vector<uint64_t> sizes;
  bool complete = true;
  for (size_t i = 0; i < entries.size(); ++i) {
    sizes.push_back(entries[i].size);
    weights_pools_.push_back(make_pool(fmt::format("params_{}", i + 1), fmt::format("W.{}", i), entries[i].size));
    complete = complete && (entries[i].data != nullptr || entries[i].size == 0);
  }
  if (context_.weights.empty()) {
    if (!complete) fail_missing_weights(c_name_, sizes);
    return;
  }
  const std::vector<const GuardedMemory *> blocks = match_weights(context_.weights, sizes);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].data == nullptr && blocks[i] != nullptr) set_address(&table.buffer[i], blocks[i]->data());
  }
}

void LegacyModel::set_activations() {
  const ai_buffer_array &table = params_.current.map_activations;
  const std::vector<ai_buffer> entries = read_table(table, "activations");
  for (size_t i = 0; i < entries.size(); ++i) {
    activations_pools_.push_back(make_pool(fmt::format("act_{}", i + 1), fmt::format("A.{}", i), entries[i].size));
    activations_.push_back(&allocate(fmt::format("activations #{}", i + 1), entries[i].size));
    set_address(&table.buffer[i], activations_.back()->data());
  }
}

void LegacyModel::init() {
  const bool done = functions_.init(handle_, &params_);
  const ai_error error = functions_.get_error(handle_);
  if (done && !is_error(error)) return;
  throw Error(AIR_ERROR_NOT_INITIALIZED,
              fmt::format("model '{}': ai_{}_init() failed with {}", c_name_, c_name_, legacy_error_text(error)),
              legacy_error_word(error));
}

void LegacyModel::describe(const LegacyReport &report) {
  facts_ = report.facts;
  input_buffers_ = report.inputs;
  output_buffers_ = report.outputs;
  shapes_.reserve(input_buffers_.size() + output_buffers_.size());
  describe_ports(input_buffers_, inputs_, input_ports_, true);
  describe_ports(output_buffers_, outputs_, output_ports_, false);
  if (context_.batch > 1) refuse_batch_inside();
  // An emulated library runs on the other API: its nodes cannot be seen from here.
  const bool emulated = context_.image.symbol(fmt::format("stai_{}_init", c_name_)) != nullptr;
  if (!emulated) observer_ = make_legacy_observer(context_, facts_.runtime());
  const uint32_t per_layer = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_GIVEN;
  capabilities_ = (observer_ != nullptr ? per_layer : 0u) | AIR_CAP_RESET_STATES;
}

void LegacyModel::describe_ports(std::vector<ai_buffer> &buffers, std::vector<Tensor> &tensors,
                                 std::vector<Port> &ports, bool inputs) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    ai_buffer &buffer = buffers[i];
    TensorSpec spec;
    spec.name = fmt::format("{}_{}", inputs ? "input" : "output", i + 1);
    spec.tag = fmt::format("{}.{}", inputs ? 'I' : 'O', i);
    spec.flags = AIR_TENSOR_CHANNEL_LAST | (buffer.data != nullptr ? AIR_TENSOR_IN_ACTIVATIONS : 0u);
    describe_legacy_buffer(buffer, spec);
    if ((spec.flags & AIR_TENSOR_WITHOUT_BATCH) != 0) {
      fail(AIR_ERROR_INVALID_MODEL, "model '{}': tensor '{}' has shape {}, expected a batch of 1 in front", c_name_,
           spec.name, shape_text(spec.shape));
    }
    const Tensor &tensor = tensors.emplace_back(make_tensor(std::move(spec)));
    auto *fixed = static_cast<std::byte *>(buffer.data);
    ports.push_back(make_port(tensor, fixed, 0));
    shapes_.push_back(peek_array(buffer.shape.data, buffer.shape.size, tensor.name));
    buffer.shape.data = shapes_.back().data();
  }
}

void LegacyModel::refuse_batch_inside() const {
  for (const auto *ports : {&input_ports_, &output_ports_}) {
    for (const Port &port : *ports) {
      if (port.fixed == nullptr) continue;
      fail(AIR_ERROR_UNSUPPORTED,
           "model '{}' keeps inputs or outputs inside its activations, which have room for one sample: connect without "
           "batch={}, or generate it with "
           "inputs and outputs of the user",
           c_name_, context_.batch);
    }
  }
}

void LegacyModel::observe(bool wanted) {
  if (wanted == observing_ || observer_ == nullptr) return;
  observing_ = wanted;
  if (!wanted) return observer_->detach(handle_);
  if (!observer_->attach(handle_))
    context_.log.warn("model '{}' refuses to be observed: node times may be missing", c_name_);
}

void LegacyModel::bind(uint32_t n_samples) {
  for (size_t i = 0; i < input_ports_.size(); ++i) input_buffers_[i].data = input_ports_[i].current;
  for (size_t i = 0; i < output_ports_.size(); ++i) output_buffers_[i].data = output_ports_[i].current;
  if (n_samples == bound_samples_) return;
  for (std::vector<uint32_t> &shape : shapes_) shape[0] = n_samples;
  bound_samples_ = n_samples;
}

void LegacyModel::execute(backend::Run &run) {
  if (observing_) observer_->begin_run(run);
  const uint64_t begin = backend::now_ns();
  const int32_t result = functions_.run(handle_, input_buffers_.data(), output_buffers_.data());
  const uint64_t end = backend::now_ns();
  const ai_error error = functions_.get_error(handle_);
  if (observing_) observer_->end_run();
  if (result < 0 || static_cast<uint32_t>(result) != run.n_samples() || is_error(error))
    fail_run(result, run.n_samples(), error);
  set_times(run, begin, end, observing_ ? &observer_->tracker() : nullptr);
}

void LegacyModel::fail_run(int32_t result, uint32_t n_samples, ai_error error) const {
  throw Error(AIR_ERROR_RUN_FAILED,
              fmt::format("model '{}': ai_{}_run() returned {}, expected {}: {}", facts_.name, c_name_, result,
                          n_samples, legacy_error_text(error)),
              legacy_error_word(error));
}

}  // namespace air::stlib
