// SPDX-License-Identifier: BSD-3-Clause
// The wire format of Protocol Buffers, as far as ONNX models need it: read in place, written by appending.
#include "onnxruntime/protobuf.h"

#include <bit>
#include <cstring>

namespace air::ort::protobuf {
namespace {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

static_assert(std::endian::native == std::endian::little, "fixed numbers are read as they lie in memory");

uint64_t take_varint(Bytes &rest) {
  constexpr size_t kLongest = 10;
  uint64_t value = 0;
  for (size_t i = 0; i < kLongest && i < rest.size(); ++i) {
    const auto byte = static_cast<uint64_t>(rest[i]);
    value |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      rest = rest.subspan(i + 1);
      return value;
    }
  }
  throw Malformed("a number does not end");
}

}  // namespace

uint64_t Reader::varint() {
  return take_varint(rest_);
}

Bytes Reader::take(uint64_t size) {
  if (size > rest_.size()) throw Malformed("a field is longer than what is left of the file");
  const Bytes taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

bool Reader::next(Field &field) {
  if (rest_.empty()) return false;
  const Bytes begin = rest_;
  const uint64_t key = varint();
  field = {static_cast<uint32_t>(key >> 3), 0, {}, {}};
  if (field.number == 0 || key >> 3 > UINT32_MAX) throw Malformed("a field has no number");
  switch (key & 7) {
    case kVarint:
      field.value = varint();
      break;
    case kFixed64:
      std::memcpy(&field.value, take(sizeof(uint64_t)).data(), sizeof(uint64_t));
      break;
    case kLengthDelimited:
      field.bytes = take(varint());
      break;
    case kFixed32:
      std::memcpy(&field.value, take(sizeof(uint32_t)).data(), sizeof(uint32_t));
      break;
    default:
      throw Malformed("a field is of an unknown kind");
  }
  field.whole = begin.first(begin.size() - rest_.size());
  return true;
}

bool Varints::next(uint64_t &value) {
  if (rest_.empty()) return false;
  value = take_varint(rest_);
  return true;
}

void append_varint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void append_integer(std::string &out, uint32_t number, int64_t value) {
  append_varint(out, uint64_t{number} << 3 | kVarint);
  append_varint(out, static_cast<uint64_t>(value));
}

void append_header(std::string &out, uint32_t number, uint64_t size) {
  append_varint(out, uint64_t{number} << 3 | kLengthDelimited);
  append_varint(out, size);
}

void append_bytes(std::string &out, uint32_t number, std::string_view bytes) {
  append_header(out, number, bytes.size());
  out += bytes;
}

void append_raw(std::string &out, Bytes bytes) {
  out.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

}  // namespace air::ort::protobuf
