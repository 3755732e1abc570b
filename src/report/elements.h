// SPDX-License-Identifier: BSD-3-Clause
// Stored elements of a tensor as a flat JSON array.
#pragma once

#include "airunner.h"
#include "json.h"

namespace air::report {

// `data` need not be aligned. Bool becomes true and false; float16 is exact; an unknown dtype gives null.
Json elements_json(const void *data, air_dtype dtype, uint64_t count);

// Value of an IEEE 754 half precision number.
float half_to_float(uint16_t bits);

}  // namespace air::report
