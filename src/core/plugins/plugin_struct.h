// SPDX-License-Identifier: BSD-3-Clause
// Structs that a plugin fills, of whatever release of the header: what theirs lacks is zero, what it has beyond ours is not read.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "core/error.h"

namespace air {

// A copy of *given. `least`: how far it must reach. Throws AIR_ERROR_INTERNAL.
template <class T>
T read_plugin_struct(const T *given, size_t least, const char *what) {
  constexpr size_t kLargest = 4096;
  if (given == nullptr) fail(AIR_ERROR_INTERNAL, "{} is NULL", what);
  const size_t size = given->struct_size;
  if (size < least || size > kLargest || size % alignof(T) != 0) {
    fail(AIR_ERROR_INTERNAL, "struct_size of {} is {}, expected {}", what, size, sizeof(T));
  }
  T copy{};
  std::memcpy(&copy, given, std::min(size, sizeof(T)));
  return copy;
}

// An array whose elements are as large as its first one says.
template <class T>
class PluginArray {
 public:
  PluginArray(const T *first, uint32_t n, uint32_t most, size_t least, const char *what)
      : first_(reinterpret_cast<const std::byte *>(first)), n_(n), least_(least), what_(what) {
    if (n > most) fail(AIR_ERROR_INTERNAL, "{} {}s, expected at most {}", n, what, most);
    if (n > 0) stride_ = read_plugin_struct(first, least, what).struct_size;
  }

  uint32_t size() const noexcept { return n_; }
  T operator[](uint32_t i) const {
    const T element = read_plugin_struct(reinterpret_cast<const T *>(first_ + i * stride_), least_, what_);
    if (element.struct_size != stride_) {
      fail(AIR_ERROR_INTERNAL, "struct_size of {} {} is {}, that of the first {}: it must be the same", what_, i,
           element.struct_size, stride_);
    }
    return element;
  }

 private:
  const std::byte *first_;
  uint32_t n_;
  size_t least_;
  const char *what_;
  size_t stride_ = 0;
};

}  // namespace air
