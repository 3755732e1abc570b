// SPDX-License-Identifier: BSD-3-Clause
// The heads of tensor messages, which are not packed by protobuf-c, are the bytes that it would have packed.
#include <doctest/doctest.h>
#include <stai.pb-c.h>

#include <memory>

#include "bytes.h"
#include "random_messages.h"
#include "wire/encode.h"

namespace air::wire {
namespace {

// What protobuf-c makes of the bytes, packed again; empty when it refuses them or finds fields it does not know.
Buffer repacked(const ProtobufCMessageDescriptor &descriptor, const Buffer &bytes) {
  struct Free {
    void operator()(ProtobufCMessage *message) const { protobuf_c_message_free_unpacked(message, nullptr); }
  };
  const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
  const std::unique_ptr<ProtobufCMessage, Free> message(
      protobuf_c_message_unpack(&descriptor, nullptr, bytes.size(), data));
  if (!message || message->n_unknown_fields != 0) return {};
  Buffer result(protobuf_c_message_get_packed_size(message.get()));
  protobuf_c_message_pack(message.get(), reinterpret_cast<uint8_t *>(result.data()));
  return result;
}

}  // namespace

TEST_CASE("protobuf-c reads every message of the target and packs the same bytes again") {
  RandomMessages random(31);
  Buffer head;
  for (int round = 0; round < 200; ++round) {
    for (const Payload payload :
         {Payload::Sync, Payload::SysInfo, Payload::Ack, Payload::Log, Payload::Node2x, Payload::Data,
          Payload::Operator, Payload::Tensor, Payload::NetworkInfo, Payload::RunReport, Payload::ModelInfo}) {
      const Response response = random.response(payload, Flavour::B);
      const Buffer bytes = joined(encode(response, Flavour::B, head));
      CAPTURE(payload_name(payload));
      CHECK(repacked(stai__resp_msg__descriptor, bytes) == bytes);
    }
  }
}

TEST_CASE("protobuf-c reads every message of the host and packs the same bytes again") {
  RandomMessages random(32);
  Buffer head;
  for (int round = 0; round < 200; ++round) {
    const Buffer request = joined(encode(random.request(), head));
    CHECK(repacked(stai__req_msg__descriptor, request) == request);
    const Buffer ack = joined(encode(random.ack(), head));
    CHECK(repacked(stai__ack_msg__descriptor, ack) == ack);
    const Buffer data = joined(encode(random.data(), head));
    CHECK(repacked(stai__ai_data_msg__descriptor, data) == data);
    const Buffer tensor = joined(encode(random.buffer2x(), head));
    CHECK(repacked(stai__ai_buffer_byte_msg__descriptor, tensor) == tensor);
  }
}

}  // namespace air::wire
