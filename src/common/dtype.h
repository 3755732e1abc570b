// SPDX-License-Identifier: BSD-3-Clause
// Facts about element types.
#pragma once

#include <cstdint>

#include "airunner.h"

namespace air {

// Bytes of one element; 0 for those smaller than a byte, for none, and for values that are no dtype.
uint32_t dtype_size(air_dtype dtype) noexcept;

}  // namespace air
