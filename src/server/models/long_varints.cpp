// SPDX-License-Identifier: BSD-3-Clause
// The way 32-bit firmware writes repeated numbers: sign-extended, ten bytes each.
#include "server/models/long_varints.h"

#include <algorithm>
#include <cstdint>

#include "wire/fields.h"

namespace air::server {
namespace {

using wire::Bytes;

// Messages and fields that matter, as paths of field numbers, 8 bits a level.
constexpr uint32_t kSysInfo = 11;
constexpr uint32_t kOperator = 16;
constexpr uint32_t kTensor = 17;
constexpr uint32_t kModelInfo = 22;

constexpr uint32_t child(uint32_t path, uint32_t field) {
  return path << 8 | field;
}

bool is_tensor_desc(uint32_t path) {
  return path == child(kTensor, 1) || path == child(kModelInfo, 11) || path == child(kModelInfo, 13) ||
         path == child(kModelInfo, 15) || path == child(kModelInfo, 17);
}

bool is_message(uint32_t path) {
  return path == kSysInfo || path == kOperator || path == kTensor || path == kModelInfo || is_tensor_desc(path);
}

bool is_repeated_number(uint32_t path, wire::Flavour flavour) {
  const uint32_t extra = flavour == wire::Flavour::A ? 5 : 6;
  return path == child(kSysInfo, extra) || path == child(kOperator, 6) ||
         (is_tensor_desc(path >> 8) && (path & 0xFF) == 5);
}

// Reads our own encoding, which is well formed.
uint64_t take_varint(Bytes &in) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = std::to_integer<uint64_t>(in.front());
    in = in.subspan(1);
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

void put_bytes(std::vector<std::byte> &out, Bytes &in, size_t count) {
  out.insert(out.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(count));
  in = in.subspan(count);
}

std::vector<std::byte> rewrite(Bytes in, uint32_t path, wire::Flavour flavour);

void rewrite_block(std::vector<std::byte> &out, Bytes &in, uint32_t path, wire::Flavour flavour) {
  const uint64_t declared = take_varint(in);
  const size_t there = std::min<uint64_t>(declared, in.size());  // the tensor data may be elsewhere
  if (!is_message(path)) {
    wire::append_varint(out, declared);
    put_bytes(out, in, there);
    return;
  }
  const std::vector<std::byte> inner = rewrite(in.first(there), path, flavour);
  in = in.subspan(there);
  wire::append_varint(out, declared + inner.size() - there);
  out.insert(out.end(), inner.begin(), inner.end());
}

std::vector<std::byte> rewrite(Bytes in, uint32_t path, wire::Flavour flavour) {
  std::vector<std::byte> out;
  while (!in.empty()) {
    const uint64_t tag = take_varint(in);
    wire::append_varint(out, tag);
    const uint32_t field = child(path, static_cast<uint32_t>(tag >> 3));
    switch (tag & 7) {
      case 0: {
        const uint64_t value = take_varint(in);
        wire::append_varint(out, is_repeated_number(field, flavour) ? value | ~uint64_t{0} << 32 : value);
        break;
      }
      case 1:
        put_bytes(out, in, 8);
        break;
      case 5:
        put_bytes(out, in, 4);
        break;
      default:
        rewrite_block(out, in, field, flavour);
    }
  }
  return out;
}

}  // namespace

std::vector<std::byte> with_long_varints(Bytes message, wire::Flavour flavour) {
  return rewrite(message, 0, flavour);
}

}  // namespace air::server
