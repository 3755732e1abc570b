// SPDX-License-Identifier: BSD-3-Clause
// What every fuzz target defines, and the check it makes about what it found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A property that no input may break.
inline void require(bool holds, const char *what) {
  if (holds) return;
  std::fprintf(stderr, "broken property: %s\n", what);
  std::abort();
}
