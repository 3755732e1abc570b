// SPDX-License-Identifier: BSD-3-Clause
// Cutting messages into packets.
#include "wire/link.h"

#include <algorithm>
#include <cstring>

#include "wire/fields.h"

namespace air::wire {

uint64_t packet_count(Framing framing, Direction direction, uint64_t message_bytes) {
  const uint64_t payload = framing.payload;
  // A message that fills its last packet is followed by an empty one with the end flag.
  if (direction == Direction::TargetToHost) return message_bytes / payload + 1;
  return (message_bytes + varint_size(message_bytes) + payload - 1) / payload;
}

void PacketWriter::start(Framing framing, Direction direction, Scatter message) {
  framing_ = framing;
  direction_ = direction;
  size_t delimiter = 0;
  if (direction == Direction::HostToTarget) delimiter = write_varint(delimiter_.data(), message.size());
  pieces_ = {Bytes(delimiter_).first(delimiter), message.head, message.tail};
  packets_left_ = packet_count(framing, direction, message.size());
}

Bytes PacketWriter::next() {
  if (done()) return {};
  write_packet(packet_.data());
  return Bytes(packet_).first(framing_.packet_size());
}

size_t PacketWriter::fill(std::span<std::byte> out) {
  size_t written = 0;
  while (!done() && out.size() - written >= framing_.packet_size()) {
    write_packet(out.data() + written);
    written += framing_.packet_size();
  }
  return written;
}

void PacketWriter::write_packet(std::byte *out) {
  const size_t header = framing_.header_size();
  const size_t n = take(out + header, framing_.payload);
  std::memset(out + header + n, 0, framing_.payload - n);
  --packets_left_;
  const bool end = direction_ == Direction::TargetToHost && packets_left_ == 0;
  const size_t flag = end ? 0x80 : 0;
  if (framing_.flavour == Flavour::A) {
    out[0] = static_cast<std::byte>(flag | n);
  } else {
    out[0] = static_cast<std::byte>(flag | n >> 8);
    out[1] = static_cast<std::byte>(n & 0xFF);
  }
}

// Moves up to `room` bytes of what is left of the message.
size_t PacketWriter::take(std::byte *out, size_t room) {
  size_t taken = 0;
  for (Bytes &piece : pieces_) {
    const size_t n = std::min(piece.size(), room - taken);
    if (n == 0) continue;
    std::memcpy(out + taken, piece.data(), n);
    piece = piece.subspan(n);
    taken += n;
  }
  return taken;
}

}  // namespace air::wire
