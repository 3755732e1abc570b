// SPDX-License-Identifier: BSD-3-Clause
// Summary and histogram of the real values of a tensor.
#pragma once

#include "airunner.h"

namespace air {

// As air_get_value_statistics() promises it. `info` has been checked; throws AIR_ERROR_UNSUPPORTED for a dtype without conversion.
air_value_statistics value_statistics(const air_tensor_info &info, uint64_t n_samples, const void *storage);

}  // namespace air
