// SPDX-License-Identifier: BSD-3-Clause
// The bytes of a library's file, which are not trusted: every offset is checked before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace air::library {

using Bytes = std::span<const std::byte>;

[[noreturn]] void refuse(const std::string &why);
[[noreturn]] void refuse_truncated(std::string_view what, uint64_t needed, uint64_t size);

// "x86-64 (64 bits)".
std::string machine_text(std::string_view machine, unsigned bits);

// The part of the file, or nothing where it does not lie inside.
inline std::optional<Bytes> part(Bytes file, uint64_t offset, uint64_t size) noexcept {
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.subspan(static_cast<size_t>(offset), static_cast<size_t>(size));
}

// The part of a file of `file_size` bytes, of which `front` may be the beginning only; refused where it does not lie inside.
inline Bytes needed(Bytes front, uint64_t offset, uint64_t size, std::string_view what, uint64_t file_size) {
  const auto found = part(front, offset, size);
  if (!found) refuse_truncated(what, offset + size, file_size);
  return *found;
}

// Little-endian, of bytes that are known to be there.
template <class T>
T little_at(Bytes bytes, uint64_t offset) noexcept {
  uint64_t value = 0;
  for (size_t i = sizeof(T); i-- > 0;)
    value = value << 8U | std::to_integer<uint64_t>(bytes[static_cast<size_t>(offset) + i]);
  return static_cast<T>(value);
}

// To be called with an index that lies inside; in the order of this machine.
template <class T>
T read_at(Bytes bytes, size_t index) noexcept {
  T value{};
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

// The text that ends with a zero byte; nothing where it is empty or does not end.
inline void add_name(Bytes strings, uint64_t offset, std::vector<std::string> &names) {
  if (offset >= strings.size()) return;
  const Bytes rest = strings.subspan(static_cast<size_t>(offset));
  const auto *begin = reinterpret_cast<const char *>(rest.data());
  const auto *end = static_cast<const char *>(std::memchr(begin, 0, rest.size()));
  if (end != nullptr && end != begin) names.emplace_back(begin, end);
}

}  // namespace air::library
