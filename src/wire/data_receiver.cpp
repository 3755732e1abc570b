// SPDX-License-Identifier: BSD-3-Clause
// What a target makes of the bytes of a message: collected when small, decoded on the fly when it carries a tensor.
#include <algorithm>
#include <cstring>

#include "wire/fields.h"
#include "wire/host_message_reader.h"

namespace air::wire {

void MessageCollector::add(Bytes fragment) {
  too_long_ = too_long_ || fragment.size() > buffer_.size() - size_;
  if (too_long_) return;
  std::copy(fragment.begin(), fragment.end(), buffer_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += fragment.size();
}

void DataReceiver::start(std::span<std::byte> place) {
  *this = DataReceiver();
  place_ = place;
}

void DataReceiver::add(Bytes fragment) {
  while (!fragment.empty() && !failed_) {
    size_t used = 1;
    if (phase_ == Phase::Datas || phase_ == Phase::Skip) {
      used = take_block(fragment);
    } else {
      take_byte(fragment[0]);
    }
    fragment = fragment.subspan(used);
  }
}

// A byte of a varint: a tag, a value or a length.
void DataReceiver::take_byte(std::byte byte) {
  const auto bits = std::to_integer<uint64_t>(byte);
  varint_ |= (bits & 0x7F) << (7 * varint_bytes_);
  ++varint_bytes_;
  if (bits >= 0x80) {
    failed_ = varint_bytes_ == 10;
    return;
  }
  if (phase_ == Phase::Tag) {
    tag_done();
  } else if (phase_ == Phase::Value) {
    value_done();
  } else {
    length_done();
  }
  varint_ = 0;
  varint_bytes_ = 0;
}

void DataReceiver::tag_done() {
  const uint32_t type = varint_ & 7;
  field_ = static_cast<uint32_t>(varint_ >> 3);
  const bool varint_field = field_ >= 1 && field_ <= 3;
  failed_ = varint_ < 8 || varint_ > UINT32_MAX || (varint_field && type != kWireVarint) ||
            (field_ == 4 && type != kWireBlock);
  switch (type) {
    case kWireVarint:
      phase_ = Phase::Value;
      break;
    case kWireBlock:
      phase_ = Phase::Length;
      break;
    case kWireFixed32:
    case kWireFixed64:
      phase_ = Phase::Skip;
      left_ = type == kWireFixed32 ? 4 : 8;
      break;
    default:
      failed_ = true;
  }
}

void DataReceiver::value_done() {
  const auto value = static_cast<uint32_t>(varint_);
  if (field_ == 1) type_ = value;
  if (field_ == 2) size_ = value;
  if (field_ == 3) address_ = value;
  if (field_ <= 3) have_ = static_cast<uint8_t>(have_ | 1u << (field_ - 1));
  phase_ = Phase::Tag;
}

void DataReceiver::length_done() {
  left_ = varint_;
  if (field_ == 4) {
    received_ = 0;
    have_ |= 0b1000;
  }
  phase_ = left_ == 0 ? Phase::Tag : field_ == 4 ? Phase::Datas : Phase::Skip;
}

size_t DataReceiver::take_block(Bytes bytes) {
  const auto n = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
  if (phase_ == Phase::Datas) {
    if (received_ < place_.size()) {
      const auto at = static_cast<size_t>(received_);
      std::memcpy(place_.data() + at, bytes.data(), std::min(n, place_.size() - at));
    }
    received_ += n;
  }
  left_ -= n;
  if (left_ == 0) phase_ = Phase::Tag;
  return n;
}

}  // namespace air::wire
