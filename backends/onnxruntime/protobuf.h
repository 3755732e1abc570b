// SPDX-License-Identifier: BSD-3-Clause
// The wire format of Protocol Buffers, as far as ONNX models need it: read in place, written by appending. A model may have gigabytes of
// weights, which a generated parser would copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace air::ort::protobuf {

using Bytes = std::span<const std::byte>;

class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Field {
  uint32_t number;
  uint64_t value;  // of a varint or fixed number
  Bytes bytes;     // of a length-delimited field
  Bytes whole;     // with its key: what to copy

  std::string_view text() const noexcept { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }
  int64_t integer() const noexcept { return static_cast<int64_t>(value); }
};

// Takes the fields of a message one after the other. Throws Malformed.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}

  bool next(Field &field);

 private:
  uint64_t varint();
  Bytes take(uint64_t size);

  Bytes rest_;
};

// Calls `use` for each value of a repeated integer, packed or not.
template <class Use>
void each_integer(const Field &field, Use use);

void append_varint(std::string &out, uint64_t value);
void append_integer(std::string &out, uint32_t number, int64_t value);
// Key and length of a field whose bytes follow.
void append_header(std::string &out, uint32_t number, uint64_t size);
void append_bytes(std::string &out, uint32_t number, std::string_view bytes);
void append_raw(std::string &out, Bytes bytes);

// Reads varints from bytes without keys. Throws Malformed.
class Varints {
 public:
  explicit Varints(Bytes bytes) : rest_(bytes) {}

  bool next(uint64_t &value);

 private:
  Bytes rest_;
};

template <class Use>
void each_integer(const Field &field, Use use) {
  if (field.bytes.data() == nullptr) return use(field.integer());
  Varints values(field.bytes);
  for (uint64_t value = 0; values.next(value);) use(static_cast<int64_t>(value));
}

}  // namespace air::ort::protobuf
