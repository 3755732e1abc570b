// SPDX-License-Identifier: BSD-3-Clause
// The fields of a message of Protocol Buffers.
#include "onnxruntime/protobuf.h"

#include <protozero/buffer_string.hpp>

namespace air::ort::protobuf {
namespace {

using Type = protozero::pbf_wire_type;

Bytes bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

uint64_t varint_at(std::string_view bytes) {
  const char *at = bytes.data();
  return protozero::decode_varint(&at, at + bytes.size());
}

// protozero would take the lower 32 bits of these, and so read another field than the runtime does.
void check_width(std::string_view bytes, const char *what, const char *field) {
  if (varint_at(bytes) > UINT32_MAX) throw Malformed(what, field);
}

}  // namespace

const char *words_for(const protozero::exception &error) noexcept {
  if (dynamic_cast<const protozero::end_of_buffer_exception *>(&error) != nullptr)
    return "a field is longer than what is left of the file";
  if (dynamic_cast<const protozero::varint_too_long_exception *>(&error) != nullptr) return "a number does not end";
  if (dynamic_cast<const protozero::unknown_pbf_wire_type_exception *>(&error) != nullptr)
    return "a field is of an unknown kind";
  if (dynamic_cast<const protozero::invalid_tag_exception *>(&error) != nullptr) return "a field has no number";
  return "a list has a length that its numbers cannot have";
}

bool Reader::next(Field &field) {
  const std::string_view begin = rest_.data();
  try {
    if (begin.empty()) return false;
    check_width(begin, "a field has a number of more than 29 bits", begin.data());
    rest_.next();
    field = {rest_.tag(), 0, {}, {}};
    switch (rest_.wire_type()) {
      case Type::varint:
        field.value = rest_.get_uint64();
        break;
      case Type::fixed64:
        field.value = rest_.get_fixed64();
        break;
      case Type::fixed32:
        field.value = rest_.get_fixed32();
        break;
      default:
        check_width(rest_.data(), "a field is longer than 4 GiB", begin.data());
        // It compares lengths with differences of pointers, which may have 32 bits.
        if (varint_at(rest_.data()) > PTRDIFF_MAX) throw protozero::end_of_buffer_exception();
        field.bytes = bytes_of(rest_.get_view());
    }
  } catch (const protozero::exception &error) {
    throw Malformed(words_for(error), begin.data());
  }
  field.whole = bytes_of(begin.substr(0, begin.size() - rest_.length()));
  return true;
}

// Not by pbf_writer: what is inlined of it is 10 KB, and in a writer within a writer a message without fields is left out, such as the
// shape of a scalar.
void append_integer(std::string &out, uint32_t number, int64_t value) {
  protozero::add_varint_to_buffer(&out, protozero::tag_and_type(number, Type::varint));
  protozero::add_varint_to_buffer(&out, static_cast<uint64_t>(value));
}

void append_header(std::string &out, uint32_t number, uint64_t size) {
  protozero::add_varint_to_buffer(&out, protozero::tag_and_type(number, Type::length_delimited));
  protozero::add_varint_to_buffer(&out, size);
}

void append_bytes(std::string &out, uint32_t number, std::string_view bytes) {
  append_header(out, number, bytes.size());
  out += bytes;
}

}  // namespace air::ort::protobuf
