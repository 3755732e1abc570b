// SPDX-License-Identifier: BSD-3-Clause
// The host's reader: messages come back whole however their bytes arrive, and every wrong header is found.
#include <doctest/doctest.h>

#include "bytes.h"
#include "wire/packet_reader.h"

namespace air::wire {
namespace {

using Step = PacketReader::Step;

Buffer down(Framing framing, Bytes message) {
  return packets(framing, Direction::TargetToHost, {message, {}});
}

// Feeds in chunks and returns the messages.
std::vector<Buffer> read_all(PacketReader &reader, Bytes bytes, size_t chunk) {
  std::vector<Buffer> messages;
  while (!bytes.empty()) {
    Bytes piece = bytes.first(std::min(chunk, bytes.size()));
    bytes = bytes.subspan(piece.size());
    while (!piece.empty()) {
      const PacketReader::Fed fed = reader.feed(piece);
      piece = piece.subspan(fed.used);
      REQUIRE(fed.step != Step::Error);
      if (fed.step == Step::Message) messages.push_back(buffer(reader.message()));
    }
  }
  return messages;
}

}  // namespace

TEST_CASE("messages of every edge size come back, in one piece or byte by byte") {
  for (const Framing framing : framings()) {
    for (const size_t size : edge_sizes(framing.payload)) {
      const Buffer message = pattern(size);
      Buffer bytes = down(framing, message);
      const Buffer second = down(framing, hex("01 02 03"));
      bytes.insert(bytes.end(), second.begin(), second.end());
      for (const size_t chunk : {bytes.size(), size_t{1}, size_t{7}, size_t{framing.packet_size()}}) {
        PacketReader reader(framing);
        const std::vector<Buffer> messages = read_all(reader, bytes, chunk);
        REQUIRE(messages.size() == 2);
        CHECK(messages[0] == message);
        CHECK(messages[1] == hex("01 02 03"));
        CHECK(reader.at_rest());
        CHECK(reader.packets() * framing.packet_size() == bytes.size());
      }
    }
  }
}

TEST_CASE("a message split in two at every byte comes back") {
  for (const Framing framing : {Framing{Flavour::A, 32}, Framing{Flavour::B, 32}}) {
    const Buffer message = pattern(96);
    const Buffer bytes = down(framing, message);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      PacketReader reader(framing);
      const auto first = reader.feed(Bytes(bytes).first(cut));
      CHECK(first.used == cut);
      if (cut == bytes.size()) {
        CHECK(first.step == Step::Message);
        continue;
      }
      CHECK(first.step == Step::NeedBytes);
      CHECK(reader.missing() == framing.packet_size() - cut % framing.packet_size());
      CHECK(reader.at_rest() == (cut == 0));
      CHECK(reader.feed(Bytes(bytes).subspan(cut)).step == Step::Message);
      CHECK(buffer(reader.message()) == message);
    }
  }
}

TEST_CASE("stale bytes in the padding are ignored, and a full last packet with the end flag is understood") {
  Buffer bytes = hex("83 01 02 03");
  bytes.resize(33, std::byte{0xAA});
  PacketReader reader(Framing{Flavour::A, 32});
  CHECK(reader.feed(bytes).step == Step::Message);
  CHECK(buffer(reader.message()) == hex("01 02 03"));
  Buffer full = hex("A0");
  const Buffer payload = pattern(32);
  full.insert(full.end(), payload.begin(), payload.end());
  CHECK(reader.feed(full).step == Step::Message);
  CHECK(buffer(reader.message()) == payload);
}

TEST_CASE("in flavour A exactly the headers 20 and 80..A0 are accepted") {
  for (unsigned value = 0; value < 256; ++value) {
    PacketReader reader(Framing{Flavour::A, 32});
    const std::byte header{static_cast<unsigned char>(value)};
    const Step step = reader.feed({&header, 1}).step;
    const bool good = value == 0x20 || (value >= 0x80 && value <= 0xA0);
    CAPTURE(value);
    CHECK((step == Step::NeedBytes) == good);
    if (!good) CHECK(reader.error() == (value == 0xAA ? LinkError::UnexpectedSync : LinkError::BadHeader));
  }
}

TEST_CASE("in flavour B every header of 65536 is judged") {
  for (const uint32_t payload : {32u, 382u, 4094u}) {
    unsigned accepted = 0;
    for (unsigned value = 0; value < 65536; ++value) {
      PacketReader reader(Framing{Flavour::B, payload});
      const std::byte header[] = {std::byte(value >> 8), std::byte(value & 0xFF)};
      const Step step = reader.feed(header).step;
      const unsigned n = value & 0x7FFF;
      const bool good = value == payload || (value >= 0x8000 && n <= payload);
      if ((step == Step::NeedBytes) != good) FAIL("header " << value << " at payload " << payload);
      if (good) ++accepted;
    }
    CHECK(accepted == payload + 2);
  }
}

TEST_CASE("a sync byte in place of a packet is told at once and takes no byte") {
  PacketReader reader(Framing{Flavour::B, 32});
  const Buffer bytes = hex("AA 80 00");
  const auto fed = reader.feed(bytes);
  CHECK(fed.step == Step::Error);
  CHECK(fed.used == 0);
  CHECK(reader.error() == LinkError::UnexpectedSync);
  // After an error nothing is taken until reset().
  CHECK(reader.feed(hex("80 00")).step == Step::Error);
  reader.reset(Framing{Flavour::B, 32});
  CHECK(reader.at_rest());
  CHECK(reader.feed(down({Flavour::B, 32}, hex("01"))).step == Step::Message);
}

TEST_CASE("a message is refused as soon as it exceeds the limit, not one byte earlier") {
  const Framing framing{Flavour::B, 32};
  for (const size_t limit : {size_t{0}, size_t{5}, size_t{32}, size_t{100}}) {
    for (const size_t size : {limit, limit + 1}) {
      PacketReader reader(framing);
      reader.set_limit(limit);
      const Buffer bytes = down(framing, pattern(size));
      const auto fed = reader.feed(bytes);
      CHECK((fed.step == Step::Message) == (size <= limit));
      if (size > limit) CHECK(reader.error() == LinkError::MessageTooLong);
    }
  }
  // An endless message is stopped too.
  PacketReader reader(framing);
  reader.set_limit(1000);
  Buffer packet = hex("00 20");
  packet.resize(34);
  size_t accepted = 0;
  while (reader.feed(packet).step == Step::NeedBytes) ++accepted;
  CHECK(accepted == 1000 / 32);
}

TEST_CASE("the framing can change between two messages") {
  PacketReader reader(Framing{Flavour::B, 32});
  CHECK(reader.feed(down({Flavour::B, 32}, hex("0102"))).step == Step::Message);
  reader.reset({Flavour::B, 382});
  CHECK(reader.missing() == 384);
  CHECK(reader.feed(down({Flavour::B, 382}, pattern(382))).step == Step::Message);
  CHECK(reader.message().size() == 382);
}

TEST_CASE("every link error has a text of its own") {
  CHECK(std::string(link_error_text(LinkError::BadHeader)) != link_error_text(LinkError::UnexpectedSync));
  CHECK(std::string(link_error_text(LinkError::MessageTooLong)) != link_error_text(LinkError::BadHeader));
}

}  // namespace air::wire
