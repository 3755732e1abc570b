// SPDX-License-Identifier: BSD-3-Clause
// Messages to bytes. protobuf-c packs every message except the heads of those whose tensor bytes stay where they are.
#include "wire/encode.h"

#include <string>

#include "wire/fields.h"
#include "wire/stai.pb-c.h"

namespace air::wire {
namespace {

using Buffer = std::vector<std::byte>;

template <class T>
void set(protobuf_c_boolean &has, T &field, T value) {
  has = 1;
  field = value;
}

// protobuf-c only reads what it packs.
char *text(const std::string &text) {
  return const_cast<char *>(text.c_str());
}

struct Words {
  size_t n;
  int32_t *values;
};

Words words(const std::vector<uint32_t> &values) {
  return {values.size(), reinterpret_cast<int32_t *>(const_cast<uint32_t *>(values.data()))};
}

Stai__SyncMsg to_proto(const Sync &sync) {
  Stai__SyncMsg proto = STAI__SYNC_MSG__INIT;
  set(proto.has_version, proto.version, sync.version);
  set(proto.has_capability, proto.capability, sync.capability);
  if (sync.rtid) set(proto.has_rtid, proto.rtid, *sync.rtid);
  return proto;
}

// `com_param` is storage for the one element of field 5 in flavour B.
Stai__SysinfoMsg to_proto(const SysInfo &info, Flavour flavour, int32_t &com_param) {
  Stai__SysinfoMsg proto = STAI__SYSINFO_MSG__INIT;
  set(proto.has_devid, proto.devid, info.devid);
  set(proto.has_sclock, proto.sclock, info.sclock);
  set(proto.has_hclock, proto.hclock, info.hclock);
  set(proto.has_cache, proto.cache, info.cache);
  const Words extra = words(info.extra);
  if (flavour == Flavour::A) {
    proto.n_f5 = extra.n;
    proto.f5 = extra.values;
    return proto;
  }
  com_param = static_cast<int32_t>(info.com_param);
  proto.n_f5 = 1;
  proto.f5 = &com_param;
  proto.n_f6 = extra.n;
  proto.f6 = extra.values;
  return proto;
}

Stai__AckMsg to_proto(const Ack &ack) {
  Stai__AckMsg proto = STAI__ACK_MSG__INIT;
  proto.param = ack.param;
  proto.error = ack.error;
  return proto;
}

Stai__LogMsg to_proto(const Log &log) {
  Stai__LogMsg proto = STAI__LOG_MSG__INIT;
  set(proto.has_level, proto.level, log.level);
  proto.str = text(log.str);
  return proto;
}

Stai__AiTensorDescMsg to_proto(const TensorDesc &desc) {
  Stai__AiTensorDescMsg proto = STAI__AI_TENSOR_DESC_MSG__INIT;
  proto.name = text(desc.name);
  set(proto.has_format, proto.format, desc.format);
  set(proto.has_size, proto.size, desc.size);
  set(proto.has_dims_info, proto.dims_info, desc.n_dims);
  const Words dims = words(desc.dims);
  proto.n_dims = dims.n;
  proto.dims = dims.values;
  set(proto.has_scale, proto.scale, desc.scale);
  set(proto.has_zeropoint, proto.zeropoint, desc.zeropoint);
  set(proto.has_addr, proto.addr, desc.addr);
  set(proto.has_flags, proto.flags, desc.flags);
  return proto;
}

Stai__AiOperatorMsg to_proto(const Operator &op) {
  Stai__AiOperatorMsg proto = STAI__AI_OPERATOR_MSG__INIT;
  proto.name = text(op.name);
  set(proto.has_type, proto.type, op.type);
  set(proto.has_id, proto.id, op.id);
  set(proto.has_duration, proto.duration, op.duration);
  set(proto.has_counter_type, proto.counter_type, op.counter_type);
  const Words counters = words(op.counters);
  proto.n_counters = counters.n;
  proto.counters = counters.values;
  set(proto.has_stack_used, proto.stack_used, op.stack_used);
  set(proto.has_heap_used, proto.heap_used, op.heap_used);
  return proto;
}

Stai__AiBufferShapeMsg to_proto(const BufferShape &shape) {
  Stai__AiBufferShapeMsg proto = STAI__AI_BUFFER_SHAPE_MSG__INIT;
  proto.format = shape.format;
  proto.n_batches = shape.n_batches;
  proto.height = shape.height;
  proto.width = shape.width;
  proto.channels = shape.channels;
  proto.scale = shape.scale;
  proto.zeropoint = shape.zeropoint;
  if (shape.addr) set(proto.has_addr, proto.addr, *shape.addr);
  return proto;
}

Stai__AiRunReportMsg to_proto(const RunReport &report) {
  Stai__AiRunReportMsg proto = STAI__AI_RUN_REPORT_MSG__INIT;
  set(proto.has_id, proto.id, report.id);
  set(proto.has_signature, proto.signature, report.signature);
  set(proto.has_num_inferences, proto.num_inferences, report.num_inferences);
  set(proto.has_n_nodes, proto.n_nodes, report.n_nodes);
  set(proto.has_elapsed_ms, proto.elapsed_ms, report.elapsed_ms);
  return proto;
}

// A repeated message: what protobuf-c wants is an array of pointers.
template <class Proto>
class List {
 public:
  template <class T>
  List(const std::vector<T> &values, size_t &n, Proto **&array) {
    for (const T &value : values) items_.push_back(to_proto(value));
    for (Proto &item : items_) pointers_.push_back(&item);
    n = pointers_.size();
    array = pointers_.data();
  }

 private:
  std::vector<Proto> items_;
  std::vector<Proto *> pointers_;
};

void append(Buffer &out, const ProtobufCMessage &message) {
  const size_t at = out.size();
  out.resize(at + protobuf_c_message_get_packed_size(&message));
  protobuf_c_message_pack(&message, reinterpret_cast<uint8_t *>(out.data() + at));
}

void append_message(Buffer &out, uint32_t number, const ProtobufCMessage &message) {
  append_block(out, number, protobuf_c_message_get_packed_size(&message));
  append(out, message);
}

void append_minfo(Buffer &out, const ModelInfo &info) {
  Stai__AiModelInfoMsg proto = STAI__AI_MODEL_INFO_MSG__INIT;
  const List<Stai__AiTensorDescMsg> inputs(info.inputs, proto.n_inputs, proto.inputs);
  const List<Stai__AiTensorDescMsg> outputs(info.outputs, proto.n_outputs, proto.outputs);
  const List<Stai__AiTensorDescMsg> activations(info.activations, proto.n_activations, proto.activations);
  const List<Stai__AiTensorDescMsg> params(info.params, proto.n_params, proto.params);
  proto.name = text(info.name);
  set(proto.has_rtid, proto.rtid, info.rtid);
  proto.signature = text(info.signature);
  proto.compile_datetime = text(info.compile_datetime);
  set(proto.has_runtime_version, proto.runtime_version, info.runtime_version);
  set(proto.has_tool_version, proto.tool_version, info.tool_version);
  set(proto.has_n_macc, proto.n_macc, info.n_macc);
  set(proto.has_n_nodes, proto.n_nodes, info.n_nodes);
  set(proto.has_inputs_count, proto.inputs_count, info.n_inputs);
  set(proto.has_outputs_count, proto.outputs_count, info.n_outputs);
  set(proto.has_activations_count, proto.activations_count, info.n_activations);
  set(proto.has_params_count, proto.params_count, info.n_params);
  proto.runtime_desc = text(info.runtime_desc);
  if (info.install_time) set(proto.has_install_time, proto.install_time, *info.install_time);
  if (info.init_time) set(proto.has_init_time, proto.init_time, *info.init_time);
  append_message(out, static_cast<uint32_t>(Payload::ModelInfo), proto.base);
}

void append_ninfo(Buffer &out, const NetworkInfo &info) {
  Stai__AiNetworkInfoMsg proto = STAI__AI_NETWORK_INFO_MSG__INIT;
  const List<Stai__AiBufferShapeMsg> inputs(info.inputs, proto.n_inputs, proto.inputs);
  const List<Stai__AiBufferShapeMsg> outputs(info.outputs, proto.n_outputs, proto.outputs);
  Stai__AiBufferShapeMsg activations = to_proto(info.activations);
  Stai__AiBufferShapeMsg weights = to_proto(info.weights);
  proto.activations = &activations;
  proto.weights = &weights;
  proto.model_name = text(info.model_name);
  proto.model_signature = text(info.model_signature);
  proto.model_datetime = text(info.model_datetime);
  proto.compile_datetime = text(info.compile_datetime);
  proto.runtime_revision = text(info.runtime_revision);
  proto.tool_revision = text(info.tool_revision);
  set(proto.has_runtime_version, proto.runtime_version, info.runtime_version);
  set(proto.has_tool_version, proto.tool_version, info.tool_version);
  set(proto.has_tool_api_version, proto.tool_api_version, info.tool_api_version);
  set(proto.has_api_version, proto.api_version, info.api_version);
  set(proto.has_interface_api_version, proto.interface_api_version, info.interface_api_version);
  set(proto.has_n_macc, proto.n_macc, info.n_macc);
  set(proto.has_inputs_count, proto.inputs_count, info.n_inputs);
  set(proto.has_outputs_count, proto.outputs_count, info.n_outputs);
  set(proto.has_n_nodes, proto.n_nodes, info.n_nodes);
  set(proto.has_signature, proto.signature, info.signature);
  append_message(out, static_cast<uint32_t>(Payload::NetworkInfo), proto.base);
}

size_t data_head_size(const Data &data) {
  return 3 + varint_size(data.type) + varint_size(data.size) + varint_size(data.addr) +
         block_header_size(4, data.datas.size());
}

void append_data_head(Buffer &out, const Data &data) {
  append_field(out, 1, data.type);
  append_field(out, 2, data.size);
  append_field(out, 3, data.addr);
  append_block(out, 4, data.datas.size());
}

void append_data(Buffer &out, uint32_t number, const Data &data) {
  append_block(out, number, data_head_size(data) + data.datas.size());
  append_data_head(out, data);
}

void append_tensor(Buffer &out, const Tensor &tensor) {
  const Stai__AiTensorDescMsg desc = to_proto(tensor.desc);
  const size_t n_desc = stai__ai_tensor_desc_msg__get_packed_size(&desc);
  const size_t n_data = data_head_size(tensor.data) + tensor.data.datas.size();
  const size_t n_tensor = block_header_size(1, n_desc) + n_desc + block_header_size(2, n_data) + n_data;
  append_block(out, static_cast<uint32_t>(Payload::Tensor), n_tensor);
  append_message(out, 1, desc.base);
  append_data(out, 2, tensor.data);
}

size_t buffer_head_size(const Buffer2x &buffer) {
  const Stai__AiBufferShapeMsg shape = to_proto(buffer.shape);
  const size_t n_shape = stai__ai_buffer_shape_msg__get_packed_size(&shape);
  const size_t n_datas = buffer.datas.empty() ? 0 : block_header_size(2, buffer.datas.size());
  return block_header_size(1, n_shape) + n_shape + n_datas;
}

void append_buffer_head(Buffer &out, const Buffer2x &buffer) {
  append_message(out, 1, to_proto(buffer.shape).base);
  if (!buffer.datas.empty()) append_block(out, 2, buffer.datas.size());
}

void append_node(Buffer &out, const Node2x &node) {
  Stai__NodeMsg proto = STAI__NODE_MSG__INIT;
  set(proto.has_type, proto.type, node.type);
  set(proto.has_id, proto.id, node.id);
  set(proto.has_duration, proto.duration, node.duration);
  const size_t n_buffer = buffer_head_size(node.buffer) + node.buffer.datas.size();
  const size_t n_node = stai__node_msg__get_packed_size(&proto) + block_header_size(4, n_buffer) + n_buffer;
  append_block(out, static_cast<uint32_t>(Payload::Node2x), n_node);
  append(out, proto.base);
  append_block(out, 4, n_buffer);
  append_buffer_head(out, node.buffer);
}

}  // namespace

Scatter encode(const Request &request, Buffer &head) {
  Stai__ReqMsg proto = STAI__REQ_MSG__INIT;
  proto.reqid = request.reqid;
  proto.cmd = request.cmd;
  proto.param = request.param;
  proto.name = text(request.name);
  proto.opt = request.opt;
  head.clear();
  append(head, proto.base);
  return {head, {}};
}

Scatter encode(const Ack &ack, Buffer &head) {
  head.clear();
  append(head, to_proto(ack).base);
  return {head, {}};
}

Scatter encode(const Data &data, Buffer &head) {
  head.clear();
  append_data_head(head, data);
  return {head, data.datas};
}

Scatter encode(const Buffer2x &buffer, Buffer &head) {
  head.clear();
  append_buffer_head(head, buffer);
  return {head, buffer.datas};
}

Scatter encode(const Response &response, Flavour flavour, Buffer &head) {
  head.clear();
  append_field(head, 1, response.reqid);
  append_field(head, 2, response.state);
  const auto number = static_cast<uint32_t>(response.payload);
  int32_t com_param = 0;
  switch (response.payload) {
    case Payload::Sync:
      append_message(head, number, to_proto(response.sync).base);
      break;
    case Payload::SysInfo:
      append_message(head, number, to_proto(response.sinfo, flavour, com_param).base);
      break;
    case Payload::Ack:
      append_message(head, number, to_proto(response.ack).base);
      break;
    case Payload::Log:
      append_message(head, number, to_proto(response.log).base);
      break;
    case Payload::Operator:
      append_message(head, number, to_proto(response.op).base);
      break;
    case Payload::RunReport:
      append_message(head, number, to_proto(response.report).base);
      break;
    case Payload::ModelInfo:
      append_minfo(head, response.minfo);
      break;
    case Payload::NetworkInfo:
      append_ninfo(head, response.ninfo);
      break;
    case Payload::Data:
      append_data(head, number, response.data);
      return {head, response.data.datas};
    case Payload::Tensor:
      append_tensor(head, response.tensor);
      return {head, response.tensor.data.datas};
    case Payload::Node2x:
      append_node(head, response.node);
      return {head, response.node.buffer.datas};
    case Payload::None:
      break;
  }
  return {head, {}};
}

}  // namespace air::wire
