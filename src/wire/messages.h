// SPDX-License-Identifier: BSD-3-Clause
// The messages of the protocol, all generations, as plain structs. Field names follow the schema (src/wire/stai.proto).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/constants.h"
#include "wire/link.h"

namespace air::wire {

// ---------------------------------------------------------------------------------------------------------- host to target

struct Request {
  uint32_t reqid = 0;
  uint32_t cmd = 0;
  uint32_t param = 0;
  std::string name;  // at most kMaxName bytes, "" when unused
  uint32_t opt = 0;

  bool operator==(const Request &) const = default;
};

struct Ack {
  uint32_t param = 0;
  uint32_t error = 0;

  bool operator==(const Ack &) const = default;
};

struct Data {
  uint32_t type = 0;
  uint32_t size = 0;  // what the message declares; datas.size() is what it carries
  uint32_t addr = 0;
  Bytes datas;  // not owned: the sender's memory, or a view into the received message
};

// 2.x
struct BufferShape {
  uint32_t format = 0;
  uint32_t n_batches = 0;
  uint32_t height = 0;
  uint32_t width = 0;
  uint32_t channels = 0;
  float scale = 0;
  int32_t zeropoint = 0;
  std::optional<uint32_t> addr;

  bool operator==(const BufferShape &) const = default;
};

// 2.x
struct Buffer2x {
  BufferShape shape;
  Bytes datas;  // not owned, as in Data; empty: absent
};

// ---------------------------------------------------------------------------------------------------------- target to host

struct Sync {
  uint32_t version = 0;  // major << 8 | minor
  uint32_t capability = 0;
  std::optional<uint32_t> rtid;  // absent in 2.1

  bool operator==(const Sync &) const = default;
};

struct SysInfo {
  uint32_t devid = 0;
  uint32_t sclock = 0;
  uint32_t hclock = 0;
  uint32_t cache = 0;
  uint32_t com_param = 0;  // flavour B only
  std::vector<uint32_t> extra;

  bool operator==(const SysInfo &) const = default;
};

struct Log {
  uint32_t level = 0;
  std::string str;  // any bytes: clean_text() before showing it

  bool operator==(const Log &) const = default;
};

struct TensorDesc {
  std::string name;
  uint32_t format = 0;
  uint32_t size = 0;    // elements
  uint32_t n_dims = 0;  // (kind | flags) << 24 | rank
  std::vector<uint32_t> dims;
  float scale = 0;
  int32_t zeropoint = 0;
  uint32_t addr = 0;
  uint32_t flags = 0;

  bool operator==(const TensorDesc &) const = default;
};

struct Tensor {
  TensorDesc desc;
  Data data;
};

struct Operator {
  std::string name;
  uint32_t type = 0;  // flags << 24 | kind
  uint32_t id = 0;
  float duration = 0;  // ms
  uint32_t counter_type = 0;
  std::vector<uint32_t> counters;
  int32_t stack_used = -1;
  int32_t heap_used = -1;

  bool operator==(const Operator &) const = default;
};

struct ModelInfo {
  std::string name;
  uint32_t rtid = 0;
  std::string signature;
  std::string compile_datetime;
  uint32_t runtime_version = 0;
  uint32_t tool_version = 0;
  uint64_t n_macc = 0;
  uint32_t n_nodes = 0;
  // The counts as declared; the vectors are what the message carries. Encoding writes these counts.
  uint32_t n_inputs = 0;
  uint32_t n_outputs = 0;
  uint32_t n_activations = 0;
  uint32_t n_params = 0;
  std::vector<TensorDesc> inputs;
  std::vector<TensorDesc> outputs;
  std::vector<TensorDesc> activations;
  std::vector<TensorDesc> params;
  std::string runtime_desc;
  std::optional<float> install_time;  // ms, 3.2
  std::optional<float> init_time;     // ms, 3.2

  bool operator==(const ModelInfo &) const = default;
};

// 2.x
struct Node2x {
  uint32_t type = 0;  // what << 16 | operator id
  uint32_t id = 0;
  float duration = 0;  // ms
  Buffer2x buffer;
};

// 2.x
struct RunReport {
  uint32_t id = 0;
  uint32_t signature = 0;
  uint32_t num_inferences = 0;
  uint32_t n_nodes = 0;
  float elapsed_ms = 0;

  bool operator==(const RunReport &) const = default;
};

// 2.x
struct NetworkInfo {
  std::string model_name;
  std::string model_signature;
  std::string model_datetime;
  std::string compile_datetime;
  std::string runtime_revision;
  uint32_t runtime_version = 0;
  std::string tool_revision;
  uint32_t tool_version = 0;
  uint32_t tool_api_version = 0;
  uint32_t api_version = 0;
  uint32_t interface_api_version = 0;
  uint32_t n_macc = 0;
  uint32_t n_inputs = 0;
  uint32_t n_outputs = 0;
  uint32_t n_nodes = 0;
  std::vector<BufferShape> inputs;
  std::vector<BufferShape> outputs;
  BufferShape activations;
  BufferShape weights;
  uint32_t signature = 0;

  bool operator==(const NetworkInfo &) const = default;
};

// Numbers of the fields of respMsg.
enum class Payload : uint8_t {
  None = 0,  // none, or one that is not known
  Sync = 10,
  SysInfo = 11,
  Ack = 12,
  Log = 13,
  Node2x = 14,
  Data = 15,
  Operator = 16,
  Tensor = 17,
  NetworkInfo = 20,
  RunReport = 21,
  ModelInfo = 22
};

// "sync", "sinfo", "ack", "log", "node", "data", "op", "tensor", "ninfo", "report", "minfo"; "none".
const char *payload_name(Payload payload);

// One message of the target. Only the member that `payload` names is meaningful. Meant to be used again for the next message: then
// decoding allocates nothing once the members have grown.
struct Response {
  uint32_t reqid = 0;
  uint32_t state = 0;
  Payload payload = Payload::None;
  Sync sync;
  SysInfo sinfo;
  Ack ack;
  Log log;
  Node2x node;
  Data data;
  Operator op;
  Tensor tensor;
  NetworkInfo ninfo;
  RunReport report;
  ModelInfo minfo;
};

}  // namespace air::wire
