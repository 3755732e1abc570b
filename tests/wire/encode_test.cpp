// SPDX-License-Identifier: BSD-3-Clause
// Messages to bytes, against bytes written by hand from the protocol.
#include <doctest/doctest.h>

#include "bytes.h"
#include "wire/encode.h"

namespace air::wire {
namespace {

Buffer encoded(const Response &response, Flavour flavour = Flavour::B) {
  Buffer head;
  return joined(encode(response, flavour, head));
}

template <class Message>
Buffer encoded_host(const Message &message) {
  Buffer head;
  return joined(encode(message, head));
}

Response response(Payload payload, uint32_t reqid, uint32_t state) {
  Response result;
  result.payload = payload;
  result.reqid = reqid;
  result.state = state;
  return result;
}

// "abc" as bytes, in memory that lasts.
Bytes abc() {
  static const Buffer bytes = hex("61 62 63");
  return bytes;
}

}  // namespace

TEST_CASE("requests are the protocol's examples: every field is written, also those that are 0") {
  CHECK(text(encoded_host(Request{1, kCmdSync, 0, "", 0})) == "08 01 10 00 18 00 22 00 28 00 ");
  CHECK(text(encoded_host(Request{4, kCmdNetworkRun, kRunIoOnly, "network", kRunOptFirst})) ==
        "08 04 10 0B 18 01 22 07 6E 65 74 77 6F 72 6B 28 01 ");
}

TEST_CASE("an acknowledge has 4 bytes") {
  CHECK(text(encoded_host(Ack{})) == "08 00 10 00 ");
}

TEST_CASE("a data message is a head and the caller's own bytes") {
  Buffer head;
  const Scatter message = encode(Data{0, 3, 0, abc()}, head);
  CHECK(text(joined(message)) == "08 00 10 03 18 00 22 03 61 62 63 ");
  CHECK(message.tail.data() == abc().data());
  CHECK(text(encoded_host(Data{})) == "08 00 10 00 18 00 22 00 ");
}

TEST_CASE("replies are the protocol's examples") {
  Response sync = response(Payload::Sync, 1, kStateIdle);
  sync.sync = {kVersion31, kCapObserver, kRuntimeStAi | kApiStAi << kRtidApiShift | kToolGcc << kRtidToolShift};
  CHECK(text(encoded(sync)) == "08 01 10 00 52 09 08 81 06 20 01 28 81 82 04 ");
  Response waiting = response(Payload::Ack, 4, kStateWaiting);
  waiting.ack = {3072, 0};
  CHECK(text(encoded(waiting)) == "08 04 10 01 62 05 08 80 18 10 00 ");
  Response refused = response(Payload::Ack, 4, kStateError);
  refused.ack = {4, kErrorInvalidParam};
  CHECK(text(encoded(refused)) == "08 04 10 04 62 04 08 04 10 04 ");
}

TEST_CASE("system information differs by flavour") {
  Response info = response(Payload::SysInfo, 1, kStateIdle);
  info.sinfo = {0x450, 400000000, 200000000, 0x03010C00, 0, {1, 2}};
  CHECK(text(encoded(info, Flavour::B)) ==
        "08 01 10 00 5A 19 08 D0 08 10 80 88 DE BE 01 18 80 84 AF 5F 20 80 98 84 18 28 00 30 01 30 02 ");
  CHECK(text(encoded(info, Flavour::A)) ==
        "08 01 10 00 5A 17 08 D0 08 10 80 88 DE BE 01 18 80 84 AF 5F 20 80 98 84 18 28 01 28 02 ");
  info.sinfo.com_param = 382;
  info.sinfo.extra.clear();
  CHECK(text(encoded(info, Flavour::B)) ==
        "08 01 10 00 5A 16 08 D0 08 10 80 88 DE BE 01 18 80 84 AF 5F 20 80 98 84 18 28 FE 02 ");
}

TEST_CASE("a log keeps its bytes") {
  Response log = response(Payload::Log, 3, kStateWaiting);
  log.log = {1, "s:\xFF"};
  CHECK(text(encoded(log)) == "08 03 10 01 6A 07 08 01 12 03 73 3A FF ");
}

TEST_CASE("an operator: float as 4 bytes, -1 and words with bit 31 in ten") {
  Response op = response(Payload::Operator, 5, kStateProcessing);
  op.op = {std::string("n"), 0x01000103, 7, 2.5f, 0, {1, 0x80000000}, -1, -1};
  CHECK(text(encoded(op)) ==
        "08 05 10 02 82 01 34 "
        "0A 01 6E 10 83 82 80 08 18 07 25 00 00 20 40 28 00 30 01 30 80 80 80 80 F8 FF FF FF FF 01 "
        "38 FF FF FF FF FF FF FF FF FF 01 40 FF FF FF FF FF FF FF FF FF 01 ");
}

TEST_CASE("a tensor is a head with every length, and the caller's own bytes") {
  Response tensor = response(Payload::Tensor, 6, kStateDone);
  tensor.tensor.desc = {"t", 0x840440, 3, 0x02000004, {1, 1, 1, 3}, 0.5f, -3, 0, kTensorOutput | kTensorLast};
  tensor.tensor.data = {0, 3, 0, abc()};
  Buffer head;
  const Scatter message = encode(tensor, Flavour::B, head);
  CHECK(text(joined(message)) ==
        "08 06 10 03 8A 01 3B "
        "0A 2C 0A 01 74 10 C0 88 90 04 18 03 20 84 80 80 10 28 01 28 01 28 01 28 03 35 00 00 00 3F "
        "38 FD FF FF FF FF FF FF FF FF 01 40 00 48 82 02 "
        "12 0B 08 00 10 03 18 00 22 03 61 62 63 ");
  CHECK(message.tail.data() == abc().data());
  tensor.tensor.data = {};
  CHECK(text(joined(encode(tensor, Flavour::B, head))).ends_with("12 08 08 00 10 00 18 00 22 00 "));
}

TEST_CASE("memory comes as a data payload") {
  Response data = response(Payload::Data, 9, kStateDone);
  data.data = {0, 3, 0x20000000, abc()};
  CHECK(text(encoded(data)) == "08 09 10 03 7A 0F 08 00 10 03 18 80 80 80 80 02 22 03 61 62 63 ");
}

TEST_CASE("model information: fields in ascending order, the two times only where they exist") {
  Response info = response(Payload::ModelInfo, 2, kStateIdle);
  info.minfo.name = std::string("m");
  info.minfo.rtid = 0x010001;
  info.minfo.n_macc = 0x100000000;
  info.minfo.n_inputs = 1;
  info.minfo.inputs = {{"", 0x821040, 1, 0, {1}, 0, 0, 0, 1}};
  const std::string without = text(encoded(info));
  CHECK(without ==
        "08 02 10 00 B2 01 3D "
        "0A 01 6D 10 81 80 04 1A 00 22 00 28 00 30 00 38 80 80 80 80 10 40 00 50 01 "
        "5A 18 0A 00 10 C0 A0 88 04 18 01 20 00 28 01 35 00 00 00 00 38 00 40 00 48 01 "
        "60 00 70 00 80 01 00 A2 01 00 ");
  info.minfo.install_time = 1.0f;
  info.minfo.init_time = 2.0f;
  const std::string with = text(encoded(info));
  CHECK(with.ends_with("A2 01 00 AD 01 00 00 80 3F B5 01 00 00 00 40 "));
  CHECK(with.size() == without.size() + 12 * 3);
}

TEST_CASE("2.x: a node with and without data") {
  Response node = response(Payload::Node2x, 1, kStateProcessing);
  node.node = {1 << 16 | 0x103, 2, 1.0f, {{0x840440, 1, 1, 1, 3, 1.0f, 0, std::nullopt}, abc()}};
  CHECK(text(encoded(node)) ==
        "08 01 10 02 72 28 08 83 82 04 10 02 1D 00 00 80 3F 22 1B "
        "0A 14 08 C0 88 90 04 10 01 18 01 20 01 28 03 35 00 00 80 3F 38 00 12 03 61 62 63 ");
  Buffer head;
  CHECK(text(joined(encode(Buffer2x{{0, 1, 1, 1, 3, 0, 0, 16}, {}}, head))) ==
        "0A 13 08 00 10 01 18 01 20 01 28 03 35 00 00 00 00 38 00 40 10 ");
}

TEST_CASE("encoding again into the same memory does not allocate") {
  Buffer head;
  encode(Request{1, 2, 3, "a name of some length", 4}, head);
  const std::byte *place = head.data();
  encode(Ack{}, head);
  encode(Data{0, 3, 0, abc()}, head);
  CHECK(head.data() == place);
}

}  // namespace air::wire
