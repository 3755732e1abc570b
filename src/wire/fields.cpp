// SPDX-License-Identifier: BSD-3-Clause
// Varints and fields.
#include "wire/fields.h"

#include <array>

namespace air::wire {

size_t write_varint(std::byte *out, uint64_t value) {
  size_t n = 0;
  for (; value >= 0x80; value >>= 7) out[n++] = static_cast<std::byte>((value & 0x7F) | 0x80);
  out[n++] = static_cast<std::byte>(value);
  return n;
}

void append_varint(std::vector<std::byte> &out, uint64_t value) {
  std::array<std::byte, 10> bytes;
  const size_t n = write_varint(bytes.data(), value);
  out.insert(out.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(n));
}

void append_field(std::vector<std::byte> &out, uint32_t number, uint64_t value) {
  append_varint(out, uint64_t{number} << 3 | kWireVarint);
  append_varint(out, value);
}

void append_block(std::vector<std::byte> &out, uint32_t number, uint64_t n_bytes) {
  append_varint(out, uint64_t{number} << 3 | kWireBlock);
  append_varint(out, n_bytes);
}

bool FieldScanner::read_varint(uint64_t &value) {
  value = 0;
  const size_t limit = rest_.size() < 10 ? rest_.size() : 10;
  for (size_t i = 0; i < limit; ++i) {
    const auto byte = std::to_integer<uint64_t>(rest_[i]);
    value |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      rest_ = rest_.subspan(i + 1);
      return true;
    }
  }
  return fail();
}

bool FieldScanner::read_block(uint64_t n_bytes, Bytes &block) {
  if (n_bytes > rest_.size()) return fail();
  block = rest_.first(static_cast<size_t>(n_bytes));
  rest_ = rest_.subspan(static_cast<size_t>(n_bytes));
  return true;
}

bool FieldScanner::next(Field &field) {
  if (!ok_ || rest_.empty()) return false;
  uint64_t tag = 0;
  if (!read_varint(tag)) return false;
  if (tag < 8 || tag > UINT32_MAX) return fail();
  field = {static_cast<uint32_t>(tag >> 3), static_cast<uint32_t>(tag & 7), 0, {}};
  switch (field.type) {
    case kWireVarint:
      return read_varint(field.value);
    case kWireFixed64:
      return read_block(8, field.block);
    case kWireFixed32:
      return read_block(4, field.block);
    case kWireBlock: {
      uint64_t n_bytes = 0;
      return read_varint(n_bytes) && read_block(n_bytes, field.block);
    }
    default:
      return fail();  // groups, which no message of the protocol has
  }
}

}  // namespace air::wire
