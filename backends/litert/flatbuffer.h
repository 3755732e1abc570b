// SPDX-License-Identifier: BSD-3-Clause
// Reads FlatBuffers in place, believing nothing: every offset and size is checked before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace air::litert::flatbuffer {

using Bytes = std::span<const std::byte>;

class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class Number>
Number number_at(Bytes file, uint64_t at) {
  if (at > file.size() || file.size() - at < sizeof(Number))
    throw Malformed("something lies behind the end of the file");
  Number value;
  std::memcpy(&value, file.data() + at, sizeof(value));
  return value;
}

// Where a reference at this place leads.
uint64_t follow(Bytes file, uint64_t at);

class Table;

// A vector of numbers or references.
class Vector {
 public:
  Vector() = default;
  Vector(Bytes file, uint64_t at, size_t item_size);

  uint32_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  uint64_t place(uint32_t index) const noexcept { return first_ + uint64_t{index} * item_size_; }
  Table table(uint32_t index) const;

  template <class Number>
  Number number(uint32_t index) const {
    return number_at<Number>(file_, place(index));
  }
  template <class Number, class To>
  std::vector<To> numbers() const {
    std::vector<To> values;
    values.reserve(size_);
    for (uint32_t i = 0; i < size_; ++i) values.push_back(static_cast<To>(number<Number>(i)));
    return values;
  }

 private:
  Bytes file_;
  uint64_t first_ = 0;
  uint32_t size_ = 0;
  size_t item_size_ = 0;
};

class Table {
 public:
  Table(Bytes file, uint64_t at);

  // Place of a field in the file; nothing when the field is left out.
  std::optional<uint64_t> field(uint32_t slot) const;

  template <class Number>
  Number number(uint32_t slot, Number otherwise) const {
    const auto at = field(slot);
    return at ? number_at<Number>(file_, *at) : otherwise;
  }
  std::string_view text(uint32_t slot) const;
  std::optional<Table> table(uint32_t slot) const;
  Vector tables(uint32_t slot) const { return vector(slot, sizeof(uint32_t)); }
  Vector vector(uint32_t slot, size_t item_size) const;

 private:
  Bytes file_;
  uint64_t at_;
  uint64_t fields_;  // the list of places of fields
  uint16_t fields_size_;
};

// The table that a file begins with. Throws when the file does not carry the identifier.
Table root(Bytes file, std::string_view identifier);

}  // namespace air::litert::flatbuffer
