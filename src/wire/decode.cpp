// SPDX-License-Identifier: BSD-3-Clause
// Bytes to messages. protobuf-c unpacks what describes; tensor bytes are found by a walk over the fields and stay where they are.
#include "wire/decode.h"

#include <array>
#include <cstring>
#include <memory_resource>
#include <new>
#include <utility>

#include "wire/fields.h"
#include "wire/stai.pb-c.h"

namespace air::wire {
namespace {

// Descriptions of several hundred tensors fit. What protobuf-c needs to unpack a hostile one of this size stays below kWorkingMemory.
constexpr size_t kMaxDescription = size_t{64} * 1024;
constexpr size_t kWorkingMemory = size_t{32} * 1024 * 1024;

void assign(std::string &out, const char *text) {
  out.assign(text != nullptr ? text : "");
}

void assign(std::vector<uint32_t> &out, size_t n, const int32_t *words) {
  out.resize(n);
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint32_t>(words[i]);
}

template <class T, class U>
void assign(std::optional<T> &out, protobuf_c_boolean has, U value) {
  out = has ? std::optional<T>(value) : std::nullopt;
}

void from_proto(const Stai__ReqMsg &proto, Request &out) {
  out.reqid = proto.reqid;
  out.cmd = proto.cmd;
  out.param = proto.param;
  assign(out.name, proto.name);
  out.opt = proto.opt;
}

void from_proto(const Stai__SyncMsg &proto, Sync &out) {
  out.version = proto.version;
  out.capability = proto.capability;
  assign(out.rtid, proto.has_rtid, proto.rtid);
}

struct FlavouredSysInfo {
  SysInfo &info;
  Flavour flavour;
};

void from_proto(const Stai__SysinfoMsg &proto, const FlavouredSysInfo &target) {
  auto &[out, flavour] = target;
  out.devid = proto.devid;
  out.sclock = proto.sclock;
  out.hclock = proto.hclock;
  out.cache = proto.cache;
  const bool has_com_param = flavour == Flavour::B && proto.n_f5 != 0;
  out.com_param = has_com_param ? static_cast<uint32_t>(proto.f5[proto.n_f5 - 1]) : 0;
  if (flavour == Flavour::A) {
    assign(out.extra, proto.n_f5, proto.f5);
  } else {
    assign(out.extra, proto.n_f6, proto.f6);
  }
}

void from_proto(const Stai__AckMsg &proto, Ack &out) {
  out = {proto.param, proto.error};
}

void from_proto(const Stai__LogMsg &proto, Log &out) {
  out.level = proto.level;
  assign(out.str, proto.str);
}

void from_proto(const Stai__AiTensorDescMsg &proto, TensorDesc &out) {
  assign(out.name, proto.name);
  out.format = proto.format;
  out.size = proto.size;
  out.n_dims = proto.dims_info;
  assign(out.dims, proto.n_dims, proto.dims);
  out.scale = proto.scale;
  out.zeropoint = proto.zeropoint;
  out.addr = proto.addr;
  out.flags = proto.flags;
}

void from_proto(const Stai__AiOperatorMsg &proto, Operator &out) {
  assign(out.name, proto.name);
  out.type = proto.type;
  out.id = proto.id;
  out.duration = proto.duration;
  out.counter_type = proto.counter_type;
  assign(out.counters, proto.n_counters, proto.counters);
  out.stack_used = proto.has_stack_used ? proto.stack_used : -1;
  out.heap_used = proto.has_heap_used ? proto.heap_used : -1;
}

void from_proto(const Stai__AiBufferShapeMsg &proto, BufferShape &out) {
  out.format = proto.format;
  out.n_batches = proto.n_batches;
  out.height = proto.height;
  out.width = proto.width;
  out.channels = proto.channels;
  out.scale = proto.scale;
  out.zeropoint = proto.zeropoint;
  assign(out.addr, proto.has_addr, proto.addr);
}

void from_proto(const Stai__AiRunReportMsg &proto, RunReport &out) {
  out = {proto.id, proto.signature, proto.num_inferences, proto.n_nodes, proto.elapsed_ms};
}

template <class Proto, class T>
void from_proto(size_t n, Proto *const *items, std::vector<T> &out) {
  out.resize(n);
  for (size_t i = 0; i < n; ++i) from_proto(*items[i], out[i]);
}

void from_proto(const Stai__AiModelInfoMsg &proto, ModelInfo &out) {
  assign(out.name, proto.name);
  out.rtid = proto.rtid;
  assign(out.signature, proto.signature);
  assign(out.compile_datetime, proto.compile_datetime);
  out.runtime_version = proto.runtime_version;
  out.tool_version = proto.tool_version;
  out.n_macc = proto.n_macc;
  out.n_nodes = proto.n_nodes;
  out.n_inputs = proto.inputs_count;
  out.n_outputs = proto.outputs_count;
  out.n_activations = proto.activations_count;
  out.n_params = proto.params_count;
  from_proto(proto.n_inputs, proto.inputs, out.inputs);
  from_proto(proto.n_outputs, proto.outputs, out.outputs);
  from_proto(proto.n_activations, proto.activations, out.activations);
  from_proto(proto.n_params, proto.params, out.params);
  assign(out.runtime_desc, proto.runtime_desc);
  assign(out.install_time, proto.has_install_time, proto.install_time);
  assign(out.init_time, proto.has_init_time, proto.init_time);
}

void from_proto(const Stai__AiNetworkInfoMsg &proto, NetworkInfo &out) {
  assign(out.model_name, proto.model_name);
  assign(out.model_signature, proto.model_signature);
  assign(out.model_datetime, proto.model_datetime);
  assign(out.compile_datetime, proto.compile_datetime);
  assign(out.runtime_revision, proto.runtime_revision);
  out.runtime_version = proto.runtime_version;
  assign(out.tool_revision, proto.tool_revision);
  out.tool_version = proto.tool_version;
  out.tool_api_version = proto.tool_api_version;
  out.api_version = proto.api_version;
  out.interface_api_version = proto.interface_api_version;
  out.n_macc = proto.n_macc;
  out.n_inputs = proto.inputs_count;
  out.n_outputs = proto.outputs_count;
  out.n_nodes = proto.n_nodes;
  from_proto(proto.n_inputs, proto.inputs, out.inputs);
  from_proto(proto.n_outputs, proto.outputs, out.outputs);
  out.activations = out.weights = {};
  if (proto.activations != nullptr) from_proto(*proto.activations, out.activations);
  if (proto.weights != nullptr) from_proto(*proto.weights, out.weights);
  out.signature = proto.signature;
}

}  // namespace

// Working memory of one decode: a block that is kept, more from the heap up to a limit, all given back at once.
class Decoder::Arena {
 public:
  // The message of this type, valid until release(); NULL when it is malformed or takes too much memory.
  template <class Proto>
  const Proto *unpack(const ProtobufCMessageDescriptor &descriptor, Bytes bytes) {
    static const uint8_t nothing = 0;
    const auto *data = bytes.empty() ? &nothing : reinterpret_cast<const uint8_t *>(bytes.data());
    const auto *message = protobuf_c_message_unpack(&descriptor, &allocator_, bytes.size(), data);
    if (message == nullptr && std::exchange(no_memory_, false)) throw std::bad_alloc();
    return reinterpret_cast<const Proto *>(message);
  }

  void release() {
    memory_.release();
    used_ = 0;
  }

 private:
  static void *allocate(void *self, size_t n) noexcept {
    auto *arena = static_cast<Arena *>(self);
    if (n > kWorkingMemory - arena->used_) return nullptr;
    arena->used_ += n;
    try {
      return arena->memory_.allocate(n, alignof(std::max_align_t));
    } catch (const std::bad_alloc &) {
      arena->no_memory_ = true;
      return nullptr;
    }
  }
  static void keep(void *, void *) noexcept {}

  alignas(std::max_align_t) std::array<std::byte, size_t{16} * 1024> block_;
  std::pmr::monotonic_buffer_resource memory_{block_.data(), block_.size(), std::pmr::new_delete_resource()};
  size_t used_ = 0;
  bool no_memory_ = false;
  ProtobufCAllocator allocator_{allocate, keep, this};
};

template <class Proto, class T>
DecodeStatus Decoder::unpack(const ProtobufCMessageDescriptor &descriptor, Bytes bytes, T &&out) {
  if (bytes.size() > kMaxDescription) return DecodeStatus::TooLong;
  const auto *proto = arena_->unpack<Proto>(descriptor, bytes);
  if (proto != nullptr) from_proto(*proto, out);
  arena_->release();
  return proto != nullptr ? DecodeStatus::Ok : DecodeStatus::Malformed;
}

namespace {

// Number and contents of the last payload among the fields of a respMsg.
struct Envelope {
  Payload payload = Payload::None;
  Bytes contents;
};

bool is_payload(uint32_t number) {
  return (number >= 10 && number <= 17) || (number >= 20 && number <= 22);
}

bool scan_envelope(Bytes message, Response &out, Envelope &envelope) {
  FieldScanner scanner(message);
  Field field{};
  out.reqid = out.state = 0;
  while (scanner.next(field)) {
    if (field.number <= 2) {
      if (field.type != kWireVarint) return false;
      (field.number == 1 ? out.reqid : out.state) = static_cast<uint32_t>(field.value);
    } else if (is_payload(field.number)) {
      if (field.type != kWireBlock) return false;
      envelope = {static_cast<Payload>(field.number), field.block};
    }
  }
  return scanner.ok();
}

// `fields` tells which of the fields 1..4 were there.
bool scan_data(Bytes message, Data &out, uint32_t &fields) {
  FieldScanner scanner(message);
  Field field{};
  out = {};
  fields = 0;
  while (scanner.next(field)) {
    if (field.number > 4) continue;
    if (field.type != (field.number == 4 ? kWireBlock : kWireVarint)) return false;
    const auto value = static_cast<uint32_t>(field.value);
    if (field.number == 1) out.type = value;
    if (field.number == 2) out.size = value;
    if (field.number == 3) out.addr = value;
    if (field.number == 4) out.datas = field.block;
    fields |= 1u << field.number;
  }
  return scanner.ok();
}

bool scan_data(Bytes message, Data &out) {
  uint32_t fields = 0;
  return scan_data(message, out, fields);
}

// Two blocks in one message: fields `first` and `second`.
bool scan_blocks(Bytes message, uint32_t first, Bytes &first_block, uint32_t second, Bytes &second_block) {
  FieldScanner scanner(message);
  Field field{};
  while (scanner.next(field)) {
    if (field.number != first && field.number != second) continue;
    if (field.type != kWireBlock) return false;
    (field.number == first ? first_block : second_block) = field.block;
  }
  return scanner.ok();
}

}  // namespace

const char *decode_status_text(DecodeStatus status) {
  switch (status) {
    case DecodeStatus::Ok:
      return "no error";
    case DecodeStatus::Malformed:
      return "the message is malformed";
    case DecodeStatus::TooLong:
      return "the description in the message is longer than any real one";
  }
  return "unknown decode status";
}

Decoder::Decoder() : arena_(std::make_unique<Arena>()) {}
Decoder::~Decoder() = default;

DecodeStatus Decoder::decode(Bytes message, Flavour flavour, Response &out) {
  Envelope envelope;
  if (!scan_envelope(message, out, envelope)) return DecodeStatus::Malformed;
  out.payload = envelope.payload;
  const Bytes contents = envelope.contents;
  switch (envelope.payload) {
    case Payload::None:
      return DecodeStatus::Ok;
    case Payload::Sync:
      return unpack<Stai__SyncMsg>(stai__sync_msg__descriptor, contents, out.sync);
    case Payload::SysInfo:
      return unpack<Stai__SysinfoMsg>(stai__sysinfo_msg__descriptor, contents, FlavouredSysInfo{out.sinfo, flavour});
    case Payload::Ack:
      return unpack<Stai__AckMsg>(stai__ack_msg__descriptor, contents, out.ack);
    case Payload::Log:
      return unpack<Stai__LogMsg>(stai__log_msg__descriptor, contents, out.log);
    case Payload::Operator:
      return unpack<Stai__AiOperatorMsg>(stai__ai_operator_msg__descriptor, contents, out.op);
    case Payload::RunReport:
      return unpack<Stai__AiRunReportMsg>(stai__ai_run_report_msg__descriptor, contents, out.report);
    case Payload::ModelInfo:
      return unpack<Stai__AiModelInfoMsg>(stai__ai_model_info_msg__descriptor, contents, out.minfo);
    case Payload::NetworkInfo:
      return unpack<Stai__AiNetworkInfoMsg>(stai__ai_network_info_msg__descriptor, contents, out.ninfo);
    case Payload::Data:
      return scan_data(contents, out.data) ? DecodeStatus::Ok : DecodeStatus::Malformed;
    case Payload::Tensor:
      return decode_tensor(contents, out.tensor);
    case Payload::Node2x:
      return decode_node(contents, out.node);
  }
  return DecodeStatus::Malformed;
}

DecodeStatus Decoder::decode_tensor(Bytes contents, Tensor &out) {
  Bytes desc, data;
  if (!scan_blocks(contents, 1, desc, 2, data) || !scan_data(data, out.data)) return DecodeStatus::Malformed;
  return unpack<Stai__AiTensorDescMsg>(stai__ai_tensor_desc_msg__descriptor, desc, out.desc);
}

DecodeStatus Decoder::decode_node(Bytes contents, Node2x &out) {
  FieldScanner scanner(contents);
  Field field{};
  Bytes buffer;
  out.type = out.id = 0;
  out.duration = 0;
  while (scanner.next(field)) {
    constexpr std::array<uint32_t, 4> types = {kWireVarint, kWireVarint, kWireFixed32, kWireBlock};
    if (field.number > types.size()) continue;
    if (field.type != types.at(field.number - 1)) return DecodeStatus::Malformed;
    if (field.number == 1) out.type = static_cast<uint32_t>(field.value);
    if (field.number == 2) out.id = static_cast<uint32_t>(field.value);
    if (field.number == 3) std::memcpy(&out.duration, field.block.data(), sizeof out.duration);
    if (field.number == 4) buffer = field.block;
  }
  if (!scanner.ok()) return DecodeStatus::Malformed;
  if (!buffer.empty()) return decode(buffer, out.buffer);
  out.buffer = {};
  return DecodeStatus::Ok;
}

DecodeStatus Decoder::decode(Bytes message, Request &out) {
  const DecodeStatus status = unpack<Stai__ReqMsg>(stai__req_msg__descriptor, message, out);
  const bool too_long = status == DecodeStatus::Ok && out.name.size() > kMaxName;
  return too_long ? DecodeStatus::TooLong : status;
}

DecodeStatus Decoder::decode(Bytes message, Ack &out) {
  return unpack<Stai__AckMsg>(stai__ack_msg__descriptor, message, out);
}

DecodeStatus Decoder::decode(Bytes message, Buffer2x &out) {
  Bytes shape;
  out.datas = {};
  if (!scan_blocks(message, 1, shape, 2, out.datas)) return DecodeStatus::Malformed;
  return unpack<Stai__AiBufferShapeMsg>(stai__ai_buffer_shape_msg__descriptor, shape, out.shape);
}

DecodeStatus Decoder::decode(Bytes message, Data &out) {
  constexpr uint32_t all = 0b11110;
  uint32_t fields = 0;
  return scan_data(message, out, fields) && fields == all ? DecodeStatus::Ok : DecodeStatus::Malformed;
}

}  // namespace air::wire
