// SPDX-License-Identifier: BSD-3-Clause
// Random messages.
#include "random_messages.h"

#include <algorithm>

namespace air::wire {

uint32_t RandomMessages::word() {
  const uint32_t bits = below(33);
  return bits == 0 ? 0 : static_cast<uint32_t>(engine_()) >> (32 - bits);
}

std::string RandomMessages::name(size_t limit) {
  std::string text(below(static_cast<uint32_t>(limit) + 1), ' ');
  // Any byte but the terminator: firmware does not promise UTF-8.
  for (char &c : text) c = static_cast<char>(1 + below(255));
  return text;
}

std::vector<uint32_t> RandomMessages::words(uint32_t limit) {
  std::vector<uint32_t> result(below(limit + 1));
  for (uint32_t &value : result) value = word();
  return result;
}

Bytes RandomMessages::datas() {
  memory_ = pattern(chance() ? below(5) : below(20000), word());
  return memory_;
}

Request RandomMessages::request() {
  return {word(), word(), word(), name(kMaxName), word()};
}

Data RandomMessages::data() {
  return {word(), word(), word(), datas()};
}

Buffer2x RandomMessages::buffer2x() {
  return {shape(), datas()};
}

TensorDesc RandomMessages::desc() {
  return {name(kMaxName), word(), word(), word(), words(6), number(), static_cast<int32_t>(word()), word(), word()};
}

std::vector<TensorDesc> RandomMessages::descs() {
  std::vector<TensorDesc> result(below(4));
  for (TensorDesc &item : result) item = desc();
  return result;
}

BufferShape RandomMessages::shape() {
  BufferShape result{word(), word(), word(), word(), word(), number(), static_cast<int32_t>(word()), std::nullopt};
  if (chance()) result.addr = word();
  return result;
}

std::vector<BufferShape> RandomMessages::shapes() {
  std::vector<BufferShape> result(below(4));
  for (BufferShape &item : result) item = shape();
  return result;
}

ModelInfo RandomMessages::minfo() {
  ModelInfo info;
  info.name = name(kMaxName);
  info.signature = name(kMaxName);
  info.compile_datetime = name(kMaxName);
  info.runtime_desc = name(kMaxName);
  info.n_macc = long_word();
  for (uint32_t *field : {&info.rtid, &info.runtime_version, &info.tool_version, &info.n_nodes, &info.n_inputs,
                          &info.n_outputs, &info.n_activations, &info.n_params}) {
    *field = word();
  }
  info.inputs = descs();
  info.outputs = descs();
  info.activations = descs();
  info.params = descs();
  if (chance()) info.install_time = number();
  if (chance()) info.init_time = number();
  return info;
}

NetworkInfo RandomMessages::ninfo() {
  NetworkInfo info;
  for (std::string *field : {&info.model_name, &info.model_signature, &info.model_datetime, &info.compile_datetime,
                             &info.runtime_revision, &info.tool_revision}) {
    *field = name(kMaxName);
  }
  for (uint32_t *field :
       {&info.runtime_version, &info.tool_version, &info.tool_api_version, &info.api_version,
        &info.interface_api_version, &info.n_macc, &info.n_inputs, &info.n_outputs, &info.n_nodes, &info.signature}) {
    *field = word();
  }
  info.inputs = shapes();
  info.outputs = shapes();
  info.activations = shape();
  info.weights = shape();
  return info;
}

Response RandomMessages::response(Payload payload, Flavour flavour) {
  Response result;
  result.reqid = word();
  result.state = word();
  result.payload = payload;
  switch (payload) {
    case Payload::None:
      break;
    case Payload::Sync:
      result.sync = {word(), word(), chance() ? std::optional(word()) : std::nullopt};
      break;
    case Payload::SysInfo:
      result.sinfo = {word(), word(), word(), word(), flavour == Flavour::B ? word() : 0, words(5)};
      break;
    case Payload::Ack:
      result.ack = ack();
      break;
    case Payload::Log:
      result.log = {word(), name(kMaxLog)};
      break;
    case Payload::Node2x:
      result.node = {word(), word(), number(), buffer2x()};
      break;
    case Payload::Data:
      result.data = data();
      break;
    case Payload::Operator:
      result.op = {name(kMaxName),
                   word(),
                   word(),
                   number(),
                   word(),
                   words(10),
                   static_cast<int32_t>(word()),
                   static_cast<int32_t>(word())};
      break;
    case Payload::Tensor:
      result.tensor = {desc(), data()};
      break;
    case Payload::NetworkInfo:
      result.ninfo = ninfo();
      break;
    case Payload::RunReport:
      result.report = {word(), word(), word(), word(), number()};
      break;
    case Payload::ModelInfo:
      result.minfo = minfo();
      break;
  }
  return result;
}

bool equal(const Data &a, const Data &b) {
  return a.type == b.type && a.size == b.size && a.addr == b.addr && std::ranges::equal(a.datas, b.datas);
}

bool equal(const Buffer2x &a, const Buffer2x &b) {
  return a.shape == b.shape && std::ranges::equal(a.datas, b.datas);
}

bool equal(const Response &a, const Response &b) {
  if (a.reqid != b.reqid || a.state != b.state || a.payload != b.payload) return false;
  switch (a.payload) {
    case Payload::None:
      return true;
    case Payload::Sync:
      return a.sync == b.sync;
    case Payload::SysInfo:
      return a.sinfo == b.sinfo;
    case Payload::Ack:
      return a.ack == b.ack;
    case Payload::Log:
      return a.log == b.log;
    case Payload::Node2x:
      return a.node.type == b.node.type && a.node.id == b.node.id && a.node.duration == b.node.duration &&
             equal(a.node.buffer, b.node.buffer);
    case Payload::Data:
      return equal(a.data, b.data);
    case Payload::Operator:
      return a.op == b.op;
    case Payload::Tensor:
      return a.tensor.desc == b.tensor.desc && equal(a.tensor.data, b.tensor.data);
    case Payload::NetworkInfo:
      return a.ninfo == b.ninfo;
    case Payload::RunReport:
      return a.report == b.report;
    case Payload::ModelInfo:
      return a.minfo == b.minfo;
  }
  return false;
}

}  // namespace air::wire
