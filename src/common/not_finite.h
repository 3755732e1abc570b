// SPDX-License-Identifier: BSD-3-Clause
// Values that are no numbers to compute with.
#pragma once

#include <cstdint>

#include "airunner.h"

namespace air {

struct NotFinite {
  uint64_t n_nan = 0;
  uint64_t n_inf = 0;

  bool any() const noexcept { return n_nan + n_inf > 0; }
};

// Of `n_elements` in memory of any alignment; only types of floating point can have some.
NotFinite count_not_finite(air_dtype dtype, const void *data, uint64_t n_elements) noexcept;

}  // namespace air
