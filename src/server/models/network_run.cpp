// SPDX-License-Identifier: BSD-3-Clause
// One inference asked for over the wire: inputs in, nodes as they are executed, outputs back.
#include "server/models/network_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "common/dtype.h"
#include "server/faults/crash.h"
#include "server/models/describe.h"
#include "server/models/npu_statistics.h"
#include "wire/counters.h"

namespace air::server {
namespace {

constexpr uint32_t kLogInfo = 1;
constexpr uint32_t kLogError = 4;
constexpr size_t kPrintBuffer = 79;  // of the firmware
constexpr double kMsPerSecond = 1000;
constexpr size_t kScratch = 8;  // takes the element of an input that is written by another path

uint64_t cycles(double ms, uint32_t clock) {
  return ms > 0 ? static_cast<uint64_t>(std::llround(ms * clock / kMsPerSecond)) : 0;
}

// Of the one run; NaN where it is not known.
double measured(const air_result &result, const char *column) {
  const double *values = air_get_values(&result, air_find_column(air_get_result_model(&result), column), AIR_WHOLE_RUN);
  return values == nullptr ? NAN : *values;
}

int32_t usage(double bytes) {
  return bytes >= 0 && bytes <= INT32_MAX ? static_cast<int32_t>(bytes) : -1;
}

void fill_with_first(std::span<std::byte> bytes, size_t element) {
  for (size_t at = element; at < bytes.size(); at += element) {
    std::memcpy(bytes.data() + at, bytes.data(), std::min(element, bytes.size() - at));
  }
}

}  // namespace

NetworkRun::NetworkRun(Exchange &exchange, ServedModel &model, const Personality &personality, const Shutdown &shutdown)
    : exchange_(exchange), model_(model), personality_(personality), shutdown_(shutdown) {}

void NetworkRun::debug(std::string_view text) {
  if (has(wire::kRunDebug)) exchange_.log(kLogInfo, short_text(text, kPrintBuffer));
}

void NetworkRun::serve(const wire::Request &request) {
  param_ = request.param;
  option_ = request.opt;
  observed_ = personality_.observes && has(wire::kRunPerLayer | wire::kRunPerLayerWithData);
  debug(fmt::format("RUN: {} param=0x{:x} opt=0x{:x}", model_.name(), param_, option_));
  exchange_.send_ack(wire::kStateWaiting, model_.info().n_inputs == 0 ? 0 : bytes_wanted(0));
  if (!receive_inputs()) return;
  debug("RUN: processing");
  const HeldResult result = invoke();
  if (!result) return;
  debug("RUN: sending outputs");
  send_total(*result);
  send_outputs(*result);
}

uint32_t NetworkRun::bytes_wanted(size_t input) const {
  const air_tensor &tensor = *model_.info().inputs[input];
  const bool written_elsewhere = has(wire::kRunDirectWrite) && !personality_.is_neural_art;
  const bool one_element = has(wire::kRunConstValue) || written_elsewhere;
  return one_element ? std::max(dtype_size(tensor.dtype), 1u) : static_cast<uint32_t>(tensor.size_bytes);
}

uint64_t NetworkRun::receive_input(size_t input, uint32_t wanted) {
  const std::span<std::byte> memory = model_.input(input);
  if (has(wire::kRunDirectWrite) && !personality_.is_neural_art) {
    std::array<std::byte, kScratch> scratch;
    return exchange_.await_data(std::span(scratch).first(wanted));
  }
  const uint64_t received = exchange_.await_data(memory.first(wanted));
  if (received == wanted && has(wire::kRunConstValue)) fill_with_first(memory, wanted);
  return received;
}

bool NetworkRun::receive_inputs() {
  const size_t count = model_.info().n_inputs;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t wanted = bytes_wanted(i);
    const uint64_t received = receive_input(i, wanted);
    if (received != wanted) {
      exchange_.send_error(wire::kErrorInvalidSize, static_cast<uint32_t>(std::min<uint64_t>(received, UINT32_MAX)));
      return false;
    }
    debug(fmt::format("RUN: input {} has {} bytes", i, received));
    exchange_.send_ack(i + 1 < count ? wire::kStateWaiting : wire::kStateProcessing, wanted);
    exchange_.await_ack();
  }
  return true;
}

// Gives none when the inference failed and the host has been told.
HeldResult NetworkRun::invoke() {
  const bool is_first = model_.take_fresh() || (option_ & wire::kRunOptFirst) != 0;
  if (is_first) model_.reset_states(shutdown_.token());
  HeldResult result;
  const air_status status = run_model(result);
  if (failure_) std::rethrow_exception(failure_);
  if (shutdown_.requested()) throw Stopped();
  if (status == AIR_OK) return result;
  const std::string why = air_last_error()->message;
  exchange_.log(kLogError, short_text(why, wire::kMaxLog));
  exchange_.send_error(wire::kErrorGeneric, wire::kErrorGeneric);
  if (status == AIR_ERROR_LINK_LOST || status == AIR_ERROR_NOT_CONNECTED) restore_connection(why);
  return HeldResult();
}

air_status NetworkRun::run_model(HeldResult &result) {
  uint32_t mode = AIR_MODE_IO_ONLY;
  if (observed_) mode |= AIR_MODE_PER_LAYER;
  if (observed_ && has(wire::kRunPerLayerWithData)) mode |= AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_EVENTS_ONLY;
  if (has(wire::kRunDebug)) mode |= AIR_MODE_DEBUG;
  const air_invoke_options options = {.struct_size = sizeof(options),
                                      .mode = mode,
                                      .token = shutdown_.token(),
                                      .user_option = option_ >> wire::kRunOptUserShift};
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks),
                                   .user = this,
                                   .on_node_begin = personality_.is_neural_art ? &on_node_begin : nullptr,
                                   .on_node_end = &on_node_end};
  const std::span<const air_input> inputs = model_.inputs();
  const InModel running(model_.name().c_str());
  return air_invoke(model_.session(), 1, inputs.data(), static_cast<uint32_t>(inputs.size()), nullptr, 0, &options,
                    &callbacks, result.out());
}

// What is served may be a target itself, whose link breaks: the next inference has to find it again.
void NetworkRun::restore_connection(const std::string &why) {
  note(why);
  const air_call call = {.struct_size = sizeof(call), .token = shutdown_.token()};
  const bool restored = air_reconnect(model_.runner(), &call) == AIR_OK;
  note(restored ? "the connection is restored" : air_last_error()->message);
}

template <typename Work>
air_action NetworkRun::guarded(Work work) noexcept {
  try {
    work();
    return shutdown_.requested() ? AIR_STOP : AIR_CONTINUE;
  } catch (...) {
    failure_ = std::current_exception();
    return AIR_STOP;
  }
}

air_action NetworkRun::on_node_begin(void *self, const air_node_event *event) noexcept {
  auto &run = *static_cast<NetworkRun *>(self);
  return run.guarded([&] { log_epoch_begin(run.exchange_, *event); });
}

air_action NetworkRun::on_node_end(void *self, const air_node_event *event) noexcept {
  auto &run = *static_cast<NetworkRun *>(self);
  return run.guarded([&] { run.send_node(*event); });
}

void NetworkRun::send_node(const air_node_event &event) {
  if (exchange_.faults().always(FaultKind::NoNodes)) return;
  const air_node &node = *event.description;
  const std::vector<wire::TensorDesc> &tensors = model_.node_tensors(node);
  const bool with_data = has(wire::kRunPerLayerWithData) && !personality_.is_neural_art;
  if (personality_.is_neural_art) {
    if ((model_.info().capabilities & AIR_CAP_NODE_BEGIN) == 0) log_epoch_begin(exchange_, event);
    log_epoch_end(exchange_, event, personality_, split_epoch(cycles(event.duration_ms, personality_.sclock)),
                  option_ >> wire::kRunOptUserShift);
  }
  debug(fmt::format("RUN: node {}", event.node));
  send_operator(event, tensors);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const bool there = with_data && event.tensors[i].data != nullptr && !is_dynamic(*node.outputs[i]);
    const wire::Bytes bytes =
        there ? wire::Bytes(static_cast<const std::byte *>(event.tensors[i].data), event.tensors[i].size_bytes)
              : wire::Bytes();
    const uint32_t flags =
        (i + 1 == tensors.size() ? uint32_t{wire::kTensorLast} : 0u) | (there ? 0u : uint32_t{wire::kTensorNoData});
    send_tensor(tensors[i], bytes, flags, wire::kStateProcessing);
  }
}

void NetworkRun::send_operator(const air_node_event &event, const std::vector<wire::TensorDesc> &tensors) {
  const air_node &node = *event.description;
  const bool lies = exchange_.faults().always(FaultKind::LyingNodes).has_value();
  uint32_t flags = wire::kOperatorInternal;
  if (tensors.empty() || lies) flags |= wire::kOperatorWithoutTensor;
  if (event.node + 1 == model_.info().n_nodes_told && !personality_.is_neural_art) flags |= wire::kOperatorLast;
  wire::Response &response = exchange_.blank(wire::Payload::Operator, wire::kStateProcessing);
  wire::Operator &op = response.op;
  op.name = personality_.node_names ? short_text(node.name) : "";
  op.type = flags << wire::kOperatorFlagShift |
            (personality_.is_neural_art ? epoch_kind(node) : operator_type(node) & wire::kOperatorKindMask);
  op.id = personality_.is_neural_art ? epoch_id(event.node) : static_cast<uint32_t>(node.layer);
  op.duration = std::isnan(event.duration_ms) ? 0 : static_cast<float>(event.duration_ms);
  op.stack_used = op.heap_used = -1;
  if (personality_.is_neural_art) {
    const EpochCycles parts = split_epoch(cycles(event.duration_ms, personality_.sclock));
    op.counter_type = wire::kCounters32 << wire::kCounterFormatShift;
    wire::encode_counters(wire::kCounters32, std::array{parts.before, parts.core, parts.after}, op.counters);
  } else {
    count_cycles(event.duration_ms, op);
  }
  exchange_.send(response);
}

void NetworkRun::count_cycles(double ms, wire::Operator &op) const {
  op.counter_type = wire::kCounters64 << wire::kCounterFormatShift | wire::kCounterTypeCpu;
  wire::encode_counters(wire::kCounters64, std::array{cycles(ms, personality_.sclock)}, op.counters);
}

void NetworkRun::send_tensor(const wire::TensorDesc &desc, wire::Bytes bytes, uint32_t flags, uint32_t state) {
  wire::Response &response = exchange_.blank(wire::Payload::Tensor, state);
  response.tensor.desc = desc;
  response.tensor.desc.flags |= flags;
  response.tensor.data = {0, static_cast<uint32_t>(bytes.size()), 0, bytes};
  exchange_.send(response);
}

// The operator message that ends the nodes: the whole inference.
void NetworkRun::send_total(const air_result &result) {
  const bool with_transfers = observed_ && personality_.exec_time_with_transfers;
  const double ms = measured(result, with_transfers ? "time.run" : "time.device");
  wire::Response &response = exchange_.blank(wire::Payload::Operator, wire::kStateProcessing);
  wire::Operator &op = response.op;
  op.name = model_.name();
  op.type = op.id = 0;
  op.duration = static_cast<float>(ms);
  op.stack_used = op.heap_used = -1;
  if (personality_.measures_memory) {
    op.stack_used = usage(measured(result, "memory.stack"));
    op.heap_used = usage(measured(result, "memory.heap"));
  } else if (!personality_.observes) {
    op.heap_used = 0;
  }
  count_cycles(ms, op);
  if (personality_.is_neural_art) {
    const uint64_t total = cycles(ms, personality_.sclock);
    const EpochCycles parts = split_epoch(total);
    wire::encode_counters(
        wire::kCounters64,
        std::array{parts.before, parts.core, parts.after, total, npu_cycles(parts.core, personality_)}, op.counters);
  }
  exchange_.send(response);
}

void NetworkRun::send_outputs(const air_result &result) {
  const std::vector<wire::TensorDesc> &outputs = model_.description().outputs;
  const bool with_data = !has(wire::kRunPerf);
  for (uint32_t i = 0; i < outputs.size(); ++i) {
    const bool is_last = i + 1 == outputs.size();
    const uint32_t flags =
        (is_last ? uint32_t{wire::kTensorLast} : 0u) | (with_data ? 0u : uint32_t{wire::kTensorNoData});
    send_tensor(outputs[i], with_data ? output(result, i) : wire::Bytes(), flags,
                is_last ? wire::kStateDone : wire::kStateProcessing);
  }
}

wire::Bytes NetworkRun::output(const air_result &result, uint32_t index) {
  air_view view{};
  air_get_tensor(&result, AIR_PLACE_OUTPUT, 0, index, 0, &view);
  const air_tensor &tensor = *model_.info().outputs[index];
  if (!exchange_.faults().always(FaultKind::Float16) || tensor.dtype != AIR_DTYPE_FLOAT32) {
    return {static_cast<const std::byte *>(view.data), static_cast<size_t>(view.size_bytes)};
  }
  air_tensor narrow = tensor;
  narrow.dtype = AIR_DTYPE_FLOAT16;
  narrow.size_bytes = tensor.n_elements * dtype_size(AIR_DTYPE_FLOAT16);
  halves_.resize(narrow.size_bytes);
  air_quantize(&narrow, 1, static_cast<const float *>(view.data), halves_.data());
  return halves_;
}

}  // namespace air::server
