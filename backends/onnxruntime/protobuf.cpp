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

}  // namespace

bool Reader::next(Field &field) {
  const std::string_view begin = rest_.data();
  try {
    if (!rest_.next()) return false;
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
        field.bytes = bytes_of(rest_.get_view());
    }
  } catch (const protozero::exception &error) {
    throw Malformed(error.what(), begin.data());
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
