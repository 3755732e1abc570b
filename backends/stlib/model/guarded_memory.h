// SPDX-License-Identifier: BSD-3-Clause
// Zeroed memory aligned to 64 bytes with guard bytes behind it, which show whether a network wrote beyond its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace air::stlib {

class GuardedMemory {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kGuardBytes = 64;

  // `name` is for messages: "activations #1". Throws AIR_ERROR_NO_MEMORY.
  GuardedMemory(std::string name, uint64_t size);

  std::byte *data() const noexcept { return data_; }
  uint64_t size() const noexcept { return size_; }
  const std::string &name() const noexcept { return name_; }
  bool contains(const void *address) const noexcept;

  // False once something was written behind the end.
  bool intact() const noexcept;
  void clear() noexcept;

 private:
  struct Free {
    void operator()(void *memory) const noexcept { std::free(memory); }
  };

  std::string name_;
  uint64_t size_;
  std::unique_ptr<void, Free> block_;
  std::byte *data_;
};

}  // namespace air::stlib
