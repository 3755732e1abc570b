// SPDX-License-Identifier: BSD-3-Clause
// Bytes to messages: round trips of every kind, tolerance for what firmware sends, and no trust in anything.
#include <doctest/doctest.h>

#include <array>

#include "bytes.h"
#include "random_messages.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/fields.h"

namespace air::wire {
namespace {

constexpr std::array kPayloads = {Payload::None,   Payload::Sync,        Payload::SysInfo,   Payload::Ack,
                                  Payload::Log,    Payload::Node2x,      Payload::Data,      Payload::Operator,
                                  Payload::Tensor, Payload::NetworkInfo, Payload::RunReport, Payload::ModelInfo};

Response decoded(std::string_view bytes, Flavour flavour = Flavour::B) {
  static Buffer memory;  // what views refer to
  memory = hex(bytes);
  Decoder decoder;
  Response result;
  REQUIRE(decoder.decode(memory, flavour, result) == DecodeStatus::Ok);
  return result;
}

DecodeStatus status_of(Bytes message) {
  Decoder decoder;
  Response result;
  return decoder.decode(message, Flavour::B, result);
}

// A block around bytes: field number 16 and above have two bytes of tag.
Buffer block(uint32_t number, Bytes contents) {
  Buffer result;
  append_block(result, number, contents.size());
  result.insert(result.end(), contents.begin(), contents.end());
  return result;
}

}  // namespace

TEST_CASE("every message of the target survives encoding and decoding, with one decoder and one response for all") {
  RandomMessages random(2024);
  Decoder decoder;
  Response result;
  Buffer head;
  for (int round = 0; round < 400; ++round) {
    for (const Payload payload : kPayloads) {
      const Flavour flavour = round % 2 == 0 ? Flavour::A : Flavour::B;
      const Response message = random.response(payload, flavour);
      const Buffer bytes = joined(encode(message, flavour, head));
      REQUIRE(decoder.decode(bytes, flavour, result) == DecodeStatus::Ok);
      if (!equal(message, result)) FAIL(payload_name(payload) << ": " << text(bytes));
    }
  }
}

TEST_CASE("every message of the host survives encoding and decoding") {
  RandomMessages random(7);
  Decoder decoder;
  Buffer head;
  for (int round = 0; round < 500; ++round) {
    const Request request = random.request();
    Request request_out;
    REQUIRE(decoder.decode(joined(encode(request, head)), request_out) == DecodeStatus::Ok);
    CHECK(request == request_out);
    const Ack ack = random.ack();
    Ack ack_out;
    REQUIRE(decoder.decode(joined(encode(ack, head)), ack_out) == DecodeStatus::Ok);
    CHECK(ack == ack_out);
    const Data data = random.data();
    const Buffer data_bytes = joined(encode(data, head));
    Data data_out;
    REQUIRE(decoder.decode(data_bytes, data_out) == DecodeStatus::Ok);
    CHECK(equal(data, data_out));
    const Buffer2x tensor = random.buffer2x();
    const Buffer tensor_bytes = joined(encode(tensor, head));
    Buffer2x tensor_out;
    REQUIRE(decoder.decode(tensor_bytes, tensor_out) == DecodeStatus::Ok);
    CHECK(equal(tensor, tensor_out));
  }
}

TEST_CASE("tensor bytes are a view into the message, not a copy") {
  const Buffer message = hex("08 06 10 03 8A 01 11 0A 02 18 03 12 0B 08 00 10 03 18 00 22 03 61 62 63");
  Decoder decoder;
  Response result;
  REQUIRE(decoder.decode(message, Flavour::B, result) == DecodeStatus::Ok);
  CHECK(result.payload == Payload::Tensor);
  CHECK(result.tensor.desc.size == 3);
  CHECK(result.tensor.data.datas.data() == message.data() + message.size() - 3);
  CHECK(result.tensor.data.datas.size() == 3);
}

TEST_CASE("words of ten and of five bytes are the same 32 bits") {
  const Response ten = decoded("08 05 10 02 82 01 0B 30 80 80 80 80 F8 FF FF FF FF 01");
  const Response five = decoded("08 05 10 02 82 01 06 30 80 80 80 80 08");
  REQUIRE(ten.op.counters.size() == 1);
  CHECK(ten.op.counters[0] == 0x80000000);
  CHECK(ten.op == five.op);
  CHECK(decoded("08 FF FF FF FF FF FF FF FF FF 01 10 01").reqid == UINT32_MAX);
}

TEST_CASE("missing fields are 0, empty or unknown") {
  CHECK(decoded("").payload == Payload::None);
  const Response op = decoded("82 01 00");
  CHECK(op.payload == Payload::Operator);
  CHECK(op.op == Operator{});
  CHECK(op.op.stack_used == -1);
  const Response sync = decoded("52 03 08 81 04");
  CHECK(sync.sync.version == 0x201);
  CHECK_FALSE(sync.sync.rtid.has_value());
  CHECK(decoded("B2 01 00").minfo == ModelInfo{});
  CHECK(decoded("8A 01 00").tensor.desc == TensorDesc{});
  CHECK(decoded("7A 00").data.datas.empty());
  CHECK(decoded("A2 01 00").ninfo == NetworkInfo{});
}

TEST_CASE("a response used before keeps nothing of the message before") {
  Decoder decoder;
  Response result;
  RandomMessages random(5);
  Buffer head;
  for (const Payload payload : kPayloads) {
    const Buffer full = joined(encode(random.response(payload, Flavour::B), Flavour::B, head));
    REQUIRE(decoder.decode(full, Flavour::B, result) == DecodeStatus::Ok);
    if (payload == Payload::None || payload == Payload::Ack) continue;  // ackMsg has only required fields
    Response expected;
    expected.payload = payload;
    const Buffer empty = block(static_cast<uint32_t>(payload), {});
    REQUIRE(decoder.decode(empty, Flavour::B, result) == DecodeStatus::Ok);
    CAPTURE(payload_name(payload));
    CHECK(equal(result, expected));
  }
}

TEST_CASE("fields that nobody knows are skipped, at every depth") {
  const Response ack =
      decoded("08 04 10 01 F8 07 01 FA 07 02 61 62 FD 07 01 02 03 04 F9 07 01 02 03 04 05 06 07 08 62 04 08 04 10 04");
  CHECK(ack.payload == Payload::Ack);
  CHECK(ack.ack == Ack{4, 4});
  CHECK(decoded("08 01 62 07 08 04 10 04 7A 01 FF").ack == Ack{4, 4});
  CHECK(decoded("08 01 10 00 F2 01 01 00").payload == Payload::None);
}

TEST_CASE("of several payloads the last one counts, as with every protobuf reader") {
  CHECK(decoded("62 04 08 01 10 02 52 02 08 05").payload == Payload::Sync);
}

TEST_CASE("where the extra words are depends on the flavour alone") {
  const char *message = "08 01 10 00 5A 0E 08 01 10 02 18 03 20 04 28 05 28 06 30 07";
  const Response b = decoded(message, Flavour::B);
  CHECK(b.sinfo.com_param == 6);
  CHECK(b.sinfo.extra == std::vector<uint32_t>{7});
  const Response a = decoded(message, Flavour::A);
  CHECK(a.sinfo.com_param == 0);
  CHECK(a.sinfo.extra == std::vector<uint32_t>{5, 6});
}

TEST_CASE("texts need no UTF-8 and no terminator, and may be longer than firmware makes them") {
  CHECK(decoded("6A 07 08 01 12 03 FF C0 80").log.str == "\xFF\xC0\x80");
  const std::string long_name(5000, 'x');
  Response info;
  info.payload = Payload::Log;
  info.log.str = long_name;
  Buffer head;
  Decoder decoder;
  Response result;
  REQUIRE(decoder.decode(joined(encode(info, Flavour::B, head)), Flavour::B, result) == DecodeStatus::Ok);
  CHECK(result.log.str == long_name);
}

TEST_CASE("host messages are taken as strictly as firmware takes them") {
  Decoder decoder;
  Request request;
  CHECK(decoder.decode(hex("08 01 10 00 18 00 22 00 28 00"), request) == DecodeStatus::Ok);
  CHECK(decoder.decode(hex("08 01 10 00 18 00 22 00"), request) == DecodeStatus::Malformed);
  CHECK(decoder.decode(hex("08 00 10 00"), request) == DecodeStatus::Malformed);  // an acknowledge
  CHECK(decoder.decode({}, request) == DecodeStatus::Malformed);
  Buffer head;
  CHECK(decoder.decode(joined(encode(Request{1, 1, 1, std::string(63, 'n'), 1}, head)), request) == DecodeStatus::Ok);
  CHECK(decoder.decode(joined(encode(Request{1, 1, 1, std::string(64, 'n'), 1}, head)), request) ==
        DecodeStatus::TooLong);
  Ack ack;
  CHECK(decoder.decode(hex("08 01"), ack) == DecodeStatus::Malformed);
  // A SYNC request is an acknowledge to a target that waits for one.
  CHECK(decoder.decode(hex("08 01 10 00 18 00 22 00 28 00"), ack) == DecodeStatus::Ok);
  Data data;
  CHECK(decoder.decode(hex("08 00 10 00 18 00"), data) == DecodeStatus::Malformed);
}

TEST_CASE("a message cut at any byte is refused or is a shorter message, never more") {
  RandomMessages random(99);
  Decoder decoder;
  Response result;
  Buffer head;
  for (const Payload payload : kPayloads) {
    if (payload == Payload::None) continue;
    const Response message = random.response(payload, Flavour::B);
    Buffer bytes = joined(encode(message, Flavour::B, head));
    for (size_t size = 0; size < bytes.size(); ++size) {
      // In memory of its own size, so that a sanitizer sees every byte read beyond.
      const Buffer cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
      const DecodeStatus status = decoder.decode(cut, Flavour::B, result);
      if (status == DecodeStatus::Ok && result.payload != Payload::None)
        FAIL(payload_name(payload) << " cut at " << size);
    }
  }
}

TEST_CASE("every byte of a message may be any other byte") {
  RandomMessages random(123);
  Decoder decoder;
  Response result;
  Buffer head;
  unsigned accepted = 0;
  unsigned refused = 0;
  for (const Payload payload : kPayloads) {
    Response message = random.response(payload, Flavour::B);
    message.data.datas = message.tensor.data.datas = message.node.buffer.datas = {};
    Buffer bytes = joined(encode(message, Flavour::B, head));
    for (std::byte &byte : bytes) {
      const std::byte original = byte;
      for (unsigned value = 0; value < 256; value += 3) {
        byte = static_cast<std::byte>(value);
        ++(decoder.decode(bytes, Flavour::B, result) == DecodeStatus::Ok ? accepted : refused);
      }
      byte = original;
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 100);
}

TEST_CASE("lengths beyond the message are refused at every depth") {
  for (const char *message : {
           "08 01 10 00 52 FF FF FF FF 0F",        // payload
           "52 FF FF FF FF FF FF FF FF FF 01",     // 64-bit length
           "8A 01 04 0A 7F 0A 00",                 // descriptor in a tensor
           "8A 01 08 12 06 08 00 22 7F 61 62",     // data in a tensor
           "B2 01 04 5A 02 0A 05",                 // name in a descriptor in a model
           "72 04 22 02 12 05",                    // data in a buffer in a node
           "52 80 80 80 80 80 80 80 80 80 80 01",  // varint of eleven bytes
           "08 01 10",                             // tag without value
           "0B 0C",                                // group
           "00 00",                                // field 0
           "0D 01 02",                             // truncated fixed32
           "52 02 0D 01",                          // the same, one deeper
           "0A 01 61",                             // reqid as a block
           "50 01",                                // payload as a number
           "8A 01 02 08 01",                       // descriptor as a number
           "82 01 02 08 01",                       // name as a number
       }) {
    CAPTURE(message);
    CHECK(status_of(hex(message)) == DecodeStatus::Malformed);
  }
}

TEST_CASE("a hostile description costs bounded memory: refused when it is longer than any real one") {
  // Empty descriptors are the dearest: two bytes each become structs of more than a hundred.
  Buffer contents;
  while (contents.size() + 2 <= 64 * 1024) {
    contents.push_back(std::byte{0x5A});
    contents.push_back(std::byte{0});
  }
  Decoder decoder;
  Response result;
  const Buffer largest = block(22, contents);
  REQUIRE(decoder.decode(largest, Flavour::B, result) == DecodeStatus::Ok);
  CHECK(result.minfo.inputs.size() == 32 * 1024);
  contents.push_back(std::byte{0x5A});
  contents.push_back(std::byte{0});
  CHECK(status_of(block(22, contents)) == DecodeStatus::TooLong);
  // Tensor data do not count.
  Response tensor;
  tensor.payload = Payload::Tensor;
  const Buffer datas = pattern(1 << 20);
  tensor.tensor.data.datas = datas;
  Buffer head;
  CHECK(status_of(joined(encode(tensor, Flavour::B, head))) == DecodeStatus::Ok);
}

TEST_CASE("messages within messages within messages go no deeper than the schema") {
  Buffer nested;
  for (int depth = 0; depth < 5000; ++depth) nested = block(1, nested);
  Decoder decoder;
  Response result;
  // The second block within a tensor is a name: plain bytes.
  REQUIRE(decoder.decode(block(17, nested), Flavour::B, result) == DecodeStatus::Ok);
  CHECK(result.tensor.desc.name.size() > 1000);
  CHECK(status_of(block(30, nested)) == DecodeStatus::Ok);  // unknown: not looked into
}

TEST_CASE("payloads have the names of the schema") {
  CHECK(std::string(payload_name(Payload::SysInfo)) == "sinfo");
  CHECK(std::string(payload_name(Payload::ModelInfo)) == "minfo");
  CHECK(std::string(payload_name(Payload::None)) == "none");
}

}  // namespace air::wire
