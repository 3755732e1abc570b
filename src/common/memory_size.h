// SPDX-License-Identifier: BSD-3-Clause
// What is told in 64 bits, as memory counts it: where that has 32 bits, nothing may be cut and then be written beyond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace air {

// For a number of bytes or elements that came from outside. Throws std::bad_alloc where no memory can have so many.
inline size_t memory_size(uint64_t size) {
  if (size > SIZE_MAX) throw std::bad_alloc();
  return static_cast<size_t>(size);
}

}  // namespace air
