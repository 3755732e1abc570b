// SPDX-License-Identifier: BSD-3-Clause
// Bytes to messages, both directions. Tolerant of what firmware sends, never trusting lengths; memory use is bounded by the message.
#pragma once

#include <memory>

#include "wire/messages.h"

struct ProtobufCMessageDescriptor;

namespace air::wire {

enum class DecodeStatus : uint8_t {
  Ok,
  Malformed,  // not a message of the schema: truncated, wrong types, a required field of a nested message missing
  TooLong     // the description beside the tensor data is longer than any real one
};

const char *decode_status_text(DecodeStatus status);

// Keeps its working memory from message to message. One for each thread.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(const Decoder &) = delete;
  Decoder &operator=(const Decoder &) = delete;

  // A message of the target. `datas` members are views into `message`. Missing fields are 0 or empty; an unknown payload is None.
  DecodeStatus decode(Bytes message, Flavour flavour, Response &out);

  // Messages of the host, as strict as the firmware: every field must be there, names have at most kMaxName bytes.
  DecodeStatus decode(Bytes message, Request &out);
  DecodeStatus decode(Bytes message, Ack &out);
  DecodeStatus decode(Bytes message, Buffer2x &out);
  DecodeStatus decode(Bytes message, Data &out);

 private:
  class Arena;

  template <class Proto, class T>
  DecodeStatus unpack(const ProtobufCMessageDescriptor &descriptor, Bytes bytes, T &&out);
  DecodeStatus decode_tensor(Bytes contents, Tensor &out);
  DecodeStatus decode_node(Bytes contents, Node2x &out);

  std::unique_ptr<Arena> arena_;
};

}  // namespace air::wire
