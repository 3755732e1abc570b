// SPDX-License-Identifier: BSD-3-Clause
// Messages of the target out of packets.
#include "wire/packet_reader.h"

#include <algorithm>

namespace air::wire {

const char *link_error_text(LinkError error) {
  switch (error) {
    case LinkError::None:
      return "no error";
    case LinkError::UnexpectedSync:
      return "a sync byte came where a packet was expected";
    case LinkError::BadHeader:
      return "the header of a packet is not one of this link";
    case LinkError::MessageTooLong:
      return "the message is longer than any that is expected";
  }
  return "unknown link error";
}

void PacketReader::reset(Framing framing) {
  framing_ = framing;
  message_.clear();
  header_ = header_have_ = 0;
  payload_left_ = padding_left_ = 0;
  last_ = complete_ = false;
  error_ = LinkError::None;
}

PacketReader::Fed PacketReader::feed(Bytes bytes) {
  if (error_ != LinkError::None) return {Step::Error, 0};
  if (complete_) {
    message_.clear();
    complete_ = false;
  }
  size_t used = 0;
  while (used < bytes.size()) {
    const bool in_header = header_have_ < framing_.header_size();
    used += in_header ? take_header(bytes.subspan(used)) : take_body(bytes.subspan(used));
    if (error_ != LinkError::None) return {Step::Error, used};
    if (in_header || payload_left_ + padding_left_ != 0) continue;
    header_ = header_have_ = 0;
    if (!last_) continue;
    complete_ = true;
    return {Step::Message, used};
  }
  return {Step::NeedBytes, used};
}

size_t PacketReader::take_header(Bytes bytes) {
  // No header begins with the sync byte: with a second byte to come it need not be awaited.
  if (header_have_ == 0 && bytes[0] == kSync) {
    error_ = LinkError::UnexpectedSync;
    return 0;
  }
  size_t used = 0;
  while (header_have_ < framing_.header_size() && used < bytes.size()) {
    header_ = header_ << 8 | std::to_integer<uint32_t>(bytes[used++]);
    ++header_have_;
  }
  if (header_have_ == framing_.header_size()) check_header();
  return used;
}

void PacketReader::check_header() {
  const uint32_t flag = framing_.flavour == Flavour::A ? 0x80 : 0x8000;
  const uint32_t n = header_ & (flag - 1);
  last_ = (header_ & flag) != 0;
  // Only the last packet may be short.
  if (n > framing_.payload || (!last_ && n != framing_.payload)) {
    error_ = LinkError::BadHeader;
  } else if (n > limit_ - std::min(limit_, message_.size())) {
    error_ = LinkError::MessageTooLong;
  } else {
    payload_left_ = n;
    padding_left_ = framing_.payload - n;
    ++packets_;
  }
}

size_t PacketReader::take_body(Bytes bytes) {
  const auto payload = static_cast<uint32_t>(std::min<size_t>(payload_left_, bytes.size()));
  message_.insert(message_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(payload));
  payload_left_ -= payload;
  const auto padding = static_cast<uint32_t>(std::min<size_t>(padding_left_, bytes.size() - payload));
  padding_left_ -= padding;
  return payload + padding;
}

size_t PacketReader::missing() const {
  if (header_have_ == framing_.header_size()) return payload_left_ + padding_left_;
  return framing_.packet_size() - header_have_;
}

}  // namespace air::wire
