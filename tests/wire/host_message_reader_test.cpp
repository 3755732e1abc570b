// SPDX-License-Identifier: BSD-3-Clause
// The target's reader: exactly one sync between two packets, nothing buffered, nonsense survived.
#include <doctest/doctest.h>

#include <utility>

#include "bytes.h"
#include "wire/encode.h"
#include "wire/host_message_reader.h"

namespace air::wire {
namespace {

using Step = HostMessageReader::Step;

struct Seen {
  std::vector<Buffer> messages;
  std::vector<size_t> syncs;  // how many bytes had been fed when each sync was asked for
  unsigned bad_delimiters = 0;
  bool bad_header = false;
};

Seen read_all(HostMessageReader &reader, Bytes bytes, size_t chunk) {
  Seen seen;
  Buffer message;
  size_t fed_bytes = 0;
  while (fed_bytes < bytes.size() && !seen.bad_header) {
    Bytes piece = bytes.subspan(fed_bytes, std::min(chunk, bytes.size() - fed_bytes));
    for (;;) {
      const HostMessageReader::Fed fed = reader.feed(piece);
      piece = piece.subspan(fed.used);
      fed_bytes += fed.used;
      if (fed.step == Step::NeedBytes) break;
      if (fed.step == Step::Fragment) message.insert(message.end(), fed.fragment.begin(), fed.fragment.end());
      if (fed.step == Step::SendSync) seen.syncs.push_back(fed_bytes);
      if (fed.step == Step::BadDelimiter) ++seen.bad_delimiters;
      if (fed.step == Step::End) seen.messages.push_back(std::exchange(message, {}));
      seen.bad_header = fed.step == Step::BadHeader;
      if (seen.bad_header) break;
    }
    CHECK(piece.empty() != seen.bad_header);
  }
  return seen;
}

Buffer up(Framing framing, Bytes message) {
  return packets(framing, Direction::HostToTarget, {message, {}});
}

// A packet as a misbehaving host may send it.
Buffer packet_a(std::string_view used) {
  Buffer bytes = hex(used);
  bytes.resize(33);
  return bytes;
}

}  // namespace

TEST_CASE("k packets ask for k-1 sync bytes, each when a whole packet is there, however the bytes arrive") {
  for (const Framing framing : framings()) {
    for (const size_t size : edge_sizes(framing.payload)) {
      const Buffer message = pattern(size);
      Buffer bytes = up(framing, message);
      const size_t n_packets = bytes.size() / framing.packet_size();
      const Buffer second = up(framing, hex("08 00 10 00"));
      bytes.insert(bytes.end(), second.begin(), second.end());
      for (const size_t chunk : {bytes.size(), size_t{1}, size_t{framing.packet_size()}, size_t{13}}) {
        HostMessageReader reader(framing);
        const Seen seen = read_all(reader, bytes, chunk);
        REQUIRE(seen.messages.size() == 2);
        CHECK(seen.messages[0] == message);
        CHECK(seen.messages[1] == hex("08 00 10 00"));
        REQUIRE(seen.syncs.size() == n_packets - 1);
        for (size_t i = 0; i < seen.syncs.size(); ++i) CHECK(seen.syncs[i] == (i + 1) * framing.packet_size());
        CHECK(reader.at_rest());
        CHECK(reader.bytes_received() == bytes.size());
        CHECK(reader.packets() * framing.packet_size() == bytes.size());
      }
    }
  }
}

TEST_CASE("a message that ends with its packet asks for no sync") {
  const Framing framing{Flavour::A, 32};
  HostMessageReader reader(framing);
  const Seen seen = read_all(reader, up(framing, pattern(31)), 33);
  CHECK(seen.syncs.empty());
  CHECK(seen.messages.size() == 1);
}

TEST_CASE("an empty packet is answered by a sync, as flavour detection needs it") {
  // 34 bytes of a link-B SYNC followed by 32 zeros are two empty link-A packets, then the target is aligned.
  const Framing a{Flavour::A, 32};
  Buffer bytes = packets({Flavour::B, 32}, Direction::HostToTarget, {hex("08 01 10 00 18 00 22 00 28 00"), {}});
  bytes.resize(66);
  HostMessageReader reader(a);
  const Seen seen = read_all(reader, bytes, 1);
  CHECK(seen.syncs == std::vector<size_t>{33, 66});
  CHECK(seen.messages.empty());
  const Seen next = read_all(reader, up(a, hex("08 01")), 33);
  REQUIRE(next.messages.size() == 1);
  CHECK(next.messages[0] == hex("08 01"));
}

TEST_CASE("the header in the padding lets a link-A target take the SYNC of flavour detection at once") {
  Buffer bytes = hex("00 0B 0A 08 01 10 00 18 00 22 00 28 00");
  bytes.resize(33);
  bytes.push_back(std::byte{0x0B});
  const Buffer rest = hex("0A 08 01 10 00 18 00 22 00 28 00");
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  bytes.resize(66);
  HostMessageReader reader(Framing{Flavour::A, 32});
  const Seen seen = read_all(reader, bytes, 66);
  CHECK(seen.syncs == std::vector<size_t>{33});
  REQUIRE(seen.messages.size() == 1);
  CHECK(seen.messages[0] == hex("08 01 10 00 18 00 22 00 28 00"));
}

TEST_CASE("the rest of a packet is dropped after its message") {
  const Buffer bytes = packet_a("0C 02 08 07 FF FF FF FF FF FF FF FF FF");
  HostMessageReader reader(Framing{Flavour::A, 32});
  const Seen seen = read_all(reader, bytes, 5);
  REQUIRE(seen.messages.size() == 1);
  CHECK(seen.messages[0] == hex("08 07"));
  CHECK(reader.at_rest());
}

TEST_CASE("an empty message is an end without fragments") {
  HostMessageReader reader(Framing{Flavour::A, 32});
  const Seen seen = read_all(reader, packet_a("01 00"), 33);
  REQUIRE(seen.messages.size() == 1);
  CHECK(seen.messages[0].empty());
}

TEST_CASE("a length of more than 32 bits is refused after five bytes, and the next packet is a new message") {
  for (const char *delimiter : {"05 FF FF FF FF 1F", "05 80 80 80 80 80", "20 FF FF FF FF FF"}) {
    HostMessageReader reader(Framing{Flavour::A, 32});
    Buffer bytes = packet_a(delimiter);
    const Buffer good = up({Flavour::A, 32}, hex("08 01"));
    bytes.insert(bytes.end(), good.begin(), good.end());
    const Seen seen = read_all(reader, bytes, 1);
    CHECK(seen.bad_delimiters == 1);
    REQUIRE(seen.messages.size() == 1);
    CHECK(seen.messages[0] == hex("08 01"));
  }
  // The largest length is accepted.
  HostMessageReader reader(Framing{Flavour::A, 32});
  const Seen seen = read_all(reader, packet_a("05 FF FF FF FF 0F"), 33);
  CHECK(seen.syncs.size() == 1);
  CHECK(reader.message_size() == UINT32_MAX);
}

TEST_CASE("a length cut by packets is put together") {
  HostMessageReader reader(Framing{Flavour::A, 32});
  Buffer bytes = packet_a("01 80");
  Buffer second = packet_a("02 01 00");
  bytes.insert(bytes.end(), second.begin(), second.end());
  const Seen seen = read_all(reader, bytes, 33);
  CHECK(seen.syncs.size() == 2);
  CHECK(reader.message_size() == 128);
}

TEST_CASE("every header above the payload size is refused and stays so until reset") {
  for (const Framing framing : {Framing{Flavour::A, 32}, Framing{Flavour::B, 32}, Framing{Flavour::B, 4094}}) {
    const unsigned headers = framing.flavour == Flavour::A ? 256 : 65536;
    for (unsigned value = 0; value < headers; ++value) {
      HostMessageReader reader(framing);
      const std::byte header[] = {std::byte(value >> 8), std::byte(value & 0xFF)};
      const Bytes bytes = framing.flavour == Flavour::A ? Bytes(header).last(1) : Bytes(header);
      const Step step = reader.feed(bytes).step;
      if ((step == Step::BadHeader) != (value > framing.payload)) FAIL("header " << value);
      if (step != Step::BadHeader) continue;
      if (reader.feed(bytes).step != Step::BadHeader || reader.feed({}).used != 0) FAIL("not refused for good");
      reader.reset(framing);
      if (!reader.at_rest()) FAIL("not at rest after reset");
    }
  }
}

TEST_CASE("missing() counts down to the end of each packet") {
  const Framing framing{Flavour::B, 382};
  HostMessageReader reader(framing);
  const Buffer bytes = up(framing, pattern(200));
  REQUIRE(bytes.size() == 384);
  for (size_t i = 0; i < bytes.size(); ++i) {
    CHECK(reader.missing() == bytes.size() - i);
    CHECK(reader.in_packet() == (i != 0));
    reader.feed(Bytes(bytes).subspan(i, 1));
  }
}

TEST_CASE("counters do not stop at 32 bits of data") {
  DataReceiver receiver;
  receiver.start({});
  receiver.add(hex("22 80 80 80 80 80 01"));  // datas of 2^35 bytes
  const Buffer block(1 << 16);
  for (int i = 0; i < 70000; ++i) receiver.add(block);
  CHECK(receiver.received() == 70000ull << 16);
  CHECK_FALSE(receiver.valid());
}

TEST_CASE("a data message goes straight to its place, whatever the fragments") {
  const Buffer datas = pattern(300);
  Buffer head;
  const Buffer message = joined(encode(Data{7, 300, 0x20000000, datas}, head));
  for (size_t chunk = 1; chunk <= message.size(); ++chunk) {
    Buffer place(300);
    DataReceiver receiver;
    receiver.start(place);
    for (size_t i = 0; i < message.size(); i += chunk) {
      CHECK_FALSE(receiver.valid());
      receiver.add(Bytes(message).subspan(i, std::min(chunk, message.size() - i)));
    }
    CHECK(receiver.valid());
    CHECK(receiver.received() == 300);
    CHECK(receiver.type() == 7);
    CHECK(receiver.size() == 300);
    CHECK(receiver.address() == 0x20000000);
    CHECK(place == datas);
  }
}

TEST_CASE("data beyond the place are counted and dropped; missing data leave it as it was") {
  const Buffer datas = pattern(100);
  Buffer head;
  const Buffer message = joined(encode(Data{0, 100, 0, datas}, head));
  Buffer place(40, std::byte{0x55});
  DataReceiver receiver;
  receiver.start(std::span(place).first(30));
  receiver.add(message);
  CHECK(receiver.received() == 100);
  CHECK(buffer(Bytes(place).first(30)) == buffer(Bytes(datas).first(30)));
  CHECK(buffer(Bytes(place).last(10)) == Buffer(10, std::byte{0x55}));
  Buffer large(200, std::byte{0x77});
  receiver.start(large);
  receiver.add(message);
  CHECK(receiver.valid());
  CHECK(buffer(Bytes(large).last(100)) == Buffer(100, std::byte{0x77}));
}

TEST_CASE("a SYNC request in place of data is a data message without data, as firmware sees it") {
  DataReceiver receiver;
  receiver.start({});
  receiver.add(hex("08 01 10 00 18 00 22 00 28 00"));
  CHECK(receiver.valid());
  CHECK(receiver.received() == 0);
}

TEST_CASE("data messages that firmware drops are not valid") {
  const char *messages[] = {
      "",                            // empty
      "08 00 10 00",                 // fields missing
      "08 00 10 00 18 00 22 02 61",  // truncated
      "08 00 10 00 18 00 20 00",     // datas as a number
      "0A 00 10 00 18 00 22 00",     // type as a block
      "08 00 10 00 18 00 22 00 2B",  // a group
      "08 00 10 00 18 00 22 00 00",  // field 0
      "08 FF FF FF FF FF FF FF FF FF FF 01",
      "08 00 10 00 18 00 22 00 FF",  // truncated tag
  };
  for (const char *message : messages) {
    DataReceiver receiver;
    receiver.start({});
    receiver.add(hex(message));
    CAPTURE(message);
    CHECK_FALSE(receiver.valid());
  }
  DataReceiver receiver;
  receiver.start({});
  receiver.add(hex("08 00 10 00 18 00 22 00 29 01 02 03 04 05 06 07 08 35 01 02 03 04 3A 02 61 62 40 01"));
  CHECK(receiver.valid());  // unknown fields of every type
}

TEST_CASE("a small message is collected; a large one is only remembered as too long") {
  MessageCollector collector;
  collector.add(hex("01 02"));
  collector.add(hex("03"));
  CHECK(buffer(collector.message()) == hex("01 02 03"));
  collector.clear();
  collector.add(pattern(512));
  CHECK(collector.message().size() == 512);
  collector.add(hex("01"));
  CHECK(collector.too_long());
  CHECK(collector.message().empty());
  collector.add(hex("01"));
  CHECK(collector.too_long());
  collector.clear();
  CHECK_FALSE(collector.too_long());
  CHECK(collector.message().empty());
}

}  // namespace air::wire
