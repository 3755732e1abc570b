// SPDX-License-Identifier: BSD-3-Clause
// One run of one model, protocol 3.x.
#include "aivalidation/model/run.h"

#include <algorithm>
#include <cstring>

#include "common/dtype.h"
#include "common/half.h"
#include "wire/constants.h"
#include "wire/format.h"

namespace air::aivalidation {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr double kLongestMs = 1e12;

uint32_t operator_flags(const wire::Operator &op) {
  return op.type >> wire::kOperatorFlagShift;
}

uint32_t run_param(uint32_t mode) {
  uint32_t param = wire::kRunIoOnly;
  if ((mode & (AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA)) != 0) param |= wire::kRunPerLayer;
  if ((mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0 && (mode & AIR_MODE_PERF_ONLY) == 0) {
    param |= wire::kRunPerLayerWithData;
  }
  if ((mode & AIR_MODE_PERF_ONLY) != 0) param |= wire::kRunPerf | wire::kRunConstValue;
  if ((mode & AIR_MODE_FIXED_INPUT) != 0) param |= wire::kRunConstValue;
  if ((mode & AIR_MODE_DEBUG) != 0) param |= wire::kRunDebug;
  return param;
}

// Outputs and data of nodes are those of another run.
uint32_t counting_param(uint32_t mode) {
  return (run_param(mode) & ~wire::kRunPerLayerWithData) | wire::kRunPerLayer | wire::kRunPerf;
}

wire::Request request_of(const Model &model, const backend::Run &run, const Pass &pass) {
  const air_run &asked = run.c();
  const uint32_t first = (asked.flags & AIR_RUN_FIRST) != 0 ? wire::kRunOptFirst : 0;
  return {.cmd = wire::kCmdNetworkRun,
          .param = pass.only_counts ? counting_param(asked.mode) : run_param(asked.mode),
          .name = model.found().info.name,
          .opt = first | (asked.user_option | pass.option) << wire::kRunOptUserShift};
}

// Some firmware announces float16 tensors as float32, and takes and sends half of the bytes.
void narrow_floats(wire::Bytes floats, std::vector<std::byte> &halves) {
  const size_t n = floats.size() / sizeof(float);
  halves.resize(n * sizeof(Half));
  for (size_t i = 0; i < n; ++i) {
    float value = 0;
    std::memcpy(&value, floats.data() + i * sizeof(value), sizeof(value));
    const Half half = to_half(value);
    std::memcpy(halves.data() + i * sizeof(half), &half, sizeof(half));
  }
}

void widen_floats(wire::Bytes halves, std::byte *floats) {
  for (size_t i = 0; i < halves.size() / sizeof(Half); ++i) {
    Half half{};
    std::memcpy(&half, halves.data() + i * sizeof(half), sizeof(half));
    const float value = to_float(half);
    std::memcpy(floats + i * sizeof(value), &value, sizeof(value));
  }
}

}  // namespace

uint64_t to_ns(float ms) {
  return ms > 0 ? static_cast<uint64_t>(std::min<double>(ms, kLongestMs) * kNsPerMs) : 0;
}

void fail_inference(const Error &error) {
  const bool is_network = error.status() == AIR_ERROR_TARGET && error.vendor_code() == wire::kErrorGeneric;
  throw Error(is_network ? AIR_ERROR_RUN_FAILED : error.status(), error.what(), error.vendor_code(), error.causes());
}

void NodeEvents::tell(const Nodes::Ended &node, float duration_ms, const std::string &note) {
  any_ = true;
  device_ns_ += to_ns(duration_ms);
  if (!run_.wants_end()) return;
  const uint64_t start_ns = backend::now_ns();
  model_.nodes().describe(node.index, run_);
  const std::span<const double> values =
      model_.measurements().of_node(node.index, static_cast<double>(to_ns(duration_ms)) / kNsPerMs, node.op, run_);
  air_backend_event event{};
  event.node = node.index;
  event.data = run_.wants_data() ? node.data : nullptr;
  event.values = values.data();
  event.n_values = static_cast<uint32_t>(values.size());
  event.note = note.empty() ? nullptr : note.c_str();
  run_.end_node(event);
  spent_ns_ += backend::now_ns() - start_ns;
}

Run3x::Run3x(const RunContext &context, Model &model, backend::Run &run, Pass pass)
    : context_(context),
      model_(model),
      run_(run),
      pass_(pass),
      command_(context.link, context.log, request_of(model, run, pass), "sending NETWORK_RUN"),
      events_(model, run) {}

void Run3x::execute() {
  model_.nodes().begin_run();
  send_inputs();
  try {
    receive_nodes();
  } catch (const Error &error) {
    fail_inference(error);
  }
  receive_outputs();
  model_.nodes().end_run();
  command_.finish();
}

void Run3x::send_inputs() {
  const auto n = static_cast<uint32_t>(model_.inputs().size());
  const Wait first{context_.limits.run, "waiting for the first reply to NETWORK_RUN"};
  uint32_t expected = command_.expect(wire::Payload::Ack, wire::kStateWaiting, first).ack.param;
  const Wait wait{context_.limits.input, "waiting for the acknowledge of an input tensor"};
  for (uint32_t i = 0; i < n; ++i) {
    send_input(i, expected);
    expected = 0;  // only the first size is announced in time
    command_.expect(wire::Payload::Ack, i + 1 < n ? wire::kStateWaiting : wire::kStateProcessing, wait);
    command_.acknowledge("acknowledging an input tensor");
  }
}

void Run3x::send_input(uint32_t index, uint32_t expected_bytes) {
  const TensorInfo &info = model_.inputs()[index];
  const bool one_element = (run_param(run_.c().mode) & wire::kRunConstValue) != 0;
  const uint64_t size = one_element ? dtype_size(info.dtype) : info.size_bytes;
  wire::Bytes bytes(static_cast<const std::byte *>(run_.input(index)), static_cast<size_t>(size));
  if (info.dtype == AIR_DTYPE_FLOAT32 && expected_bytes != 0 && expected_bytes * uint64_t{2} == size) {
    narrow_floats(bytes, context_.halves);
    bytes = context_.halves;
  }
  command_.send(wire::Data{.size = static_cast<uint32_t>(bytes.size()), .datas = bytes}, "sending an input tensor");
}

// Until the operator that stands for the whole inference.
void Run3x::receive_nodes() {
  const Wait inference{context_.limits.inference, "waiting for the next node or the end of the inference"};
  const Wait tensor{context_.limits.tensor, "waiting for a tensor of a node"};
  command_.take_statistics();  // what came before the inputs belongs to no node
  bool tensor_due = false;
  for (;;) {
    const wire::Response &response = command_.next(tensor_due ? tensor : inference);
    if (response.payload == wire::Payload::Tensor && model_.nodes().in_node()) {
      command_.check(response, wire::Payload::Tensor, wire::kStateProcessing);
      take_tensor(response.tensor);
      tensor_due = model_.nodes().in_node();
      continue;
    }
    command_.check(response, wire::Payload::Operator, wire::kStateProcessing);
    const uint32_t flags = operator_flags(response.op);
    end_node();  // one without tensors, or whose last tensor carried no mark
    if (flags == 0) return take_inference(response.op);
    take_operator(response.op);
    tensor_due = (flags & wire::kOperatorWithoutTensor) == 0;
  }
}

void Run3x::take_operator(const wire::Operator &op) {
  model_.nodes().begin_node(op);
  statistics_ = command_.take_statistics();
}

void Run3x::take_tensor(const wire::Tensor &tensor) {
  const bool is_last = (tensor.desc.flags & wire::kTensorLast) != 0;
  if ((tensor.desc.flags & wire::kTensorInternal) == 0) {
    fail(AIR_ERROR_PROTOCOL, "{} sends a tensor of flags 0x{:x} where one of a node was due", context_.link.name(),
         tensor.desc.flags);
  }
  if (const std::string more = command_.take_statistics(); !more.empty()) {
    statistics_ += (statistics_.empty() ? "" : "\n") + more;
  }
  model_.nodes().add_tensor(tensor, !is_last);
  if (is_last) end_node();
}

void Run3x::end_node() {
  if (!model_.nodes().in_node()) return;
  const Nodes::Ended node = model_.nodes().end_node();
  if (model_.has_npu_counters()) model_.measurements().npu().take(node.index, statistics_);
  if (pass_.only_counts) return;
  if (run_.has(AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA)) events_.tell(node, node.op.duration, statistics_);
}

void Run3x::take_inference(const wire::Operator &op) {
  command_.take_statistics();
  if (pass_.only_counts) return;
  inference_ns_ = to_ns(op.duration);
  model_.measurements().add_inference(op, run_);
}

void Run3x::receive_outputs() {
  const auto n = static_cast<uint32_t>(model_.outputs().size());
  const Wait wait{context_.limits.inference, "waiting for an output tensor"};
  for (uint32_t i = 0; i < n; ++i) {
    const bool is_last = i + 1 == n;
    const wire::Response &response =
        command_.expect(wire::Payload::Tensor, is_last ? wire::kStateDone : wire::kStateProcessing, wait);
    const uint32_t flags = response.tensor.desc.flags;
    if ((flags & wire::kTensorOutput) == 0 || ((flags & wire::kTensorLast) != 0) != is_last) {
      fail(AIR_ERROR_PROTOCOL,
           "Number of received output tensor is not valid: {} sends a tensor of flags 0x{:x} as output #{} of {}",
           context_.link.name(), flags, i + 1, n);
    }
    take_output(i, response.tensor);
  }
}

void Run3x::take_output(uint32_t index, const wire::Tensor &tensor) {
  const TensorInfo &info = model_.outputs()[index];
  const wire::Bytes bytes = tensor.data.datas;
  auto *place = static_cast<std::byte *>(run_.output(index));
  const wire::TensorDesc &desc = model_.found().info.outputs.at(index);
  if (!same_form(tensor.desc, desc)) {
    fail(AIR_ERROR_PROTOCOL,
         "Received TensorDesc is not consistent: {} came as format 0x{:08x}, {} elements in {} dimensions, was "
         "announced "
         "as format 0x{:08x}, {} in {}",
         info.name, tensor.desc.format, tensor.desc.size, tensor.desc.dims.size(), desc.format, desc.size,
         desc.dims.size());
  }
  const bool is_wanted = run_.wants_outputs() && !pass_.only_counts;
  if (bytes.empty() && (tensor.desc.flags & wire::kTensorNoData) != 0 && !is_wanted) return;
  if (bytes.size() == info.size_bytes) {
    std::copy(bytes.begin(), bytes.end(), place);
  } else if (info.dtype == AIR_DTYPE_FLOAT32 && bytes.size() * 2 == info.size_bytes) {
    widen_floats(bytes, place);
  } else {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - {} bytes came, its description makes {}",
         info.name, bytes.size(), info.size_bytes);
  }
}

}  // namespace air::aivalidation
