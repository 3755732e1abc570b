// SPDX-License-Identifier: BSD-3-Clause
// Reads memory that a library points to without trusting the pointer: what is not mapped gives an error, not a crash.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace air {

// Whether `size` bytes at `address` can be read. False for NULL, also with size 0.
bool readable(const void *address, size_t size) noexcept;

// Whether they can also be written.
bool writable(void *address, size_t size) noexcept;

// Copies `size` bytes; throws AIR_ERROR_INVALID_MODEL naming `what` when they cannot be read.
void peek_bytes(void *to, const void *from, size_t size, std::string_view what);

// The other way: writes into memory of the library.
void poke_bytes(void *to, const void *from, size_t size, std::string_view what);

template <class T>
std::vector<T> peek_array(const T *from, size_t count, std::string_view what) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::vector<T> values(count);
  if (count > 0) peek_bytes(values.data(), from, count * sizeof(T), what);
  return values;
}

template <class T>
T peek(const T *from, std::string_view what) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value{};
  peek_bytes(&value, from, sizeof(T), what);
  return value;
}

// A text of the library: "" for NULL; throws when it cannot be read or does not end. What is not printable becomes U+FFFD.
std::string peek_text(const char *text, std::string_view what);

}  // namespace air
