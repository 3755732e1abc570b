// SPDX-License-Identifier: BSD-3-Clause
// Stored elements of a tensor as a flat JSON array.
#pragma once

#include "airunner.h"
#include "text/json_writer.h"

namespace air {

// `data` need not be aligned; where elements are smaller than a byte, each sample begins with a new one. Bool becomes true and false;
// floats of fewer than 32 bits are exact; an unknown dtype gives null.
Json elements_json(const void *data, air_dtype dtype, uint64_t n_elements, uint64_t n_samples = 1);

}  // namespace air
