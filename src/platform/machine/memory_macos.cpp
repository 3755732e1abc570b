// SPDX-License-Identifier: BSD-3-Clause
// Memory for the values of tensors, and back to the system.
#include <malloc/malloc.h>

#include "platform/machine/memory.h"

namespace air {

AlignedBytes make_aligned_bytes(uint64_t size) {
  constexpr std::align_val_t kCacheLine{64};
  return {new (kCacheLine) std::byte[size], FreeAligned{kCacheLine}};
}

void return_free_memory() noexcept {
  malloc_zone_pressure_relief(nullptr, 0);  // all zones, as much as they have
}

// The system takes the pages of large blocks that are free when it needs them.
void return_large_blocks() noexcept {}

}  // namespace air
