// SPDX-License-Identifier: BSD-3-Clause
// Packets of the link: their two flavours and sizes, and cutting a message into packets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace air::wire {

using Bytes = std::span<const std::byte>;

// A: one header byte. B: two header bytes, most significant first.
enum class Flavour : uint8_t { A, B };

// HostToTarget: a length in front, no end mark, one sync byte awaited between packets. TargetToHost: an end flag, back to back.
enum class Direction : uint8_t { HostToTarget, TargetToHost };

// "Give me the next packet", sent by the target.
inline constexpr std::byte kSync{0xAA};
inline constexpr uint32_t kMinPayload = 32;
inline constexpr uint32_t kMaxPayload = 4094;
inline constexpr uint32_t kMaxPayloadA = 32;
inline constexpr uint32_t kMaxPacket = kMaxPayload + 2;

// Form of every packet of a link at a time.
struct Framing {
  Flavour flavour = Flavour::A;
  uint32_t payload = kMinPayload;

  constexpr uint32_t header_size() const { return flavour == Flavour::A ? 1 : 2; }
  constexpr uint32_t packet_size() const { return payload + header_size(); }
  constexpr bool valid() const {
    return payload >= kMinPayload && payload <= (flavour == Flavour::A ? kMaxPayloadA : kMaxPayload);
  }
  friend constexpr bool operator==(const Framing &, const Framing &) = default;
};

// One message in two pieces, so that a tensor behind its description need not be copied.
struct Scatter {
  Bytes head;
  Bytes tail;

  constexpr size_t size() const { return head.size() + tail.size(); }
};

// Packets that a message of this many bytes (without delimiter) takes.
uint64_t packet_count(Framing framing, Direction direction, uint64_t message_bytes);

// Cuts one message after the other into packets. Allocates nothing. While a packet is under way the next one can be made.
class PacketWriter {
 public:
  PacketWriter() = default;
  PacketWriter(const PacketWriter &) = delete;
  PacketWriter &operator=(const PacketWriter &) = delete;

  // Begins a message. Its bytes stay the caller's and must live until done(). The framing must be valid().
  void start(Framing framing, Direction direction, Scatter message);

  bool done() const { return packets_left_ == 0; }
  uint64_t packets_left() const { return packets_left_; }

  // The next packet, complete and padded with zeros; empty when done(). Valid until the next call.
  Bytes next();

  // Writes as many whole packets as fit; returns the bytes written. For a target that sends many packets at once.
  size_t fill(std::span<std::byte> out);

 private:
  void write_packet(std::byte *out);
  size_t take(std::byte *out, size_t room);

  Framing framing_;
  Direction direction_ = Direction::HostToTarget;
  std::array<Bytes, 3> pieces_{};  // delimiter, head, tail: what is left of them
  std::array<std::byte, 10> delimiter_{};
  uint64_t packets_left_ = 0;
  std::array<std::byte, kMaxPacket> packet_{};
};

}  // namespace air::wire
