// SPDX-License-Identifier: BSD-3-Clause
// Reads FlatBuffers in place, believing nothing: every offset and size is checked before it is used.
#include "litert/flatbuffer.h"

#include <bit>

namespace air::litert::flatbuffer {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in memory");

uint64_t follow(Bytes file, uint64_t at) {
  const auto distance = number_at<uint32_t>(file, at);
  if (distance == 0) throw Malformed("a reference leads to itself");
  return at + distance;
}

Vector::Vector(Bytes file, uint64_t at, size_t item_size)
    : file_(file), first_(at + sizeof(uint32_t)), size_(number_at<uint32_t>(file, at)), item_size_(item_size) {
  if (uint64_t{size_} * item_size > file.size() - first_) throw Malformed("a list is longer than the file");
}

Table Vector::table(uint32_t index) const {
  return {file_, follow(file_, place(index))};
}

Table::Table(Bytes file, uint64_t at) : file_(file), at_(at) {
  fields_ = at - static_cast<uint64_t>(static_cast<int64_t>(number_at<int32_t>(file, at)));
  fields_size_ = number_at<uint16_t>(file, fields_);
}

std::optional<uint64_t> Table::field(uint32_t slot) const {
  constexpr uint64_t kHeader = 4;
  const uint64_t place = kHeader + uint64_t{slot} * sizeof(uint16_t);
  if (place + sizeof(uint16_t) > fields_size_) return {};
  const auto offset = number_at<uint16_t>(file_, fields_ + place);
  return offset == 0 ? std::nullopt : std::optional(at_ + offset);
}

std::string_view Table::text(uint32_t slot) const {
  const Vector letters = vector(slot, 1);
  return letters.empty()
             ? std::string_view()
             : std::string_view(reinterpret_cast<const char *>(file_.data() + letters.place(0)), letters.size());
}

std::optional<Table> Table::table(uint32_t slot) const {
  const auto at = field(slot);
  return at ? std::optional(Table(file_, follow(file_, *at))) : std::nullopt;
}

Vector Table::vector(uint32_t slot, size_t item_size) const {
  const auto at = field(slot);
  return at ? Vector(file_, follow(file_, *at), item_size) : Vector();
}

Table root(Bytes file, std::string_view identifier) {
  constexpr size_t kIdentifierAt = 4;
  const bool marked = file.size() >= kIdentifierAt + identifier.size() &&
                      std::memcmp(file.data() + kIdentifierAt, identifier.data(), identifier.size()) == 0;
  if (!marked) throw Malformed("it does not begin like one");
  return {file, follow(file, 0)};
}

}  // namespace air::litert::flatbuffer
