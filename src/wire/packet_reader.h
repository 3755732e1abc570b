// SPDX-License-Identifier: BSD-3-Clause
// The host's end of the link: puts together the messages of the target from whatever pieces of bytes arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "wire/link.h"

namespace air::wire {

enum class LinkError : uint8_t {
  None,
  UnexpectedSync,  // 0xAA in place of a header
  BadHeader,       // not a header of this framing
  MessageTooLong   // more bytes than the limit allows
};

const char *link_error_text(LinkError error);

// Usage: feed() whatever was read; at Message look at message(), then feed() the rest. After an error nothing more is taken
// until reset(). Memory is kept from message to message: in steady state nothing is allocated.
class PacketReader {
 public:
  enum class Step : uint8_t { NeedBytes, Message, Error };

  struct Fed {
    Step step;
    size_t used;  // bytes taken of those offered; less than all only at Message and Error
  };

  // Default limit: enough for any message without tensor data.
  static constexpr size_t kDefaultLimit = size_t{256} * 1024;

  explicit PacketReader(Framing framing = {}) : framing_(framing) {}

  // Forgets a message in progress and an error. The framing must be valid().
  void reset(Framing framing);

  // Most bytes of one message, for instance the largest tensor of the model and some 100 bytes.
  void set_limit(size_t bytes) { limit_ = bytes; }

  Fed feed(Bytes bytes);

  // The message of the last feed() that returned Message, valid until the next feed() or reset().
  Bytes message() const { return message_; }

  LinkError error() const { return error_; }
  Framing framing() const { return framing_; }

  // Nothing of a message has arrived yet.
  bool at_rest() const { return complete_ || (header_have_ == 0 && message_.empty()); }

  // Bytes that complete the packet in progress; a whole packet when at rest.
  size_t missing() const;

  // Headers read since construction, to count packets.
  uint64_t packets() const { return packets_; }

 private:
  size_t take_header(Bytes bytes);
  size_t take_body(Bytes bytes);
  void check_header();

  Framing framing_;
  size_t limit_ = kDefaultLimit;
  std::vector<std::byte> message_;
  uint32_t header_ = 0;       // bytes of the header so far
  uint32_t header_have_ = 0;  // how many
  uint32_t payload_left_ = 0;
  uint32_t padding_left_ = 0;
  bool last_ = false;      // the packet in progress ends the message
  bool complete_ = false;  // message_ was handed out
  LinkError error_ = LinkError::None;
  uint64_t packets_ = 0;
};

}  // namespace air::wire
