// SPDX-License-Identifier: BSD-3-Clause
// The target's end of the link: follows the host's messages through packets, says when a sync byte is due, buffers nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/link.h"

namespace air::wire {

// Usage: feed() what was read, then what it left of it (even nothing), again and again until NeedBytes.
//   Fragment   the next bytes of the message: give them to MessageCollector or DataReceiver.
//   SendSync   send kSync now, then go on: the decoder needs a byte and the packet is used up.
//   End        the message and its packet are complete. Bytes offered beyond belong to the next message.
//   BadHeader  the packet claims more bytes than it can hold: drop the input until it is quiet, then reset().
//   BadDelimiter  the message has no sensible length; the rest of its packet was dropped, a new message begins.
class HostMessageReader {
 public:
  enum class Step : uint8_t { NeedBytes, Fragment, SendSync, End, BadHeader, BadDelimiter };

  struct Fed {
    Step step;
    size_t used;
    Bytes fragment;  // part of the bytes offered
  };

  explicit HostMessageReader(Framing framing = {}) : framing_(framing) {}

  // Forgets a message in progress. The framing must be valid(). Also changes the framing between two messages.
  void reset(Framing framing);

  Fed feed(Bytes bytes);

  Framing framing() const { return framing_; }
  // No byte of a message or packet has arrived.
  bool at_rest() const { return phase_ == Phase::Header && header_have_ == 0 && !in_message_; }
  // The packet in progress is incomplete.
  bool in_packet() const { return phase_ != Phase::Header || header_have_ != 0; }
  // Bytes that complete the packet in progress; a whole packet between packets.
  size_t missing() const;
  uint64_t bytes_received() const { return bytes_; }
  uint64_t packets() const { return packets_; }
  // Bytes of the message in progress, known after its delimiter.
  uint64_t message_size() const { return message_size_; }

 private:
  enum class Phase : uint8_t { Header, Payload, Padding, Failed };

  Fed advance(Bytes bytes);
  size_t take_header(Bytes bytes);
  size_t take_delimiter(Bytes bytes);
  size_t take_payload(Bytes bytes, Bytes &fragment);
  size_t take_padding(Bytes bytes);
  Step finish_packet();

  Framing framing_;
  Phase phase_ = Phase::Header;
  uint32_t header_ = 0;
  uint32_t header_have_ = 0;
  uint32_t payload_left_ = 0;
  uint32_t padding_left_ = 0;
  bool in_message_ = false;      // a packet of the message was begun
  bool delimiter_done_ = false;  // message_size_ is known
  bool bad_delimiter_ = false;
  uint32_t delimiter_have_ = 0;
  uint64_t message_size_ = 0;
  uint64_t message_left_ = 0;
  uint64_t bytes_ = 0;
  uint64_t packets_ = 0;
};

// Collects a small message (reqMsg, ackMsg). Longer ones are remembered as such: they cannot be valid.
class MessageCollector {
 public:
  void clear() { size_ = 0, too_long_ = false; }
  void add(Bytes fragment);
  bool too_long() const { return too_long_; }
  // Empty when too_long().
  Bytes message() const { return too_long_ ? Bytes{} : Bytes(buffer_).first(size_); }

 private:
  std::array<std::byte, 512> buffer_{};
  size_t size_ = 0;
  bool too_long_ = false;
};

// Decodes an aiDataMsg on the fly, its bytes straight into the place where they belong. Bytes beyond the place are counted and dropped.
class DataReceiver {
 public:
  // `place` receives the first bytes; the message may carry fewer or more.
  void start(std::span<std::byte> place);
  void add(Bytes fragment);

  // After End: whether the message was well formed and complete. Otherwise the firmware ignores it without an answer.
  bool valid() const { return !failed_ && phase_ == Phase::Tag && varint_bytes_ == 0 && have_ == kAllFields; }
  uint64_t received() const { return received_; }  // length of `datas`
  uint32_t type() const { return type_; }
  uint32_t size() const { return size_; }
  uint32_t address() const { return address_; }

 private:
  enum class Phase : uint8_t { Tag, Value, Length, Skip, Datas };
  static constexpr uint8_t kAllFields = 0b1111;

  void take_byte(std::byte byte);
  void tag_done();
  void value_done();
  void length_done();
  size_t take_block(Bytes bytes);

  std::span<std::byte> place_;
  Phase phase_ = Phase::Tag;
  bool failed_ = false;
  uint8_t have_ = 0;  // fields 1..4 seen
  uint64_t varint_ = 0;
  uint32_t varint_bytes_ = 0;
  uint32_t field_ = 0;
  uint64_t left_ = 0;  // of a block being skipped or received
  uint64_t received_ = 0;
  uint32_t type_ = 0;
  uint32_t size_ = 0;
  uint32_t address_ = 0;
};

}  // namespace air::wire
