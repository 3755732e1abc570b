// SPDX-License-Identifier: BSD-3-Clause
// The fields of a message of Protocol Buffers, by protozero: read in place, written by appending. A model may have gigabytes of weights, which
// a generated parser would copy. What protozero throws becomes Malformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#define PROTOZERO_USE_VIEW std::string_view
#include <protozero/pbf_reader.hpp>

namespace air::ort::protobuf {

using Bytes = std::span<const std::byte>;

inline std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

struct Malformed : std::runtime_error {
  explicit Malformed(const char *what, const char *where = nullptr) : std::runtime_error(what), place(where) {}

  const char *place;  // in the file; NULL: nowhere in particular
};

struct Field {
  uint32_t number;
  uint64_t value;  // of a varint or fixed number
  Bytes bytes;     // of a length-delimited field
  Bytes whole;     // with its key: what to copy

  std::string_view text() const noexcept { return text_of(bytes); }
  int64_t integer() const noexcept { return static_cast<int64_t>(value); }
};

// What is wrong, for people.
const char *words_for(const protozero::exception &error) noexcept;

// Takes the fields of a message one after the other. Throws Malformed.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(text_of(bytes)) {}

  bool next(Field &field);

 private:
  protozero::pbf_reader rest_;
};

// Calls `use` for each number that is packed in a field. Throws Malformed.
template <class Use>
void each_packed(Bytes packed, Use use) {
  const std::string_view text = text_of(packed);
  for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
    uint64_t value = 0;
    try {
      value = protozero::decode_varint(&at, end);
    } catch (const protozero::exception &error) {
      throw Malformed(words_for(error), at);
    }
    use(static_cast<int64_t>(value));
  }
}

// Of a repeated integer, packed or not.
template <class Use>
void each_integer(const Field &field, Use use) {
  if (field.bytes.data() == nullptr) return use(field.integer());
  each_packed(field.bytes, use);
}

void append_integer(std::string &out, uint32_t number, int64_t value);
void append_bytes(std::string &out, uint32_t number, std::string_view bytes);
// Key and length of a field whose bytes follow.
void append_header(std::string &out, uint32_t number, uint64_t size);

}  // namespace air::ort::protobuf
