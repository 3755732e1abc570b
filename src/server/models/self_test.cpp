// SPDX-License-Identifier: BSD-3-Clause
// The self tests of the target: small exchanges that exercise one thing each.
#include "server/models/self_test.h"

#include <algorithm>
#include <array>
#include <vector>

#include "wire/checksum.h"
#include "wire/format.h"

namespace air::server {
namespace {

enum Test : uint32_t {
  kGetTestMode = 0,
  kFail = 1,
  kLogs = 2,
  kNoAnswer = 3,
  kTwoAcks = 4,
  kFormats = 10,
  kOperator = 20,
  kReceive = 30,
  kSend = 40,
  kEcho = 50,
  kTensor = 100,
  kToggleTestMode = 500
};

constexpr uint32_t kIdMask = 0xFFFF;
constexpr uint32_t kExtraShift = 16;
constexpr uint32_t kMostBytes = 1024;

uint32_t format(air_dtype dtype, air_encoding encoding = AIR_ENCODING_PLAIN, int32_t fraction_bits = 0) {
  return wire::encode_format({dtype, encoding, fraction_bits});
}

uint32_t format_for(uint32_t option) {
  switch (option) {
    case 0:
      return format(AIR_DTYPE_FLOAT32);
    case 1:
      return format(AIR_DTYPE_UINT32, AIR_ENCODING_PACKED_BITS);
    case 2:
      return format(AIR_DTYPE_INT32, AIR_ENCODING_PACKED_BITS);
    case 3:
      return format(AIR_DTYPE_UINT8);
    case 4:
      return format(AIR_DTYPE_INT8);
    case 10:
      return format(AIR_DTYPE_INT8, AIR_ENCODING_FIXED_POINT, 7);
    case 11:
      return format(AIR_DTYPE_UINT8, AIR_ENCODING_FIXED_POINT, 7);
    case 12:
      return format(AIR_DTYPE_INT16, AIR_ENCODING_FIXED_POINT, 15);
    case 13:
      return format(AIR_DTYPE_UINT16, AIR_ENCODING_FIXED_POINT, 15);
    case 20:
      return format(AIR_DTYPE_BOOL);
    case 21:
      return 0x00000040;  // none
    case 30:
      return format(AIR_DTYPE_INT8, AIR_ENCODING_FIXED_POINT, 4);
    case 31:
      return format(AIR_DTYPE_UINT16, AIR_ENCODING_FIXED_POINT, 5);
    case 32:
      return format(AIR_DTYPE_INT32, AIR_ENCODING_FIXED_POINT, 13);
    default:
      return 0;
  }
}

void send_logs(Exchange &exchange, uint32_t param) {
  constexpr uint32_t kMostLevel = 5;
  for (uint32_t level = 1; level <= kMostLevel; ++level) exchange.log(level, "Hello.. ", wire::kStateDone);
  exchange.send_ack(wire::kStateDone, param);
}

void send_operator(Exchange &exchange, const wire::Request &request) {
  constexpr float kDuration = 2.5f;
  if (request.opt > 2) return;
  wire::Response &response = exchange.blank(wire::Payload::Operator, wire::kStateDone);
  response.op = {.name = request.name.empty() ? "UNDEFINED" : request.name, .type = 34, .id = 55};
  if (request.opt > 0) response.op.duration = kDuration, response.op.stack_used = response.op.heap_used = 0;
  if (request.opt == 1) response.op.counter_type = 7;
  if (request.opt == 2) response.op.counter_type = 2, response.op.counters = {5, 7};
  exchange.send(response);
}

void send_data(Exchange &exchange, wire::Bytes bytes, uint32_t type) {
  wire::Response &response = exchange.blank(wire::Payload::Data, wire::kStateProcessing);
  response.data = {type, static_cast<uint32_t>(bytes.size()), 0, bytes};
  exchange.send(response);
  exchange.await_ack();
}

// Tests 30, 40 and 50: bytes one way, the other, or both.
void transfer(Exchange &exchange, const wire::Request &request, uint32_t test, uint32_t count) {
  if (count > kMostBytes) return exchange.send_error(wire::kErrorInvalidSize, count);
  std::array<std::byte, kMostBytes> buffer{};
  const auto bytes = std::span(buffer).first(count);
  exchange.send_ack(wire::kStateWaiting, count);
  if (test == kSend) {
    std::fill(bytes.begin(), bytes.end(), static_cast<std::byte>(request.opt));
  } else {
    exchange.await_data(bytes);
  }
  const uint32_t crc = wire::crc32(bytes);
  if (test == kReceive) {
    exchange.send_ack(request.opt == 0 ? wire::kStateDone : wire::kStateProcessing, crc);
    if (request.opt != 0) exchange.await_ack();
    return;
  }
  if (test == kEcho) exchange.send_ack(wire::kStateProcessing, crc);
  send_data(exchange, bytes, request.opt);
  exchange.send_ack(wire::kStateDone, crc);
}

void send_tensor(Exchange &exchange, uint32_t option, uint32_t wanted) {
  constexpr uint32_t kConfigurations = 5;
  constexpr float kScale = 1.0f / 256;
  constexpr int32_t kZeroPoint = -123;
  constexpr std::array<const char *, kConfigurations> kNames = {"conf0", "conf1", "conf2", "conf3", "conf4"};
  const uint32_t conf = wanted < kConfigurations ? wanted : 0;
  const bool is_vector = conf == 1 || conf == 3;
  const bool has_data = conf != 2;
  exchange.send_ack(wire::kStateWaiting, conf);

  wire::Response &response = exchange.blank(wire::Payload::Tensor, wire::kStateDone);
  wire::TensorDesc &desc = response.tensor.desc;
  desc = {.name = kNames[conf], .format = format(AIR_DTYPE_INT8), .size = is_vector ? 5u : 45u};
  desc.dims = is_vector ? std::vector<uint32_t>{1, 5} : std::vector<uint32_t>{1, 3, 3, 5};
  desc.n_dims = uint32_t{wire::kShapeBhwc} << wire::kShapeShift | static_cast<uint32_t>(desc.dims.size());
  desc.flags = uint32_t{wire::kTensorLast} | (has_data ? 0u : uint32_t{wire::kTensorNoData});
  uint32_t element_bytes = 1;
  if (conf == 0) desc.scale = kScale, desc.zeropoint = kZeroPoint;
  if (conf == 4) desc.scale = kScale, desc.format = format(AIR_DTYPE_UINT8);
  if (conf == 1 || conf == 2) desc.format = format_for(32), element_bytes = 4;
  if (conf == 3) desc.format = format(AIR_DTYPE_FLOAT32), element_bytes = 4;

  std::vector<std::byte> bytes(has_data ? size_t{desc.size} * element_bytes : 0);
  for (size_t i = 0; i < bytes.size(); i += element_bytes) bytes[i] = static_cast<std::byte>(option);
  response.tensor.data = {0, static_cast<uint32_t>(bytes.size()), 0, bytes};
  exchange.send(response);
  exchange.send_ack(wire::kStateDone, 0);
}

}  // namespace

void serve_self_test(Exchange &exchange, Memory &memory, const wire::Request &request) {
  const uint32_t test = request.param & kIdMask;
  const uint32_t extra = request.param >> kExtraShift;
  const uint32_t mode = memory.test_mode() ? 1 : 0;
  switch (test) {
    case kGetTestMode:
      return exchange.send_ack(wire::kStateDone, mode);
    case kFail:
      return exchange.send_error(wire::kErrorInvalidParam, wire::kErrorInvalidParam);
    case kLogs:
      return send_logs(exchange, request.param);
    case kNoAnswer:
      return;
    case kTwoAcks:
      exchange.send_ack(wire::kStateProcessing, ~request.opt);
      return exchange.send_ack(wire::kStateDone, request.param);
    case kFormats:
      return exchange.send_ack(wire::kStateDone, format_for(request.opt));
    case kOperator:
      return send_operator(exchange, request);
    case kReceive:
    case kSend:
    case kEcho:
      return transfer(exchange, request, test, extra);
    case kTensor:
      return send_tensor(exchange, request.opt, extra);
    case kToggleTestMode:
      memory.set_test_mode(mode == 0);
      return exchange.send_ack(wire::kStateDone, 1 - mode);
    default:
      return exchange.send_ack(wire::kStateDone, mode, wire::kErrorGeneric);
  }
}

}  // namespace air::server
