// SPDX-License-Identifier: BSD-3-Clause
// Sizes as memory has them.
#include <doctest/doctest.h>

#include "common/memory_size.h"

TEST_CASE("a size is that of memory, or none can have so much") {
  CHECK(air::memory_size(0) == 0);
  CHECK(air::memory_size(SIZE_MAX) == SIZE_MAX);
  if constexpr (SIZE_MAX < UINT64_MAX) {
    CHECK_THROWS_AS(air::memory_size(uint64_t{SIZE_MAX} + 1), std::bad_alloc);
    CHECK_THROWS_AS(air::memory_size(UINT64_MAX), std::bad_alloc);
  } else {
    CHECK(air::memory_size(UINT64_C(1) << 32) == UINT64_C(1) << 32);
  }
}
