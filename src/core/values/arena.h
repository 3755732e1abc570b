// SPDX-License-Identifier: BSD-3-Clause
// Memory of descriptions: texts and arrays that live and die together.
#pragma once

#include <cstring>
#include <memory_resource>
#include <span>
#include <string_view>
#include <type_traits>

namespace air {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;

  // Zeroed; NULL for none.
  template <class T>
  T *array(size_t n) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (n == 0) return nullptr;
    return new (memory_.allocate(n * sizeof(T), alignof(T))) T[n]();
  }

  template <class T>
  const T *copy(const T *values, size_t n) {
    std::remove_const_t<T> *copied = array<std::remove_const_t<T>>(n);
    for (size_t i = 0; i < n; ++i) copied[i] = values[i];
    return copied;
  }

  const char *text(std::string_view text) {
    auto *copied = static_cast<char *>(memory_.allocate(text.size() + 1, 1));
    std::memcpy(copied, text.data(), text.size());
    copied[text.size()] = '\0';
    return copied;
  }
  // "" for NULL.
  const char *text(const char *text) { return this->text(std::string_view(text == nullptr ? "" : text)); }

 private:
  std::pmr::monotonic_buffer_resource memory_;
};

}  // namespace air
