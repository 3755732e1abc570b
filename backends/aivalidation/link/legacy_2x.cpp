// SPDX-License-Identifier: BSD-3-Clause
// Protocol 2.x: every node and report is acknowledged, a tensor comes with its node, the outputs are nodes too.
#include "aivalidation/link/legacy_2x.h"

#include <algorithm>
#include <limits>

namespace air::aivalidation {
namespace {

// The rtid of 2.2: runtime, then toolchain. Its API is the legacy one. 2.1 has none: there the generator of ST's runtime has an API version
// of its own, and the runtime of others goes by the tool.
uint32_t rtid_3x(const wire::NetworkInfo &info, const wire::Sync &sync) {
  constexpr uint32_t kTools2xShift = 8;
  constexpr uint32_t kToolsShift = 16;
  if (!sync.rtid) {
    const bool is_foreign = info.api_version != 0 && info.tool_api_version == info.api_version;
    return is_foreign ? wire::kRuntimeTvm : wire::kRuntimeStAi;
  }
  return (*sync.rtid & 0xFF) | (*sync.rtid >> kTools2xShift & 0xFF) << kToolsShift;
}

wire::TensorDesc tensor_desc(const wire::BufferShape &shape, uint32_t flags) {
  const uint64_t size = uint64_t{shape.n_batches} * shape.height;
  const uint64_t rest = uint64_t{shape.width} * shape.channels;
  const bool fits = rest == 0 || size <= std::numeric_limits<uint32_t>::max() / rest;
  return {.name = "",
          .format = shape.format,
          .size = fits ? static_cast<uint32_t>(size * rest) : 0,
          .n_dims = (wire::kShapeBhwc << wire::kShapeShift) | 4,
          .dims = {shape.n_batches, shape.height, shape.width, shape.channels},
          .scale = shape.scale,
          .zeropoint = shape.zeropoint,
          .addr = shape.addr.value_or(0),
          .flags = flags};
}

// Memory is described by a shape whose channels are the bytes.
wire::TensorDesc pool_desc(const wire::BufferShape &shape) {
  wire::BufferShape bytes = shape;
  bytes.format = 0x00040440;  // uint8
  bytes.n_batches = bytes.height = bytes.width = 1;
  bytes.scale = 0;
  return tensor_desc(bytes, wire::kTensorMempool);
}

uint32_t run_param_2x(uint32_t mode) {
  uint32_t param = wire::kRun2xNormal;
  if ((mode & AIR_MODE_PER_LAYER) != 0) param = wire::kRun2xInspector;
  if ((mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0) param = wire::kRun2xInspectorWithData;
  return param;
}

wire::Request request_of(const Model &model, const backend::Run &run) {
  return {.cmd = wire::kCmdNetworkRun, .param = run_param_2x(run.c().mode), .name = model.found().info.name};
}

uint32_t kind_of(const wire::Node2x &node) {
  return node.type >> wire::kNode2xShift;
}

}  // namespace

wire::ModelInfo model_info_2x(const wire::NetworkInfo &info, const wire::Sync &sync) {
  wire::ModelInfo model;
  model.name = info.model_name;
  model.rtid = rtid_3x(info, sync);
  model.signature = info.model_signature;
  model.compile_datetime = info.compile_datetime;
  model.runtime_version = info.runtime_version;
  model.tool_version = info.tool_version;
  model.n_macc = info.n_macc;
  model.n_nodes = info.n_nodes;
  model.n_inputs = info.n_inputs;
  model.n_outputs = info.n_outputs;
  model.n_activations = model.n_params = 1;
  for (const wire::BufferShape &shape : info.inputs) model.inputs.push_back(tensor_desc(shape, wire::kTensorInput));
  for (const wire::BufferShape &shape : info.outputs) model.outputs.push_back(tensor_desc(shape, wire::kTensorOutput));
  model.activations = {pool_desc(info.activations)};
  model.params = {pool_desc(info.weights)};
  model.runtime_desc = info.runtime_revision;
  return model;
}

uint32_t capabilities_2x(uint32_t sync_capability) {
  uint32_t capabilities = 0;
  if ((sync_capability & wire::kCap2xInspector) != 0) capabilities |= AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA;
  return capabilities;
}

Run2x::Run2x(const RunContext &context, Model &model, backend::Run &run)
    : context_(context),
      model_(model),
      run_(run),
      command_(context.link, context.log, request_of(model, run), "sending NETWORK_RUN"),
      events_(model, run) {}

void Run2x::execute() {
  model_.nodes().begin_run();
  send_inputs();
  try {
    if (run_param_2x(run_.c().mode) != wire::kRun2xNormal) receive_nodes();
    receive_outputs();
  } catch (const Error &error) {
    fail_inference(error);
  }
  model_.nodes().end_run();
  command_.finish();
}

// Every run takes complete inputs: sending one element came with 3.x.
void Run2x::send_inputs() {
  const auto &shapes = model_.found().legacy->inputs;
  command_.expect(wire::Payload::Ack, wire::kStateWaiting,
                  {context_.limits.run, "waiting for the first reply to NETWORK_RUN"});
  const Wait wait{context_.limits.input, "waiting for the acknowledge of an input tensor"};
  for (size_t i = 0; i < shapes.size(); ++i) {
    const wire::Bytes bytes(static_cast<const std::byte *>(run_.input(i)),
                            static_cast<size_t>(model_.inputs()[i].size_bytes));
    command_.send(wire::Buffer2x{.shape = shapes[i], .datas = bytes}, "sending an input tensor");
    command_.expect(wire::Payload::Ack, i + 1 < shapes.size() ? wire::kStateWaiting : wire::kStateProcessing, wait);
    command_.acknowledge("acknowledging an input tensor");
  }
}

// Until the report that follows the last node.
void Run2x::receive_nodes() {
  const Wait wait{context_.limits.inference, "waiting for the next node"};
  for (;;) {
    const wire::Response &response = command_.next(wait);
    const bool is_report = response.payload == wire::Payload::RunReport;
    command_.check(response, is_report ? wire::Payload::RunReport : wire::Payload::Node2x, wire::kStateProcessing);
    command_.acknowledge(is_report ? "acknowledging the report" : "acknowledging a node");
    if (is_report) return;
    take_node(response.node);
  }
}

void Run2x::take_node(const wire::Node2x &node) {
  Nodes &nodes = model_.nodes();
  if (!nodes.in_node()) {
    nodes.begin_node({.type = node.type & wire::kOperatorKindMask, .id = node.id});
    duration_ms_ = node.duration;
  }
  const bool more = (kind_of(node) & wire::kNode2xInternalMore) != 0;
  nodes.add_tensor(
      {.desc = tensor_desc(node.buffer.shape, wire::kTensorInternal), .data = {.datas = node.buffer.datas}}, more);
  if (!more) end_node();
}

void Run2x::end_node() {
  events_.tell(model_.nodes().end_node(), duration_ms_, "");
}

void Run2x::receive_outputs() {
  const auto n = static_cast<uint32_t>(model_.outputs().size());
  const Wait wait{context_.limits.inference, "waiting for an output tensor"};
  for (uint32_t i = 0; i < n; ++i) {
    const bool is_last = i + 1 == n;
    const wire::Response &response =
        command_.expect(wire::Payload::Node2x, is_last ? wire::kStateDone : wire::kStateProcessing, wait);
    if (!is_last) command_.acknowledge("acknowledging an output tensor");
    const TensorInfo &info = model_.outputs()[i];
    const wire::Bytes bytes = response.node.buffer.datas;
    if (kind_of(response.node) != wire::kNode2xOutput || bytes.size() != info.size_bytes) {
      fail(AIR_ERROR_PROTOCOL, "output #{}: a node of type 0x{:x} with {} bytes came, expected an output of {} bytes",
           i + 1, response.node.type, bytes.size(), info.size_bytes);
    }
    std::copy(bytes.begin(), bytes.end(), static_cast<std::byte *>(run_.output(i)));
    inference_ns_ = to_ns(response.node.duration);
  }
}

}  // namespace air::aivalidation
