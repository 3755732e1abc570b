// SPDX-License-Identifier: BSD-3-Clause
// Cutting messages into packets: the worked examples and byte counts of the protocol, and every edge.
#include <doctest/doctest.h>

#include <algorithm>

#include "bytes.h"
#include "wire/link.h"

namespace air::wire {
namespace {

constexpr Framing kA{Flavour::A, 32};
constexpr Framing kB{Flavour::B, 32};

Buffer padded(std::string_view used, size_t total) {
  Buffer bytes = hex(used);
  bytes.resize(total);
  return bytes;
}

}  // namespace

TEST_CASE("a SYNC request is the packet of the protocol's example") {
  const Buffer message = hex("08 01 10 00 18 00 22 00 28 00");
  CHECK(text(packets(kA, Direction::HostToTarget, {message, {}})) ==
        text(padded("0B 0A 08 01 10 00 18 00 22 00 28 00", 33)));
  CHECK(text(packets(kB, Direction::HostToTarget, {message, {}})) ==
        text(padded("00 0B 0A 08 01 10 00 18 00 22 00 28 00", 34)));
}

TEST_CASE("a SYNC reply is the packet of the protocol's example") {
  const Buffer message = hex("08 01 10 00 52 09 08 81 06 20 01 28 81 82 04");
  CHECK(text(packets(kA, Direction::TargetToHost, {message, {}})) ==
        text(padded("8F 08 01 10 00 52 09 08 81 06 20 01 28 81 82 04", 33)));
  CHECK(text(packets(kB, Direction::TargetToHost, {message, {}})) ==
        text(padded("80 0F 08 01 10 00 52 09 08 81 06 20 01 28 81 82 04", 34)));
}

TEST_CASE("a message that fills its last packet is followed by an empty one towards the host only") {
  const Buffer message = pattern(64);
  const Buffer down = packets(kB, Direction::TargetToHost, {message, {}});
  REQUIRE(down.size() == 3 * 34);
  CHECK(text(Bytes(down).subspan(0, 2)) == "00 20 ");
  CHECK(text(Bytes(down).subspan(34, 2)) == "00 20 ");
  CHECK(text(Bytes(down).subspan(68)) == text(padded("80 00", 34)));
  const Buffer down_a = packets(kA, Direction::TargetToHost, {message, {}});
  REQUIRE(down_a.size() == 3 * 33);
  CHECK(text(Bytes(down_a).subspan(66)) == text(padded("80", 33)));
  // 63 bytes and the delimiter make exactly two packets towards the target.
  CHECK(packets(kB, Direction::HostToTarget, {Bytes(message).first(63), {}}).size() == 2 * 34);
}

TEST_CASE("an input of 3072 bytes takes 97 packets in flavour A") {
  CHECK(packet_count(kA, Direction::HostToTarget, 3082) == 97);
  const Buffer datas = pattern(3072);
  const Buffer head = hex("08 00 10 80 18 18 00 22 80 18");
  const Buffer bytes = packets(kA, Direction::HostToTarget, {head, datas});
  CHECK(bytes.size() == 3201);
  // 3084 = 96 * 32 + 12
  CHECK(bytes[96 * 33] == std::byte{12});
}

TEST_CASE("input tensors take the packets and bytes of the protocol's table") {
  struct Row {
    uint64_t size;
    uint64_t packets[4];
    uint64_t bytes[4];
  };
  constexpr Framing columns[] = {{Flavour::A, 32}, {Flavour::B, 32}, {Flavour::B, 382}, {Flavour::B, 4094}};
  constexpr Row rows[] = {{1, {1, 1, 1, 1}, {33, 34, 384, 4096}},
                          {1024, {33, 33, 3, 1}, {1089, 1122, 1152, 4096}},
                          {9216, {289, 289, 25, 3}, {9537, 9826, 9600, 12288}},
                          {49152, {1537, 1537, 129, 13}, {50721, 52258, 49536, 53248}},
                          {150528, {4705, 4705, 395, 37}, {155265, 159970, 151680, 151552}},
                          {602112, {18817, 18817, 1577, 148}, {620961, 639778, 605568, 606208}}};
  const auto varint = [](uint64_t value) { return value < 128 ? 1u : value < 16384 ? 2u : 3u; };
  for (const Row &row : rows) {
    const uint64_t message = row.size + 6 + 2 * varint(row.size);
    for (size_t i = 0; i < 4; ++i) {
      CAPTURE(row.size);
      CAPTURE(i);
      CHECK(packet_count(columns[i], Direction::HostToTarget, message) == row.packets[i]);
      CHECK(row.packets[i] * columns[i].packet_size() == row.bytes[i]);
      const Buffer whole = pattern(message);
      CHECK(packets(columns[i], Direction::HostToTarget, {whole, {}}).size() == row.bytes[i]);
    }
  }
}

TEST_CASE("packet_count agrees with the packets made, for every edge, and head and tail may be split anywhere") {
  for (const Framing framing : framings()) {
    for (const size_t size : edge_sizes(framing.payload)) {
      const Buffer message = pattern(size);
      for (const Direction direction : {Direction::HostToTarget, Direction::TargetToHost}) {
        const Buffer whole = packets(framing, direction, {message, {}});
        CHECK(whole.size() == packet_count(framing, direction, size) * framing.packet_size());
        const size_t cut = size / 3;
        CHECK(packets(framing, direction, {Bytes(message).first(cut), Bytes(message).subspan(cut)}) == whole);
      }
    }
  }
}

TEST_CASE("fill() writes whole packets only, the same as next()") {
  const Framing framing{Flavour::B, 32};
  const Buffer message = pattern(1000);
  const Buffer expected = packets(framing, Direction::TargetToHost, {message, {}});
  for (const size_t room : {size_t{34}, size_t{67}, size_t{68}, size_t{500}, size_t{100000}}) {
    PacketWriter writer;
    writer.start(framing, Direction::TargetToHost, {message, {}});
    Buffer result;
    while (!writer.done()) {
      Buffer chunk(room);
      const size_t n = writer.fill(chunk);
      REQUIRE(n != 0);
      CHECK(n % framing.packet_size() == 0);
      result.insert(result.end(), chunk.begin(), chunk.begin() + static_cast<ptrdiff_t>(n));
    }
    CHECK(result == expected);
  }
  PacketWriter writer;
  writer.start(framing, Direction::TargetToHost, {message, {}});
  Buffer small(33);
  CHECK(writer.fill(small) == 0);
  CHECK_FALSE(writer.done());
}

TEST_CASE("a writer that is done gives nothing, and can be started again in the middle of a message") {
  PacketWriter writer;
  CHECK(writer.done());
  CHECK(writer.next().empty());
  const Buffer message = pattern(200);
  writer.start(kA, Direction::HostToTarget, {message, {}});
  writer.next();
  CHECK(writer.packets_left() == 6);
  writer.start(kA, Direction::HostToTarget, {Bytes(message).first(4), {}});
  CHECK(writer.next()[0] == std::byte{5});
  CHECK(writer.done());
}

TEST_CASE("only sizes of the protocol are valid") {
  CHECK(Framing{Flavour::A, 32}.valid());
  CHECK_FALSE(Framing{Flavour::A, 33}.valid());
  CHECK_FALSE(Framing{Flavour::B, 31}.valid());
  CHECK(Framing{Flavour::B, 4094}.valid());
  CHECK_FALSE(Framing{Flavour::B, 4095}.valid());
  CHECK(Framing{Flavour::B, 382}.packet_size() == 384);
}

}  // namespace air::wire
