// SPDX-License-Identifier: BSD-3-Clause
// Memory for the values of tensors, and back to the system.
#include <malloc.h>

#include "platform/machine/memory.h"

namespace air {

AlignedBytes make_aligned_bytes(uint64_t size) {
  constexpr std::align_val_t kCacheLine{64};
  if (size > SIZE_MAX) throw std::bad_alloc();
  return {new (kCacheLine) std::byte[static_cast<size_t>(size)], FreeAligned{kCacheLine}};
}

void return_free_memory() noexcept {
  _heapmin();
}

// Windows does so by itself with blocks of 512 KiB and more.
void return_large_blocks() noexcept {}

}  // namespace air
