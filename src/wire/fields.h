// SPDX-License-Identifier: BSD-3-Clause
// The protobuf encoding itself: varints, and a walk over the fields of a message without copying anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "wire/link.h"

namespace air::wire {

enum WireType : uint32_t { kWireVarint = 0, kWireFixed64 = 1, kWireBlock = 2, kWireFixed32 = 5 };

constexpr size_t varint_size(uint64_t value) {
  size_t n = 1;
  for (; value >= 0x80; value >>= 7) ++n;
  return n;
}

// Writes at most 10 bytes; returns how many.
size_t write_varint(std::byte *out, uint64_t value);
void append_varint(std::vector<std::byte> &out, uint64_t value);
void append_field(std::vector<std::byte> &out, uint32_t number, uint64_t value);
// Tag and length of a block of n bytes; the bytes come next.
void append_block(std::vector<std::byte> &out, uint32_t number, uint64_t n_bytes);
constexpr size_t block_header_size(uint32_t number, uint64_t n_bytes) {
  return varint_size(uint64_t{number} << 3 | kWireBlock) + varint_size(n_bytes);
}

struct Field {
  uint32_t number;
  uint32_t type;   // WireType
  uint64_t value;  // varints
  Bytes block;     // contents of a block; the 4 or 8 bytes of fixed types
};

// Walks over the fields of a message, in the order in which they come.
class FieldScanner {
 public:
  explicit FieldScanner(Bytes message) : rest_(message) {}

  // False at the end and at the first thing that is not a field: see ok().
  bool next(Field &field);
  bool ok() const { return ok_; }

 private:
  bool fail() {
    ok_ = false;
    return false;
  }
  bool read_varint(uint64_t &value);
  bool read_block(uint64_t n_bytes, Bytes &block);

  Bytes rest_;
  bool ok_ = true;
};

}  // namespace air::wire
