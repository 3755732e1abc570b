// SPDX-License-Identifier: BSD-3-Clause
// Messages of the host out of packets, byte by byte as the firmware sees them.
#include "wire/host_message_reader.h"

#include <algorithm>

namespace air::wire {
namespace {

// The length in front of a message is at most a 32-bit number.
constexpr uint32_t kMaxDelimiter = 5;

}  // namespace

void HostMessageReader::reset(Framing framing) {
  framing_ = framing;
  phase_ = Phase::Header;
  header_ = header_have_ = 0;
  payload_left_ = padding_left_ = 0;
  in_message_ = false;
}

HostMessageReader::Fed HostMessageReader::feed(Bytes bytes) {
  const Fed fed = advance(bytes);
  bytes_ += fed.used;
  return fed;
}

HostMessageReader::Fed HostMessageReader::advance(Bytes bytes) {
  size_t used = 0;
  for (;;) {
    if (phase_ == Phase::Failed) return {Step::BadHeader, used, {}};
    if (phase_ == Phase::Padding && padding_left_ == 0) return {finish_packet(), used, {}};
    if (used == bytes.size()) return {Step::NeedBytes, used, {}};
    const Bytes rest = bytes.subspan(used);
    if (phase_ == Phase::Header) {
      used += take_header(rest);
    } else if (phase_ == Phase::Padding) {
      used += take_padding(rest);
    } else {
      Bytes fragment;
      used += take_payload(rest, fragment);
      if (!fragment.empty()) return {Step::Fragment, used, fragment};
    }
  }
}

size_t HostMessageReader::take_header(Bytes bytes) {
  size_t used = 0;
  while (header_have_ < framing_.header_size() && used < bytes.size()) {
    header_ = header_ << 8 | std::to_integer<uint32_t>(bytes[used++]);
    ++header_have_;
  }
  if (header_have_ < framing_.header_size()) return used;
  ++packets_;
  if (!in_message_) {
    in_message_ = true;
    delimiter_done_ = bad_delimiter_ = false;
    delimiter_have_ = 0;
    message_size_ = message_left_ = 0;
  }
  if (header_ > framing_.payload) {
    phase_ = Phase::Failed;
    return used;
  }
  payload_left_ = header_;
  padding_left_ = framing_.payload - header_;
  phase_ = payload_left_ != 0 ? Phase::Payload : Phase::Padding;
  return used;
}

size_t HostMessageReader::take_payload(Bytes bytes, Bytes &fragment) {
  const Bytes payload = bytes.first(std::min<size_t>(payload_left_, bytes.size()));
  size_t used = take_delimiter(payload);
  if (delimiter_done_) {
    const size_t n = static_cast<size_t>(std::min<uint64_t>(message_left_, payload.size() - used));
    fragment = payload.subspan(used, n);
    message_left_ -= n;
    used += n;
  }
  payload_left_ -= static_cast<uint32_t>(used);
  // What follows a message in its packet is dropped.
  if (bad_delimiter_ || (delimiter_done_ && message_left_ == 0)) {
    padding_left_ += payload_left_;
    payload_left_ = 0;
  }
  if (payload_left_ == 0) phase_ = Phase::Padding;
  return used;
}

size_t HostMessageReader::take_delimiter(Bytes bytes) {
  size_t used = 0;
  while (used < bytes.size() && !delimiter_done_ && !bad_delimiter_) {
    const auto byte = std::to_integer<uint64_t>(bytes[used++]);
    message_size_ |= (byte & 0x7F) << (7 * delimiter_have_);
    ++delimiter_have_;
    delimiter_done_ = byte < 0x80 && message_size_ <= UINT32_MAX;
    bad_delimiter_ = !delimiter_done_ && (byte < 0x80 || delimiter_have_ == kMaxDelimiter);
    message_left_ = message_size_;
  }
  return used;
}

size_t HostMessageReader::take_padding(Bytes bytes) {
  const auto n = static_cast<uint32_t>(std::min<size_t>(padding_left_, bytes.size()));
  padding_left_ -= n;
  return n;
}

HostMessageReader::Step HostMessageReader::finish_packet() {
  phase_ = Phase::Header;
  header_ = header_have_ = 0;
  if (!bad_delimiter_ && !(delimiter_done_ && message_left_ == 0)) return Step::SendSync;
  in_message_ = false;
  return bad_delimiter_ ? Step::BadDelimiter : Step::End;
}

size_t HostMessageReader::missing() const {
  if (phase_ == Phase::Header) return framing_.packet_size() - header_have_;
  return payload_left_ + padding_left_;
}

}  // namespace air::wire
